"""Checks rules of the tree: doors.py ROOT. Prints what breaks one."""

import os
import re
import sys

ROOT = sys.argv[1]
FOLDERS = ["support", "dialect", "frontend", "passes", "codegen", "backends", "compiler", "runtime", "tools", "test"]
SOURCES = (".cpp", ".h", ".td", ".txt", ".toml", ".in", ".py", ".c", ".mlir", ".test", ".arch", ".md")
# Names of families. Vision's "vit" and "detr" and the like only as words.
FAMILIES = re.compile(
    r"(distil|ro|al|de)?bert(?!ur)|gpt-?2|m?bart\b|\bt5\b|wav2vec|\bvit\b|convnext|\bcvt\b|\blevit\b|"
    r"\bdetr\b|mask2former|\bglpn\b|\bswin\b", re.IGNORECASE)
# Where such words are not the compiler's: tests, and formats that others named so
# (the classes of tokenizer files, the module kinds of sentence models), and an
# example in an error message.
NAMED = ("test/", "runtime/tokenizers/", "runtime/heads/SentenceModel.", "frontend/Frontend.cpp")
# Files above their limit that wait to be split.
LONG = {}
broken = []


def files():
    for folder in FOLDERS:
        for base, folders, names in os.walk(os.path.join(ROOT, folder)):
            folders[:] = sorted(f for f in folders if f not in ("goldens", "build", "third_party"))
            for name in sorted(names):
                if name.endswith(SOURCES):
                    path = os.path.join(base, name)
                    with open(path, encoding="utf-8", errors="replace") as file:
                        yield os.path.relpath(path, ROOT), file.read()


def breaks(path, what, line=None):
    broken.append(f"{path}{':' + str(line) if line else ''}: {what}")


def find(path, text, pattern, what):
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(pattern, line):
            breaks(path, what + ": " + line.strip()[:80], number)


def mnemonics():
    with open(os.path.join(ROOT, "dialect/TenonOps.td")) as file:
        return re.findall(r'Tenon_(?:Compute|State)?Op<"(\w+)"', file.read())


def check(path, text, ops):
    top = path.split(os.sep)[0]
    lines = text.count("\n")
    if not path.startswith(NAMED):
        code = re.sub(r"//.*", "", text) if path.endswith((".cpp", ".h")) else text
        find(path, code, FAMILIES, "a family's name")
    if path.endswith(".cpp"):
        limit = 300 if top == "passes" and "getOperation()" in text else 500
        limit = LONG.get(path, limit)
        if lines > limit:
            breaks(path, f"{lines} lines, allowed {limit}")
    if top == "test" and path.endswith((".mlir", ".test")) and lines > 150:
        breaks(path, f"{lines} lines, allowed 150")
    # The front end finds ops through the dialect.
    if top == "frontend":
        named = [op for op in ops if f'"{op}"' in text]
        if len(named) > 3:
            breaks(path, "a list of ops: " + ", ".join(named))
    # IR is built by builders; text is parsed only where it comes from a file.
    if top in ("frontend", "passes", "codegen", "backends", "compiler") and "parseSourceString" in text:
        if path != os.path.join("compiler", "Compilation.cpp"):
            breaks(path, "parses MLIR text")
    # Kernels are generated: the runtime computes nothing with vectors itself.
    if top == "runtime" or path.startswith(os.path.join("backends", "cpu", "device")):
        find(path, text, r"\b_mm(256|512)?_(?!pause\b)\w+|__m(128|256|512)|arm_neon\.h", "an intrinsic")
        find(path, text, r'#include\s+["<](mlir|llvm)/', "LLVM in the runtime")


def main():
    ops = mnemonics()
    for path, text in files():
        check(path, text, ops)
    print("\n".join(broken) or "all rules hold")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
