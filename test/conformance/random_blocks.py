#!/usr/bin/env python3
"""Prints a schedule file with a random emitter, block and part of a thread for each
kernel of a model on a GPU, all of them legal: `random_blocks.py SOURCE TARGET SEED
[OPTION..] > schedules.toml`, with options of tenon compile. Few sizes are powers of
two."""

import os
import random
import re
import subprocess
import sys
import tempfile
import tomllib

TARGETS = os.path.join(os.path.dirname(__file__), "../../backends/vulkan/targets")
SCHEDULE = re.compile(r'func\.func private @(\w+)\(.*#tenon\.schedule<"([\w-]+)", lanes = \d+, tile = \[([^]]*)\]')


def divisor(rng, size):
    return rng.choice([d for d in range(1, size + 1) if size % d == 0])


def shared_bytes(emitter, rows, columns, depth, parts, threads):
    if emitter == "matmul-direct":
        return parts * rows * columns * 4 if parts > 1 else 0
    if emitter == "matmul":
        return (rows * (depth + 4) + depth * columns) * 4
    scores = rows * (columns + 4) + rows + threads
    sides = (rows + columns) * (depth + 4) if emitter == "attention" else 0
    return 4 * (scores + sides)


def choose_block(rng, emitter, most_threads, most_shared):
    while True:
        rows, columns, depth = rng.randint(1, 24), 4 * rng.randint(1, 24), 4 * rng.randint(1, 9)
        tile = [divisor(rng, rows), 4 * divisor(rng, columns // 4)]
        parts = rng.randint(1, 6) if emitter == "matmul-direct" else 1
        threads = rows // tile[0] * (columns // tile[1]) * parts
        if threads > most_threads or shared_bytes(emitter, rows, columns, depth, parts, threads) > most_shared:
            continue
        if emitter.startswith("attention") and threads < max(rows, depth // 4):
            continue
        if parts > 1 and rows * columns // 4 > threads:
            continue
        return tile + [parts] * (emitter == "matmul-direct"), [rows, columns, depth]


def choose_rows(rng, emitter, tile, most_threads, subgroup):
    if emitter == "rows" and tile[0] == 1:  # Rows may be neighbours.
        return emitter, [1], [rng.randint(1, most_threads)]
    names = ["rows", "rows-subgroup", "rows-workgroup"] if subgroup["arithmetic"] else ["rows"]
    emitter = rng.choice(names)
    if emitter == "rows-subgroup":
        return emitter, [subgroup["most"]], []
    team = rng.choice([1, 2, 4, 8, 16, 32, 64])
    return emitter, [team], [rng.randint(1, most_threads // team)] if emitter == "rows" else []


def main(source, target, seed, *options):
    rng = random.Random(f"blocks/{seed}")
    with open(f"{TARGETS}/{target}.toml", "rb") as file:
        limits = tomllib.load(file)
    threads, shared = limits["workgroup"]["threads"], limits["workgroup"]["shared"]
    with tempfile.TemporaryDirectory() as folder:
        dump = folder + "/scheduled.mlir"
        subprocess.run(["tenon", "compile", source, "--target", "vulkan", "--cpu", target, "--compile-to", "scheduled",
                        "-o", dump, *options], check=True)
        with open(dump) as file:
            kernels = SCHEDULE.findall(file.read())
    for name, emitter, tile in kernels:
        if emitter == "pointwise":
            tile, block = [], [rng.randint(1, threads)]
        elif emitter.startswith("rows"):
            tile, block = [int(t) for t in tile.split(",")], []
            emitter, tile, block = choose_rows(rng, emitter, tile, threads, limits["subgroup"])
        else:
            emitter = emitter.split("-")[0] + rng.choice(["", "-direct"])
            tile, block = choose_block(rng, emitter, threads, shared)
        print(f'[[kernel]]\nname = "{name}"\nemitter = "{emitter}"\ntile = {tile}\nblock = {block}')


if __name__ == "__main__":
    main(*sys.argv[1:])
