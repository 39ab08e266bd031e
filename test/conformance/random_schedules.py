#!/usr/bin/env python3
"""Prints a schedule file with random sizes for each kernel and matrix of a model, all
of them legal: `random_schedules.py SOURCE CPU SEED [OPTION..] > schedules.toml`, with
options of tenon compile. No choice may change results by more than rounding."""

import random
import re
import subprocess
import sys
import tempfile

SCHEDULE = re.compile(r'func\.func private @(\w+)\(.*#tenon\.schedule<"(\w+)", lanes = (\d+), '
                      r"tile = \[([^]]*)\], block = \[([^]]*)\], fma = \w+(?:, dot = (\w+))?")
# Of a product with a packed right side: its columns, depth and the width of a panel.
PACKED = re.compile(r"tenon\.matmul .*\{columns = (\d+) : i64.*\} : \(tensor<[0-9?x]*?(\d+)x[a-z]+[0-9]+[^(]*, "
                    r"tensor<\d+x\d+x(\d+)x")


def choose(rng, emitter, lanes, width, dot):
    """Sizes that docs/Scheduling.md allows an emitter; small ones more often."""
    def size(most):
        return min(most, int(rng.expovariate(4 / most)) + 1)

    if emitter == "matmul":
        columns = [c for c in (4, 8, 16, 32, 64) if c % lanes == 0 and (width or 32) % c == 0]
        ahead, group = rng.choice([0, 1, 7, 64, 300]), rng.choice([0, 1, 2, 3, size(30)])
        if dot == "matrix":
            return [rng.choice([16, 32]), 32, 1, ahead], [size(300), group]
        return [rng.randint(1, 16), rng.choice(columns), rng.randint(1, 16), ahead], [size(300), group]
    if emitter == "attention" and dot == "matrix":
        return [16, rng.randint(1, 8), rng.randint(1, 8), 1], [size(150), 64 * size(8)]
    if emitter == "attention":
        tile = [rng.choice([1, 2, 4, 8, 16]), rng.randint(1, 8), rng.randint(1, 8), rng.randint(1, 16)]
        return tile, [size(150), lanes * size(20)]
    if emitter == "stencil":
        return [rng.randint(1, 16)], [size(30), lanes * size(8), rng.randint(0, 1)]
    if emitter == "rows":
        return [rng.randint(1, 16)], [size(100)]
    assert emitter == "pointwise", emitter
    return [1], [size(100)]


def scheduled(folder, source, cpu, *options):
    """The kernels of a model, as text, one by one."""
    dump = folder + "/scheduled.mlir"
    subprocess.run(["tenon", "compile", source, "--cpu", cpu, "--compile-to", "scheduled", "-o", dump, *options],
                   check=True)
    with open(dump) as file:
        return re.split(r"(?=^  func\.func )", file.read(), flags=re.M)


def choose_panels(rng, kernels):
    """Other panels for most matrices; an entry for a type that a matrix doesn't have does nothing."""
    entries = ""
    widths = [32, 64] if any("dot = matrix" in kernel for kernel in kernels) else [16, 16, 32, 64, 64]
    for columns, depth, _ in sorted(set(PACKED.findall("".join(kernels)))):
        width = rng.choice(widths)
        for stored in ("f32", "bf16", "i8"):
            entries += f'[[panel]]\ndepth = {depth}\ncolumns = {columns}\ntype = "{stored}"\nwidth = {width}\n'
    return entries


def main(source, cpu, seed, *options):
    rng = random.Random(f"schedules/{seed}")
    with tempfile.TemporaryDirectory() as folder:
        panels = choose_panels(rng, scheduled(folder, source, cpu, *options))
        with open(folder + "/panels.toml", "w") as file:
            file.write(panels)
        kernels = scheduled(folder, source, cpu, *options, "--schedule", folder + "/panels.toml")
    assert panels
    print(panels)
    widths = set()
    for kernel in kernels:
        for name, emitter, lanes, tile, block, dot in SCHEDULE.findall(kernel):
            packed = PACKED.search(kernel)
            width = int(packed[3]) if packed else 0
            widths.add(width)
            sizes = choose(rng, emitter, int(lanes), width, dot)
            # Those at the end may be left out.
            assert all(0 <= len(s) - len(text.split(",")) <= 1 for s, text in zip(sizes, (tile, block)))
            print(f'[[kernel]]  # {emitter}\nname = "{name}"\ntile = {sizes[0]}\nblock = {sizes[1]}')
    assert widths - {0, 32}


if __name__ == "__main__":
    main(*sys.argv[1:])
