#!/usr/bin/env python3
"""The library's `best` against sorting, on rows with equal elements, infinities and NaNs among them.

    check_best.py --directory OUT [--target NAME] [--fusion POLICY]

Rows are of odd sizes: some are compared as a whole, others are in groups of groups. Needs `tenon` in
PATH; what it compiled stays in OUT. Prints what differs and exits 1 if anything does.
"""

import argparse
import array
import math
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from check import read_safetensors, write_safetensors

# Elements of a row, and the most that are wanted. 256 are the most that are compared as a whole.
SIZES = [(1, 1), (7, 7), (256, 256), (257, 3), (300, 200), (1024, 60), (1031, 5), (4999, 128)]


def tenon(*arguments):
    done = subprocess.run(["tenon", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tenon {arguments[0]}: exit status {done.returncode}: {done.stdout}{done.stderr}")


def model(size, most):
    return f"""use nn
dim B in [1, 5], K in [1, {most}]
model M {{
  entry f(x: f32[B, {size}], ranks: i64[K]) {{
    values, places = best(x, ranks, {most})
  }}
}}
"""


def make_row(rng, size):
    """Numbers that are all different, or few, or next to nothing."""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.sample(range(-size, size), size)
    if kind == 1:
        return [rng.randrange(9) / 4 for _ in range(size)]
    if kind == 2:
        return [rng.choice([-math.inf, 0.0, -0.0, 1.5]) for _ in range(size)]
    if kind == 3:
        return [rng.choice([math.nan, -math.inf, float(i)]) for i in range(size)]
    # The best are neighbours, the last ones at that.
    return [float(i // 3) for i in range(size)]


def check(rng, artifact, size, most, scratch):
    failures = []
    for rows in (1, 2, 5):
        count = rng.choice([1, most, rng.randint(1, most)])
        ranks = list(range(count))
        if rng.random() < 0.3:
            rng.shuffle(ranks)
        x = [make_row(rng, size) for _ in range(rows)]
        flat = array.array("f", [value for row in x for value in row])
        tensors = {
            "x": ("F32", [rows, size], flat),
            "ranks": ("I64", [count], array.array("q", ranks)),
        }
        write_safetensors(scratch / "in.safetensors", tensors)
        tenon(
            "run", artifact, "--entry", "f", "--inputs-from", scratch / "in.safetensors",
            "--outputs-to", scratch / "out.safetensors",
        )  # fmt: skip
        made = read_safetensors(scratch / "out.safetensors")
        for b in range(rows):
            places = list(made["places"][2][b * count : (b + 1) * count])
            values = list(made["values"][2][b * count : (b + 1) * count])
            if any(map(math.isnan, x[b])):
                # Nothing is promised but places that there are.
                if min(places) < 0 or max(places) >= size:
                    failures.append(f"{count} of {size}: {min(places)} to {max(places)}")
                continue
            order = sorted(range(size), key=lambda i: (-x[b][i], i))
            expected = [order[rank] for rank in ranks]
            if places != expected or values != [x[b][i] for i in expected]:
                failures.append(f"{count} of {size}, row {b} of {rows}: {places[:8]}, not {expected[:8]}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--directory", required=True)
    parser.add_argument("--target", help="the backend to check")
    parser.add_argument("--fusion", help="a fusion policy")
    parser.add_argument("--sizes", type=int, default=len(SIZES), help="how many of the sizes")
    arguments = parser.parse_args()
    how = ["--target", arguments.target] if arguments.target else ["--cpu", "native"]
    if arguments.fusion:
        how += ["--fusion", arguments.fusion]
    scratch, failures = pathlib.Path(arguments.directory), []
    scratch.mkdir(parents=True, exist_ok=True)
    config = scratch / "empty.toml"
    config.write_text("")
    for size, most in SIZES[-arguments.sizes :]:
        arch, artifact = scratch / f"{size}.arch", scratch / f"{size}.tenon"
        arch.write_text(model(size, most))
        tenon("verify", arch, "--config", config, "--shapes", 2, *how)
        tenon("compile", arch, "--config", config, *how, "-o", artifact)
        failures += check(random.Random(size), artifact, size, most, scratch)
    print(*failures, sep="\n", end="\n" if failures else "")
    print(f"{arguments.sizes} sizes: {len(failures) or 'no'} rows differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
