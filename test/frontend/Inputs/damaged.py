"""Damages a checkpoint and compiles it: damaged.py [--update] FILE.md CHECKPOINT

Each ```damage block is Python that changes a copy of the checkpoint; the blocks
behind it are what commands must say then. The checkpoint's folder is DIR there.

  ```error             `tenon compile` fails with status 1, and leaves nothing behind
  ```warning           `tenon compile` says this, or nothing, but succeeds
  ```run ARGUMENTS     `tenon run` with what was compiled
  ```tokenize ARGUMENTS
                       `tenon tokenize DIR`; like run, it has status 1 if what it says is
                       an error, else 0

What the code sees:

  config               config.json as a dict
  tokenizer            tokenizer.json as a dict
  header, data         of model.safetensors: a dict and the bytes behind it
  write(NAME, TEXT)    writes a file of the checkpoint; also remove(NAME), link(NAME, TO)
  drop(NAME)           takes a tensor out of header and data
  pack(HEADER, DATA)   bytes of a safetensors file
  options              more options of the command
"""

import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from blocks import blocks


def pack(header, data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def damage(folder, code):
    """Runs `code` on the checkpoint in `folder`; returns the options it sets."""
    config_path = os.path.join(folder, "config.json")
    weights_path = os.path.join(folder, "model.safetensors")
    with open(config_path) as file:
        config_text = file.read()
    with open(weights_path, "rb") as file:
        weights = file.read()
    size = struct.unpack("<Q", weights[:8])[0]

    def write(name, text):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def remove(name):
        os.remove(os.path.join(folder, name))

    def link(name, to):
        os.symlink(to, os.path.join(folder, name))

    def drop(name):
        header, data, kept = scope["header"], scope["data"], b""
        del header[name]
        for tensor, entry in header.items():
            if tensor == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            entry["data_offsets"] = [len(kept), len(kept) + end - begin]
            kept += data[begin:end]
        scope["data"] = kept

    with open(os.path.join(folder, "tokenizer.json")) as file:
        tokenizer_text = file.read()
    scope = {
        "config": json.loads(config_text),
        "tokenizer": json.loads(tokenizer_text),
        "header": json.loads(weights[8 : 8 + size]),
        "data": weights[8 + size :],
        "options": [],
        "write": write,
        "remove": remove,
        "link": link,
        "drop": drop,
        "pack": pack,
        "json": json,
        "struct": struct,
    }
    was = json.dumps(scope["config"]), json.dumps(scope["header"]), scope["data"]
    tokenizer_was = json.dumps(scope["tokenizer"])
    exec(code, scope)
    if json.dumps(scope["config"]) != was[0]:
        write("config.json", json.dumps(scope["config"]))
    if json.dumps(scope["header"]) != was[1] or scope["data"] != was[2]:
        write("model.safetensors", pack(scope["header"], scope["data"]))
    if json.dumps(scope["tokenizer"]) != tokenizer_was:
        write("tokenizer.json", json.dumps(scope["tokenizer"]))
    return scope["options"]


class Damaged:
    """A damaged copy of a checkpoint, and what commands make of it."""

    def __init__(self, checkpoint, code):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = os.path.join(self.scratch.name, "checkpoint")
        self.output = os.path.join(self.scratch.name, "output")
        shutil.copytree(checkpoint, self.folder)
        os.mkdir(self.output)
        self.artifact = os.path.join(self.output, "x.tenon")
        self.options = damage(self.folder, code)

    def tenon(self, *arguments):
        """The exit status, and the lines of the output."""
        result = subprocess.run(["tenon", *arguments], text=True, errors="replace", timeout=120,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = result.stdout.replace(self.folder, "DIR").replace(self.scratch.name, "SCRATCH")
        text = re.sub(r"[\w/.-]*/models/", "MODELS/", text)
        text = re.sub(r"(MODELS/[\w/]+\.arch):\d+:\d+(.*)\n.*\n.*", r"\1:LINE\2", text)
        return result.returncode, text.rstrip("\n").split("\n") if text else []

    def check(self, kind, arguments):
        """The lines that a block of a kind must have, and what is wrong besides."""
        if kind in ("error", "warning"):
            status, lines = self.tenon("compile", self.folder, "-o", self.artifact, *self.options)
            left = os.listdir(self.output)
            fails = kind == "error"
            good = status == fails and left == ([] if fails else ["x.tenon"])
            return lines, None if good else f"exit status {status}, left behind: {left}"
        source = self.artifact if kind == "run" else self.folder
        status, lines = self.tenon(kind, source, *arguments)
        good = status == bool(lines and lines[0].startswith("tenon: error: "))
        return lines, None if good else f"exit status {status}"


def main():
    update = sys.argv[1] == "--update"
    path, checkpoint = sys.argv[-2:]
    with open(path) as file:
        lines = file.read().split("\n")
    failures, checked, replaced, damaged = 0, 0, [], None
    for info, at, body in blocks(lines):
        kind, *arguments = shlex.split(info) or [""]
        if kind == "damage":
            damaged = Damaged(checkpoint, "\n".join(body))
        elif kind in ("error", "warning", "run", "tokenize"):
            checked += 1
            actual, wrong = damaged.check(kind, arguments)
            if wrong:
                failures += 1
                print(f"{path}:{at}: {wrong}\n" + "\n".join(actual), file=sys.stderr)
            elif update:
                replaced.append((at, len(body), actual))
            elif actual != body:
                failures += 1
                print(f"{path}:{at}: another output:\n" + "\n".join(actual), file=sys.stderr)
    for at, count, text in reversed(replaced):
        lines[at : at + count] = text
    if update:
        with open(path, "w") as file:
            file.write("\n".join(lines))
    print(f"{checked} blocks")
    return failures > 0 or checked == 0


if __name__ == "__main__":
    sys.exit(main())
