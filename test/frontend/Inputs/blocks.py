"""Runs the examples of a Markdown file: blocks.py [--update] FILE.md

An ```arch block is a file that must parse, type-check and build. With an ```error
block behind it, it must fail with exactly that output; an ```mlir block holds
lines that must come in this order in the graph. Before an ```arch block, ```json
and ```toml give its config, ```weights its checkpoint (as tensors.py takes them)
and ```library NAME a file that it can use. `arch entry` is the body of an entry
and `arch model` that of a model, with the dims and inputs of WRAP around them.

In errors the search path of models is MODELS, and places in its library are :LINE,
without the source line.
--update writes what came out into the ```error blocks: read it before you commit.
"""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import tensors

WRAP = """use nn
dim B in [1, 64] typical 1
dim S in [1, 512] typical 128
model Example {
%s
}
"""
ENTRY = """entry forward(x: f32[B, S, 6], y: f32[B, S, 6], ids: i64[B, S], mask: bool[B, S]) {
%s
}"""


def blocks(lines):
    """(info string, first line, lines) of each fenced block."""
    begin = info = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin, info = number + 1, line[3:].strip()
        else:
            yield info, begin, lines[begin:number]
            begin = None


def normalized(text):
    text = text.replace("tenon-opt: error:", "tenon: error:")
    text = re.sub(r"[\w/.-]*/models\b", "MODELS", text)
    text = re.sub(r"(MODELS/\w+\.arch):\d+:\d+(.*)\n.*\n.*", r"\1:LINE\2", text)
    return text.rstrip("\n")


def source(info, text):
    if "entry" in info:
        text = ENTRY % text
    return WRAP % text if "entry" in info or "model" in info else text + "\n"


def in_order(wanted, text):
    at = 0
    for line in wanted:
        found = text.find(line.strip(), at)
        if found < 0:
            return line
        at = found + len(line.strip())
    return None


def run(folder, info, text, extra):
    with open(os.path.join(folder, "net.arch"), "w") as file:
        file.write(source(info, text))
    command = ["tenon-opt", "--arch", "net.arch"] + extra
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def main():
    update = sys.argv[1] == "--update"
    path = sys.argv[-1]
    with open(path) as file:
        lines = file.read().split("\n")
    found = list(blocks(lines))
    failures, checked, replaced = 0, 0, []

    def fail(line, what):
        nonlocal failures
        failures += 1
        print(f"{path}:{line}: {what}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        extra = []
        for i, (info, begin, body) in enumerate(found):
            kind, *rest = info.split() or [""]
            text = "\n".join(body)
            if kind in ("json", "toml") and "config" in rest:
                with open(os.path.join(folder, "config." + kind), "w") as file:
                    file.write(text + "\n")
                extra += ["--config", "config." + kind]
            elif kind == "weights":
                tensors.write(os.path.join(folder, "weights.safetensors"), text.split())
                extra += ["--weights", "weights.safetensors"]
            elif kind == "library":
                with open(os.path.join(folder, rest[0] + ".arch"), "w") as file:
                    file.write(text + "\n")
            elif kind == "arch":
                checked += 1
                result = run(folder, rest, text, extra)
                extra = []
                after, at, wanted = found[i + 1] if i + 1 < len(found) else ("", 0, [])
                actual = normalized(result.stderr)
                if result.returncode not in (0, 1):
                    fail(begin, f"exit status {result.returncode}:\n{actual}")
                elif after == "error":
                    if update:
                        replaced.append((at, len(wanted), actual.split("\n")))
                    elif result.returncode != 1 or actual != "\n".join(wanted):
                        fail(at, f"another error:\n{actual}")
                elif result.returncode != 0:
                    fail(begin, f"doesn't build:\n{actual}")
                elif after == "mlir":
                    missing = in_order(wanted, result.stdout)
                    if missing:
                        fail(at, f"not in the graph: {missing}\n{result.stdout}")
    for at, count, text in reversed(replaced):
        lines[at : at + count] = text
    if update:
        with open(path, "w") as file:
            file.write("\n".join(lines))
    if checked == 0:
        fail(1, "there are no examples")
    print(f"{checked} examples")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
