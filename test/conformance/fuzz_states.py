#!/usr/bin/env python3
"""Random models with states: their kernels against the evaluator, and rows of different lengths
against the same rows alone.

    fuzz_states.py --seed 7 --count 20 --directory OUT

Model n depends on the seed and n alone: OUT/SEED-N.arch. `tenon verify` compares each launch with
what evaluate() says, for rows of one length. Then random calls run on one state (appending to some
rows in any order, reordering, copying and dropping them, writing what is fixed), and each row's
history runs once more by itself, from the beginning: outputs must be the same. What fails stays in
OUT. Needs `tenon` in PATH.
"""

import argparse
import array
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from check import read_safetensors, tensor_difference, write_safetensors

SIZES = [1, 2, 3, 4, 5, 7, 8, 12, 16, 17]
LONGEST = 70
# What attention may make of a score; `past` is how long each row was before.
SCORES = [
    "s",
    "j <= i + cast(past[b], type = index) ? s : -inf",
    "j <= i + cast(past[b], type = index) ? s + 0.1 * cast(j - i, type = f32) : -inf",
    "j <= i + cast(past[b], type = index) ? s * 0.5 + bias[b, h] : min(f32)",
]


class Model:
    """One model: the text, and the inputs of its entries by name."""

    def __init__(self, rng):
        self.rng, self.states, self.lines, self.inputs = rng, [], [], {}
        self.heads = rng.choice([1, 2, 3, 5])
        self.attention()
        for i in range(rng.choice([0, 1, 2])):
            self.reads(i)
        self.fixed = rng.random() < 0.5
        if self.fixed:
            self.states.append("state memory: f32[B, 2, W, 5] fixed W")

    def input(self, name, dims):
        """An input of `step`; `dims` are names and numbers."""
        self.inputs[name] = dims
        return name

    def attention(self):
        h, d, e = self.heads, self.rng.choice(SIZES), self.rng.choice(SIZES)
        self.states.append(f"state key: f32[B, {h}, P, {d}] growing P")
        self.states.append(f"state value: f32[B, {h}, P, {e}] growing P")
        for name, width in (("q", d), ("k", d), ("v", e)):
            self.input(name, ["B", h, "T", width])
        self.input("bias", ["B", h])
        self.lines += ["key = state_append(key, k)", "value = state_append(value, v)"]
        for i, score in enumerate(self.rng.sample(SCORES, self.rng.choice([1, 1, 2]))):
            self.lines.append(
                f"mixed{i} = attend(q, key, value, scale = 0.5, score = (s, b, h, i, j) =>\n"
                f"      {score}) * 2.0"
            )

    def reads(self, i):
        """A state of any rank, and a sum of what its rows hold."""
        name, rank = f"more{i}", self.rng.choice([2, 3, 3, 4])
        dims = ["B"] + [self.rng.choice(SIZES) for _ in range(rank - 1)]
        axis = self.rng.randrange(1, rank)
        held, new = list(dims), list(dims)
        held[axis], new[axis] = "P", "T"
        self.states.append(f"state {name}: f32[{', '.join(map(str, held))}] growing P")
        self.input(f"x{i}", new)
        mask = ["none"] * rank
        mask[0] = mask[axis] = ":"
        self.lines += [
            f"{name} = state_append({name}, x{i})",
            f"total{i} = sum(kept[{', '.join(mask)}] ? state_read({name}) : 0.0, [{axis}])",
            f"lengths{i} = state_lengths({name})",
        ]

    def text(self):
        ports = ", ".join(
            f"{name}: f32[{', '.join(map(str, dims))}]" for name, dims in self.inputs.items()
        )
        lines = [
            "use nn", "dim B in [1, 6], T in [1, 9]", f"dim late P in [0, {LONGEST}]",
            *(["dim S in [1, 40]", "dim late W in [0, 40]"] if self.fixed else []),
            "model M {", *("  " + s for s in self.states), f"  entry step({ports}) {{",
            f"    require P + T <= {LONGEST}, \"a row holds at most {LONGEST} positions\"",
            "    let past = state_lengths(key)",
            "    let kept = iota(P + T)[none, :] < (past + T)[:, none]",
            *("    " + line for line in self.lines), "  }",
        ]  # fmt: skip
        if self.fixed:
            lines += [
                "  entry set(m: f32[B, 2, S, 5]) { memory = state_write(memory, m); done = sum(m, [1, 2, 3]) }",
                "  entry ask(q: f32[B, 2, T, 5]) {",
                "    answer = attend(q, memory, memory, scale = 0.5, score = (s, b, h, i, j) => s) + 1.0",
                "  }",
            ]
        return "\n".join(lines + ["}", ""])

    def call(self, entry, rows, count):
        """The inputs of a call, a value for each row: {name: (shape of a row, [numbers])}."""
        tables = {
            "step": self.inputs,
            "set": {"m": ["B", 2, "S", 5]},
            "ask": {"q": ["B", 2, "T", 5]},
        }
        made = {}
        for name, dims in tables[entry].items():
            shape = [count if d in ("T", "S") else d for d in dims[1:]]
            size = 1
            for d in shape:
                size *= d
            made[name] = shape, [
                [self.rng.uniform(-2, 2) for _ in range(size)] for _ in range(rows)
            ]
        return made


def tenon(*arguments):
    done = subprocess.run(["tenon", *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def run(artifact, calls, scratch):
    """`calls`: (entry, inputs, rows, reorder). Returns the outputs, or raises with what was said."""
    tensors = {}
    for i, (_, inputs, rows, reorder) in enumerate(calls):
        for name, (shape, values) in inputs.items():
            flat = array.array("f", [x for row in values for x in row])
            tensors[f"{i}.{name}"] = ("F32", [len(values), *shape], flat)
        for name, ids in (("state_rows", rows), ("state_reorder", reorder)):
            if ids is not None:
                tensors[f"{i}.{name}"] = ("I64", [len(ids)], array.array("q", ids))
    if len(calls) == 1:
        tensors = {k.removeprefix("0."): v for k, v in tensors.items()}
    write_safetensors(scratch / "in.safetensors", tensors)
    status, said = tenon(
        "run", artifact, "--entry", ",".join(c[0] for c in calls), "--inputs-from",
        scratch / "in.safetensors", "--outputs-to", scratch / "out.safetensors",
    )  # fmt: skip
    if status:
        raise RuntimeError(f"tenon run: exit status {status}: {said}")
    made = read_safetensors(scratch / "out.safetensors")
    return {f"0.{k}": v for k, v in made.items()} if len(calls) == 1 else made


def script(model, rng):
    """Calls as run() takes them, and for each the history of each of its rows: [(call, place)]."""
    calls, histories, rows = [], [], [[] for _ in range(rng.randint(1, 4))]
    held = [0] * len(rows)
    for number in range(rng.randint(4, 9)):
        reorder = None
        if number and rng.random() < 0.4:
            reorder = [rng.randrange(len(rows)) for _ in range(rng.randint(1, 6))]
            rows, held = [list(rows[i]) for i in reorder], [held[i] for i in reorder]
        chosen = rng.sample(range(len(rows)), rng.randint(1, len(rows)))
        # All rows are in the first call: it says how many there are.
        if number == 0:
            chosen = rng.sample(range(len(rows)), len(rows))
        entry = rng.choice(["step", "step", "set", "ask"]) if model.fixed else "step"
        written = all(any(calls[c][0] == "set" for c, _ in rows[r]) for r in chosen)
        if entry == "ask" and not written:
            entry = "set"
        most = {"step": min(9, LONGEST - max(held[r] for r in chosen)), "set": 40, "ask": 9}[entry]
        if most < 1:
            continue
        count = rng.choice([1, 1, most, rng.randint(1, most)])
        calls.append((entry, model.call(entry, len(chosen), count), chosen, reorder))
        for place, row in enumerate(chosen):
            rows[row].append((len(calls) - 1, place))
            held[row] += count if entry == "step" else 0
        histories.append([list(rows[row]) for row in chosen])
    return calls, histories


def row_of(tensor, row):
    dtype, shape, values = tensor
    size = len(values) // shape[0] if shape[0] else 0
    return (dtype, shape[1:], values[row * size : (row + 1) * size])


def check(model, rng, arch, scratch, how):
    """What is wrong with a model; nothing if all is well."""
    config = scratch / "empty.toml"
    config.write_text("")
    source = [arch, "--config", config]
    status, said = tenon("verify", *source, *how, "--seed", rng.randrange(1000))
    if status:
        return f"tenon verify: exit status {status}: {said}"
    artifact = scratch / "m.tenon"
    status, said = tenon("compile", *source, *how, "-o", artifact)
    if status:
        return f"tenon compile: exit status {status}: {said}"
    calls, histories = script(model, rng)
    together = run(artifact, calls, scratch)
    # A history that another one begins with is checked with that one.
    whole = [h for group in histories for h in group]
    whole = [h for h in whole if not any(len(o) > len(h) and o[: len(h)] == h for o in whole)]
    for history in whole:
        alone = []
        for i, (call, place) in enumerate(history):
            entry, inputs, _, _ = calls[call]
            one = {name: (shape, [values[place]]) for name, (shape, values) in inputs.items()}
            alone.append((entry, one, [0] if i == 0 else None, None))
        made = run(artifact, alone, scratch)
        for i, (call, place) in enumerate(history):
            for name in (n for n in together if n.startswith(f"{call}.")):
                expected = row_of(made[f"{i}.{name.split('.', 1)[1]}"], 0)
                if what := tensor_difference(expected, row_of(together[name], place)):
                    return f"call {call}, row {calls[call][2][place]}, {name}: {what}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first model")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--target", help="the backend to check")
    arguments = parser.parse_args()
    how = ["--target", arguments.target] if arguments.target else ["--cpu", "native"]
    scratch, failed = pathlib.Path(arguments.directory), 0
    os.makedirs(scratch, exist_ok=True)
    for number in range(arguments.first, arguments.first + arguments.count):
        rng = random.Random(f"{arguments.seed}/{number}")
        precision = ["--precision", rng.choice(["fp32", "bf16"])]
        model = Model(rng)
        arch = scratch / f"{arguments.seed}-{number}.arch"
        arch.write_text(model.text())
        try:
            what = check(model, rng, arch, scratch, how + precision)
        except RuntimeError as error:
            what = str(error)
        if what:
            failed += 1
            print(f"{arch}: {what}", flush=True)
        else:
            arch.unlink()
    print(f"{arguments.count - failed} of {arguments.count} models agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
