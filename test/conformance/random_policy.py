#!/usr/bin/env python3
"""Prints a fusion policy with some steps and rules off and some ops kept apart, by
a seed: `random_policy.py 3 > policy.toml`. No choice may change results."""

import random
import sys

RULES = ["epilogue", "store-view", "load-view", "prologue", "recompute", "source",
         "row-chain", "pointwise"]
STEPS = ["merge-matmuls", "move-layouts"]
OPS = ["unary", "binary", "reshape", "transpose", "reduce", "slice", "softmax"]


def make_policy(seed):
    rng = random.Random(f"policy/{seed}")
    share = rng.choice([0, 0.2, 0.5, 1])
    lines = ["[steps]"]
    lines += [f"{step} = {'false' if rng.random() < 0.3 else 'true'}" for step in STEPS]
    lines.append("[rules]")
    lines += [f"{rule} = {'false' if rng.random() < share else 'true'}" for rule in RULES]
    for op in rng.sample(OPS, rng.choice([0, 0, 1, 2])):
        lines += ["[[op]]", f'id = "tenon.{op}"']
        if rng.random() < 0.5:
            lines.append("fuse = false")
        else:
            some = rng.sample(RULES, 3)
            lines.append("rules = [" + ", ".join(f'"{rule}"' for rule in some) + "]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(make_policy(sys.argv[1]))
