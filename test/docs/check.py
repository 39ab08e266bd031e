"""Runs the commands of a document and compares what they print.

    check.py DOCUMENT ROOT

In a block fenced as ```console, a line `$ COMMAND` is run, and the lines up to
the next command are what it prints, errors included; `…` stands for anything in
a line, and alone for any number of lines. The blocks of a document share a
scratch folder, in which the folders of ROOT can be named. Blocks fenced as
```console no-run are for machines with other things on them.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def blocks(text):
    """(line number, lines) of each block to run."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line.strip() == "```console":
            start = number
        elif start is not None and line.strip() == "```":
            yield start + 1, lines[start:number - 1]
            start = None


def steps(first, lines):
    """(line number, command, expected lines) of a block."""
    step = None
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            if step:
                yield step
            step = (number, line[2:], [])
        elif step and step[1].endswith("\\"):
            step = (step[0], step[1][:-1] + line.strip(), step[2])
        elif step:
            step[2].append(line)
    if step:
        yield step


def matches(expected, actual):
    if not expected:
        return not actual
    if expected[0].strip() == "…":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    if not actual:
        return False
    pattern = ".*".join(map(re.escape, expected[0].rstrip().split("…")))
    return (re.fullmatch(pattern, actual[0].rstrip()) is not None
            and matches(expected[1:], actual[1:]))


def main():
    document, root = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    failures = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for entry in root.iterdir():
            if entry.is_dir() and not entry.name.startswith((".", "build")):
                (Path(folder) / entry.name).symlink_to(entry)
        if tenon := shutil.which("tenon"):  # Of the build that is tested.
            (Path(folder) / "build").symlink_to(Path(tenon).resolve().parent.parent)
        for first, lines in blocks(document.read_text()):
            for number, command, expected in steps(first, lines):
                count += 1
                done = subprocess.run(
                    ["bash", "-c", command], cwd=folder, text=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT)
                while expected and not expected[-1].strip():
                    expected.pop()
                if not matches(expected, done.stdout.rstrip().splitlines()):
                    failures += 1
                    print(f"{document}:{number}: $ {command}\nprints\n{done.stdout}\n"
                          "rather than\n" + "\n".join(expected))
    if not count:
        print(f"{document}: has no command to run")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
