#!/usr/bin/env python3
"""Attention of codes gives the same bits with a matrix unit, with VNNI and without either, however it is
tiled and however many threads there are: for odd sizes, and for rows of zeros, of the smallest and the
largest numbers, and of what is none.

    check_codes.py --directory OUT [--seed N] [--models N]

Needs `tenon` in PATH; the last model stays in OUT. Code that this machine can't run is left out. Prints
what differs and exits 1 if anything does.
"""

import argparse
import array
import math
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from check import read_safetensors, tenon, write_safetensors

# All of vectors with 16 lanes, and the sizes of tiles that each may have.
TARGETS = ["x86-64-v4-amx", "x86-64-v4-vnni", "x86-64-v4"]
SCORES = {
    "plain": "s",
    "causal": "j <= i ? s : -inf",
    "none": "j < i ? s : -inf",  # The first query has no key at all.
    "padded": "keep[b, j] ? s : min(f32)",
    "infinite": "keep[b, j] ? s : -inf",
}
SIZES = [1, 3, 7, 15, 16, 17, 31, 33, 63, 64, 65, 80, 127, 129, 200]


def model(heads, depth, features, score):
    keep = ", keep: bool[B, T]" if "keep" in score else ""
    return f"""use nn
dim B in [1, 4], S in [1, 200] typical 20, T in [1, 2000] typical 70
model M {{
  entry f(q: f32[B, {heads}, S, {depth}], k: f32[B, {heads}, T, {depth}], v: f32[B, {heads}, T, {features}]{keep}) {{
    out = attend(q, k, v, scale = 0.5, score = (s, b, h, i, j) => {score})
  }}
}}
"""


def schedules(rng):
    """What is summed as integers is the same for all."""
    keys, text = 64 * rng.choice([1, 2, 3, 8, 11]), ""
    for target in TARGETS:
        unit = target == TARGETS[0]
        tile = [16 if unit else rng.choice([1, 2, 4, 8]), rng.randint(1, 5), rng.randint(1, 5), 1]
        block = [rng.choice([1, 7, 16, 17, 128]), keys]
        text += f'[[kernel]]\nname = "*attention*"\ntarget = "{target}"\ntile = {tile}\nblock = {block}\n'
    return text


def numbers(rng, count):
    """Mostly of one size, with some of `odd` among them."""
    size = rng.choice([1, 1, 1e-44, 1e-35, 1e30, 1e38])
    finite = [0.0, -0.0, 1e-45, -1e-40, 7.8e-31, 1e30, -3.4e38]
    odd = rng.choice([finite, finite + [math.nan, math.inf, -math.inf]])
    share = rng.choice([0, 0.001, 0.3])
    if rng.random() < 0.2:
        return array.array("f", [size * rng.choice([3, -3])] * count)  # The largest sums.
    bounded = (max(-3e38, min(3e38, rng.gauss(0, size))) for _ in range(count))
    return array.array("f", (rng.choice(odd) if rng.random() < share else x for x in bounded))


def run(artifact, scratch, target, threads):
    """The bits of what is computed, with one NaN for all; nothing where this machine has no such instructions."""
    out = scratch / "out.safetensors"
    status, _, errors = tenon(
        "run", artifact, "--entry", "f", "--cpu", target, "--threads", threads,
        "--inputs-from", scratch / "in.safetensors", "--outputs-to", out,
    )  # fmt: skip
    if status:
        if "this CPU can't run" not in errors:
            sys.exit(f"{target}: {errors}")
        return None
    return array.array("f", (math.nan if x != x else x for x in read_safetensors(out)["out"][2])).tobytes()


def check(rng, kind, scratch):
    heads, depth, features = rng.choice([1, 2, 5]), rng.choice(SIZES), rng.choice(SIZES)
    arch, artifact = scratch / "m.arch", scratch / "m.tenon"
    arch.write_text(model(heads, depth, features, SCORES[kind]))
    (scratch / "schedules.toml").write_text(schedules(rng))
    (scratch / "config.toml").write_text("")
    status, _, errors = tenon(
        "compile", arch, "--config", scratch / "config.toml", "--quantize", "int8", "-o", artifact,
        "--schedule", scratch / "schedules.toml", *(word for target in TARGETS for word in ("--cpu", target)),
    )  # fmt: skip
    if status or errors:
        sys.exit(f"{kind}: {errors}")
    failures = []
    for _ in range(4):
        batch, queries = rng.choice([1, 3]), rng.choice([1, 15, 16, 17, 50, 130])
        keys = rng.choice([1, 2, 16, 31, 64, 65, 511, 513, rng.randint(1, 1200)])
        shapes = {"q": (queries, depth), "k": (keys, depth), "v": (keys, features)}
        tensors = {
            name: ("F32", [batch, heads, *shape], numbers(rng, batch * heads * shape[0] * shape[1]))
            for name, shape in shapes.items()
        }
        if "keep" in SCORES[kind]:
            kept = array.array("b", (rng.random() < 0.6 for _ in range(batch * keys)))
            tensors["keep"] = ("BOOL", [batch, keys], kept)
        write_safetensors(scratch / "in.safetensors", tensors)
        found = {(target, threads): run(artifact, scratch, target, threads) for target in TARGETS for threads in (1, 2)}
        found = {key: bits for key, bits in found.items() if bits is not None}
        expected = next(iter(found.values()), None)
        failures += [
            f"{kind}: {heads} heads, {depth} and {features} features, {batch} x {queries} queries, {keys} keys: "
            f"{target}, {threads} threads"
            for (target, threads), bits in found.items()
            if bits != expected
        ]
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--directory", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", type=int, default=5)
    arguments = parser.parse_args()
    scratch, failures = pathlib.Path(arguments.directory), []
    scratch.mkdir(parents=True, exist_ok=True)
    for i in range(arguments.seed, arguments.seed + arguments.models):
        failures += check(random.Random(f"codes/{i}"), list(SCORES)[i % len(SCORES)], scratch)
    print(*failures, sep="\n", end="\n" if failures else "")
    print(f"{arguments.models} models: {len(failures) or 'no'} results differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
