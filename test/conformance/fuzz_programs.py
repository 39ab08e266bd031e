#!/usr/bin/env python3
"""Random programs in the tenon dialect, compiled and compared with the evaluator.

    fuzz_programs.py --seed 7 --count 20 --directory OUT [--check tenon-check]

Program n depends on the seed and n alone: OUT/SEED-N.mlir and its fusion policy
OUT/SEED-N.toml. With --check each is run; what fails stays in OUT, and the
command that repeats it is printed. --results 0,2 keeps only those results and
what they need, to make a failing program small. What may follow what, and in
which magnitude, is in fuzz_ops.py.
"""

import argparse
import os
import random
import subprocess
import sys

from fuzz_ops import HEADS, MAPS, OPS
from fuzz_text import Dim, Program
from random_policy import make_policy

def make_program(seed, number, ops, kind):
    rng = random.Random(f"{seed}/{number}")
    program = Program(rng)
    program.symbol("B", 1, 3)
    program.symbol("S", rng.choice([1, 2, 5]), rng.choice([9, 20, 70]))
    program.symbol("T", rng.choice([1, 3]), rng.choice([7, 33]))
    # This input is there always, so that every symbol's value is known.
    program.random("f32", [Dim({(name,): 1}) for name in program.symbols])
    rank = rng.choice([1, 2, 2, 3, 3, 4])
    dims = [program.any_dim() for _ in range(rank)]
    if kind is MAPS:
        dims = [Dim({("B",): 1}), Dim({(): rng.choice([1, 3, 4, 8, 12, 17, 33])})] + [
            program.any_dim() for _ in range(rng.choice([1, 2, 2]))]
    if kind is HEADS:
        dims = [Dim({("B",): 1}), Dim({(): rng.choice([1, 2, 3])}), program.any_dim(),
                Dim({(): rng.choice(Program.SIZES)})]
    program.random("f32", dims)
    wanted = rng.randint(*ops)
    for _ in range(50 * wanted):
        if program.ops >= wanted:
            break
        names, weights = zip(*kind)
        rng.choices(names, weights)[0](program)
    program.choose_results()
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--ops", default="3-12", help="how many ops a program has")
    parser.add_argument("--maps", action="store_true", help="convolutions and what goes with them")
    parser.add_argument("--heads", action="store_true", help="attention and what goes with it")
    parser.add_argument("--directory", required=True)
    parser.add_argument("--results", help="results to keep, by position")
    parser.add_argument("--check", help="the tenon-check to run")
    parser.add_argument("--target", help="the backend to check")
    parser.add_argument("--shapes", type=int, default=3)
    parser.add_argument("--threads", default="1")
    arguments = parser.parse_args()
    low, high = map(int, arguments.ops.split("-"))
    os.makedirs(arguments.directory, exist_ok=True)
    kind = MAPS if arguments.maps else HEADS if arguments.heads else OPS
    failed = 0
    for number in range(arguments.first, arguments.first + arguments.count):
        program = make_program(arguments.seed, number, (low, high), kind)
        if arguments.results:
            program.keep_results([int(i) for i in arguments.results.split(",")])
        base = os.path.join(arguments.directory, f"{arguments.seed}-{number}")
        with open(base + ".mlir", "w") as file:
            file.write(program.text())
        policy = make_policy(f"{arguments.seed}/{number}")
        with open(base + ".toml", "w") as file:
            file.write(policy)
        if not arguments.check:
            continue
        command = [arguments.check, base + ".mlir", "--fusion", base + ".toml",
                   "--shapes", str(arguments.shapes), "--tolerance", "1e-4",
                   "--threads", arguments.threads, "--seed", str(number)]
        command += ["--target", arguments.target] if arguments.target else []
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=600)
            status, output = run.returncode, run.stdout + run.stderr
        except subprocess.TimeoutExpired:
            status, output = "timeout", ""
        if status != 0:
            failed += 1
            print(f"{' '.join(command)}\n{output}status {status}\n", flush=True)
            continue
        os.remove(base + ".mlir")
        os.remove(base + ".toml")
    if arguments.check:
        print(f"{arguments.count - failed} of {arguments.count} programs agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
