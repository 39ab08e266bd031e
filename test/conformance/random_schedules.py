#!/usr/bin/env python3
"""Prints a schedule file with random sizes for each kernel of a model, all of
them legal: `random_schedules.py SOURCE CPU SEED [OPTION..] > schedules.toml`, with
options of tenon compile. No choice may change results by more than rounding."""

import random
import re
import subprocess
import sys
import tempfile

SCHEDULE = re.compile(r'func\.func private @(\w+)\(.*#tenon\.schedule<"(\w+)", lanes = (\d+), '
                      r"tile = \[([^]]*)\], block = \[([^]]*)\]")


def choose(rng, emitter, lanes):
    """Sizes that docs/Scheduling.md allows an emitter; small ones more often."""
    def size(most):
        return min(most, int(rng.expovariate(4 / most)) + 1)

    if emitter == "matmul":
        columns = [c for c in (4, 8, 16, 32) if c % lanes == 0]
        return [rng.randint(1, 16), rng.choice(columns), rng.randint(1, 16)], [size(300)]
    if emitter == "attention":
        tile = [rng.choice([1, 2, 4, 8, 16]), rng.randint(1, 8), rng.randint(1, 8), rng.randint(1, 16)]
        return tile, [size(150), lanes * size(20)]
    if emitter == "stencil":
        return [rng.randint(1, 16)], [size(30), lanes * size(8)]
    if emitter == "rows":
        return [rng.randint(1, 16)], [size(100)]
    assert emitter == "pointwise", emitter
    return [1], [size(100)]


def main(source, cpu, seed, *options):
    rng = random.Random(f"schedules/{seed}")
    with tempfile.TemporaryDirectory() as folder:
        dump = folder + "/scheduled.mlir"
        subprocess.run(["tenon", "compile", source, "--cpu", cpu, "--compile-to", "scheduled", "-o", dump,
                        *options], check=True)
        with open(dump) as file:
            kernels = SCHEDULE.findall(file.read())
    assert kernels
    for name, emitter, lanes, tile, block in kernels:
        sizes = choose(rng, emitter, int(lanes))
        assert [len(s) for s in sizes] == [len(s.split(",")) for s in (tile, block)]
        print(f'[[kernel]]  # {emitter}\nname = "{name}"\ntile = {sizes[0]}\nblock = {sizes[1]}')


if __name__ == "__main__":
    main(*sys.argv[1:])
