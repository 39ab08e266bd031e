"""t5_calls.py calls GOLDEN OUT: what a T5 golden gives its entries, as calls of `tenon run --entry`.
t5_calls.py check GOLDEN OUTPUTS: compares what they gave with the golden."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "goldens"))
from check import read_safetensors, tensor_difference, write_safetensors

CALLS = ["encode", "prefill", "step0", "step1"]


def main(what, golden, other):
    tensors = read_safetensors(pathlib.Path(golden))
    if what == "calls":
        given = {}
        for i, call in enumerate(CALLS):
            ids = "input_ids" if i == 0 else f"{call}.decoder_input_ids"
            given[f"{i}.{ids.split('.')[-1]}"] = tensors[f"input.{ids}"]
            given[f"{i}.attention_mask"] = tensors["input.attention_mask"]
        write_safetensors(pathlib.Path(other), given)
        return 0
    outputs = read_safetensors(pathlib.Path(other))
    bad = 0
    for i, call in enumerate(CALLS):
        name = "last_hidden_state" if i == 0 else "logits"
        if problem := tensor_difference(tensors[f"output.{call}.{name}"], outputs[f"{i}.{name}"]):
            print(f"{call}: {problem}")
            bad += 1
    print(f"{len(CALLS) - bad} of {len(CALLS)} equal")
    return bad


sys.exit(main(*sys.argv[1:]))
