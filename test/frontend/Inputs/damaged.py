"""Damages a checkpoint and compiles it: damaged.py [--update] FILE.md CHECKPOINT

Each ```damage block is Python that changes a copy of the checkpoint; the ```error
block behind it is what `tenon compile` must say, with exit status 1 and nothing
left behind. In both the checkpoint's folder is DIR. What the code sees:

  config               config.json as a dict
  header, data         of model.safetensors: a dict and the bytes behind it
  write(NAME, TEXT)    writes a file of the checkpoint; also remove(NAME)
  drop(NAME)           takes a tensor out of header and data
  pack(HEADER, DATA)   bytes of a safetensors file
  options              more options of the command
"""

import json
import os
import re
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

    scope = {
        "config": json.loads(config_text),
        "header": json.loads(weights[8 : 8 + size]),
        "data": weights[8 + size :],
        "options": [],
        "write": write,
        "remove": remove,
        "drop": drop,
        "pack": pack,
        "json": json,
        "struct": struct,
    }
    was = json.dumps(scope["config"]), json.dumps(scope["header"]), scope["data"]
    exec(code, scope)
    if json.dumps(scope["config"]) != was[0]:
        write("config.json", json.dumps(scope["config"]))
    if json.dumps(scope["header"]) != was[1] or scope["data"] != was[2]:
        write("model.safetensors", pack(scope["header"], scope["data"]))
    return scope["options"]


def main():
    update = sys.argv[1] == "--update"
    path, checkpoint = sys.argv[-2:]
    with open(path) as file:
        lines = file.read().split("\n")
    found = list(blocks(lines))
    failures, checked, replaced = 0, 0, []
    for (info, begin, body), (after, at, wanted) in zip(found, found[1:]):
        if info != "damage" or after != "error":
            continue
        checked += 1
        with tempfile.TemporaryDirectory() as scratch:
            folder = os.path.join(scratch, "checkpoint")
            output = os.path.join(scratch, "output")
            shutil.copytree(checkpoint, folder)
            os.mkdir(output)
            options = damage(folder, "\n".join(body))
            result = subprocess.run(
                ["tenon", "compile", folder, "-o", os.path.join(output, "x.tenon")] + options,
                capture_output=True, text=True, timeout=120)
            left = os.listdir(output)
            text = result.stderr.replace(folder, "DIR").replace(scratch, "SCRATCH")
            text = re.sub(r"[\w/.-]*/models/", "MODELS/", text)
            text = re.sub(r"(MODELS/[\w/]+\.arch):\d+:\d+(.*)\n.*\n.*", r"\1:LINE\2", text)
            actual = text.rstrip("\n").split("\n")
        if result.returncode != 1 or left:
            failures += 1
            print(f"{path}:{begin}: exit status {result.returncode}, left behind: {left}\n{text}",
                  file=sys.stderr)
        elif update:
            replaced.append((at, len(wanted), actual))
        elif actual != wanted:
            failures += 1
            print(f"{path}:{at}: another error:\n" + "\n".join(actual), file=sys.stderr)
    for at, count, text in reversed(replaced):
        lines[at : at + count] = text
    if update:
        with open(path, "w") as file:
            file.write("\n".join(lines))
    print(f"{checked} checkpoints")
    return failures > 0 or checked == 0


if __name__ == "__main__":
    sys.exit(main())
