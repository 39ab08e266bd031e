"""damage.py ARTIFACT FOLDER: runs `tenon` on copies of an artifact that are damaged in every kind of
place. Each must be refused with one line, status 1, and nothing on stdout.

Prints what was tried and how many, and what went wrong. Damage to the weights shows only under
`inspect --check`.
"""

import pathlib
import random
import re
import struct
import subprocess
import sys

artifact, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
whole = artifact.read_bytes()
wrong = 0


def sections():
    """{name: (offset, size)} from the ELF section headers."""
    (table,) = struct.unpack_from("<Q", whole, 40)
    entry, count, names = struct.unpack_from("<HHH", whole, 58)

    def header(index):
        name, _, _, _, offset, size = struct.unpack_from("<IIQQQQ", whole, table + index * entry)
        return name, offset, size

    strings = header(names)[1]
    found = {}
    for index in range(1, count):
        name, offset, size = header(index)
        end = whole.index(b"\0", strings + name)
        found[whole[strings + name : end].decode()] = (offset, size)
    return table, found


def refused(data, what, *command, expected="."):
    """Whether a command refuses an artifact of these bytes."""
    global wrong
    path = folder / "damaged.tenon"
    path.write_bytes(data)
    done = subprocess.run(
        ["tenon", *[c.replace("FILE", str(path)) for c in command]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = done.stderr.splitlines()
    prefix = f"tenon: error: {path}: "
    good = lines and lines[0].startswith(prefix) and re.search(expected, lines[0])
    good = good and all(line.startswith(("help: ", "note: ")) for line in lines[1:])
    if done.returncode != 1 or done.stdout or not good:
        wrong += 1
        print(f"{what}: {command}: status {done.returncode}: {done.stdout}{done.stderr}")


def flipped(at, bit):
    data = bytearray(whole)
    data[at] ^= 1 << bit
    return bytes(data)


chance = random.Random(1)
table, parts = sections()
weights_at, weights_size = parts[".tenon.weights"]
run = ("run", "FILE", "x")

ends = {0, 1, 3, 4, 16, 63, 64, table, table + 1, weights_at, len(whole) - 8, len(whole) - 1}
for offset, size in parts.values():
    ends |= {offset, offset + size // 2, max(offset, offset + size - 1)}
for end in sorted(e for e in ends if e < len(whole)):
    refused(whole[:end], f"cut at {end}", *run)
print(f"truncated in {len(ends)} places")

flips = 0
for name, (offset, size) in parts.items():
    if offset >= weights_at or not size:
        continue
    for at in {offset, offset + size - 1, offset + chance.randrange(size)}:
        refused(flipped(at, chance.randrange(8)), f"a bit of {name} at {at}", *run)
        flips += 1
for at in [*range(0, 64, 7), table + 70]:
    refused(flipped(at, chance.randrange(8)), f"a bit of the headers at {at}", *run)
    flips += 1
print("flipped bits before the weights" if flips > 30 else f"only {flips} places")

for at in (weights_at, weights_at + chance.randrange(weights_size)):
    refused(flipped(at, 3), f"weights at {at}", "inspect", "--check", "FILE", expected="weights")
print("flipped bits in the weights")

refused(whole + b"\0" * 8, "longer", *run)
refused(b"", "empty", *run)
refused(b"A text that has nothing to do with it.\n" * 200, "a text", *run)
refused(pathlib.Path("/bin/true").read_bytes(), "another program", *run)
for command in ("inspect", "tokenize", "bench", "explain"):
    more = ["x"] if command == "tokenize" else []
    refused(whole[: len(whole) // 2], "half of it", command, "FILE", *more)
print("wrong files")
print(f"{wrong} were not refused")
