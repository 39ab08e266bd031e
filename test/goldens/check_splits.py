"""Checks that a decoder's state changes nothing, with the `tenon` of PATH.

    check_splits.py CHECKPOINT SCRATCH

CHECKPOINT is a folder of decoders/; one without steps has nothing to check.
One pass over some tokens is the measure (check_calls.py compares it with transformers). A prompt cut
off at every place and continued token by token, all of them as rows of one state, so that rows of
every length go on together; the rest in one piece; and a batch against its rows one by one must all
give the same. Prints what differs and exits 1 if anything does.
"""

import array
import json
import pathlib
import random
import sys

from check import Failures, read_safetensors, tensor_difference, tenon, write_safetensors


def matrix(rows):
    flat = [x for row in rows for x in row]
    return ("I64", [len(rows), len(rows[0])], array.array("q", flat))


class Model:
    def __init__(self, checkpoint, scratch):
        self.artifact, self.scratch = scratch / "splits.tenon", scratch
        status, stdout, stderr = tenon("compile", checkpoint, "-o", self.artifact, "--cpu", "native")
        if status or stdout or stderr:
            sys.exit(f"compile: exit status {status}\n{stdout}{stderr}")

    def run(self, calls):
        """The logits of each of `calls`: (entry, rows of ids, which rows of the state)."""
        inputs = {}
        for i, (_, ids, rows) in enumerate(calls):
            inputs[f"{i}.input_ids"] = matrix(ids)
            if rows is not None:
                inputs[f"{i}.state_rows"] = ("I64", [len(rows)], array.array("q", rows))
        if len(calls) == 1:
            inputs = {k.removeprefix("0."): v for k, v in inputs.items()}
        write_safetensors(self.scratch / "in.safetensors", inputs)
        status, stdout, stderr = tenon(
            "run", self.artifact, "--entry", ",".join(c[0] for c in calls),
            "--inputs-from", self.scratch / "in.safetensors",
            "--outputs-to", self.scratch / "out.safetensors",
        )  # fmt: skip
        if status:
            sys.exit(f"{stdout}{stderr}")
        made = read_safetensors(self.scratch / "out.safetensors")
        names = ["logits"] if len(calls) == 1 else [f"{i}.logits" for i in range(len(calls))]
        return [made[name] for name in names]


def row_of(tensor, row):
    """One index of axis 0."""
    dtype, shape, values = tensor
    size = len(values) // shape[0]
    return (dtype, shape[1:], values[row * size : (row + 1) * size])


def main(checkpoint, scratch):
    scratch.mkdir(parents=True, exist_ok=True)
    config = json.loads((checkpoint / "config.json").read_text())
    if "step" not in json.loads((checkpoint / "calls.json").read_text())["entries"]:
        print("has no state")
        return
    model = Model(checkpoint, scratch)
    failures, checked = Failures(), 0

    def same(where, expected, actual):
        nonlocal checked
        checked += 1
        if what := tensor_difference(expected, actual):
            failures.add(where, what)

    rng = random.Random(checkpoint.name)
    # As many rows as there are places to cut at, and no more than a state has; 37 is two blocks of
    # positions and some of a third.
    size = min(config["n_positions"], 37)
    ids = [[rng.randrange(config["vocab_size"]) for _ in range(size)] for _ in range(3)]
    (whole,) = model.run([("forward", ids[:1], None)])
    logits = [row_of(row_of(whole, 0), i) for i in range(size)]

    calls, wanted = [], []
    for cut in range(1, size):
        calls.append(("prefill", [ids[0][:cut]], [cut - 1]))
        wanted.append([cut - 1])
    held = list(range(1, size))
    while short := [row for row in range(size - 1) if held[row] < size]:
        # Sometimes only a part of them, in another order.
        short = rng.sample(short, rng.choice([len(short), len(short), (len(short) + 1) // 2]))
        calls.append(("step", [[ids[0][held[row]]] for row in short], short))
        wanted.append([held[row] for row in short])
        for row in short:
            held[row] += 1
    for i, (made, places) in enumerate(zip(model.run(calls), wanted)):
        for row, place in enumerate(places):
            same(f"call {i}, {calls[i][0]}, token {place}", logits[place], row_of(made, row))

    cuts = range(1, size)
    calls = [("prefill", [ids[0][:cut]], [cut - 1]) for cut in cuts]
    calls += [("prefill", [ids[0][cut:]], [cut - 1]) for cut in cuts]
    for cut, made in zip(cuts, model.run(calls)[size - 1 :]):
        same(f"rest behind {cut}", logits[-1], row_of(made, 0))

    (batch,) = model.run([("forward", ids, None)])
    together = model.run([("prefill", ids, [2, 0, 1]), ("step", [[5], [7], [9]], None)])
    for row in range(3):
        (alone,) = model.run([("forward", ids[row : row + 1], None)])
        same(f"row {row} of a batch", row_of(alone, 0), row_of(batch, row))
        # The batch's rows went to rows 2, 0 and 1 of the state.
        state = [2, 0, 1][row]
        if size < config["n_positions"]:
            steps = model.run([("prefill", [ids[row]], [0]), ("step", [[5 + 2 * state]], None)])
            same(f"prompt {row} of a batch", row_of(steps[0], 0), row_of(together[0], row))
            same(f"step of row {row} of a batch", row_of(steps[1], 0), row_of(together[1], state))
    print(f"{checkpoint.name}: {checked} rows compared, {len(failures.lines)} differ")
    print(*failures.lines[:20], sep="\n")
    sys.exit(1 if failures.lines else 0)


main(*map(pathlib.Path, sys.argv[1:]))
