"""Raw inputs and outputs of a checkpoint, and the checks that make them good goldens."""

import copy
import zlib

import numpy as np
import torch

# Outputs lie within this part of the largest magnitude of the tensor (docs: "Numbers").
TOLERANCE = 1e-4
# The reference itself, in fp32 against fp64, has to be much better than that.
REFERENCE_ERROR = 1e-5
# Values that decide an order must differ by more than two outputs' tolerances together.
MARGIN = 10 * TOLERANCE

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def cases(name, config, types):
    """A list of keyword arguments of forward. `types`: number of token types, 0 for none."""
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    longest = config.max_position_embeddings
    middle = min(13, longest - 2)

    def ids(batch, length):
        return torch.from_numpy(rng.randint(0, config.vocab_size, (batch, length)))

    def kinds(batch, length):
        return torch.from_numpy(rng.randint(0, types, (batch, length)))

    def keep(rows):
        return torch.tensor([[int(c) for c in row] for row in rows])

    def lengths(width, values):
        return keep(["1" * n + "0" * (width - n) for n in values])

    result = [
        dict(input_ids=ids(1, 1)),
        dict(input_ids=ids(2, 7), attention_mask=lengths(7, [7, 4]), token_type_ids=kinds(2, 7))
        if types else dict(input_ids=ids(2, 7), attention_mask=lengths(7, [7, 4])),
        dict(input_ids=ids(1, longest), attention_mask=lengths(longest, [longest])),
        # left padding, a hole, a fully masked row
        dict(input_ids=ids(3, 5), attention_mask=keep(["00111", "11011", "00000"])),
        dict(input_ids=ids(1, 2)),
        dict(input_ids=ids(5, middle),
             attention_mask=lengths(middle, [middle, 1, 6, 9, 2])),
    ]  # fmt: skip
    if types:
        result[2]["token_type_ids"] = kinds(1, longest)
        result[4]["token_type_ids"] = kinds(1, 2)
        result[5]["token_type_ids"] = kinds(5, middle)
    return result


def outputs(model, inputs):
    with torch.no_grad():
        return {k: v for k, v in model(**inputs).items() if isinstance(v, torch.Tensor)}


def hidden_states(model, inputs):
    with torch.no_grad():
        states = model(**inputs, output_hidden_states=True).hidden_states
    return {f"hidden_states.{i}": s for i, s in enumerate(states)}


def doubled(inputs):
    """The inputs in double precision, where they are numbers with a point."""
    floating = lambda v: isinstance(v, torch.Tensor) and v.is_floating_point()  # noqa: E731
    return {k: v.double() if floating(v) else v for k, v in inputs.items()}


def relative_difference(a, b):
    return float((a.double() - b.double()).abs().max() / b.double().abs().max().clamp(min=1e-30))


def reference_problem(model, all_inputs, all_outputs):
    """Why these outputs are no golden (badly conditioned, or independent of the input), or None."""
    precise = copy.deepcopy(model).double()
    torch.set_default_dtype(torch.float64)  # DistilBERT makes its mask fill in the default type
    truth = [outputs(precise, doubled(inputs)) for inputs in all_inputs]
    torch.set_default_dtype(torch.float32)
    for i, (out, exact) in enumerate(zip(all_outputs, truth)):
        for key, value in exact.items():
            error = relative_difference(out[key], value)
            if not error < REFERENCE_ERROR:
                return f"case{i}.{key}: fp32 is {error:.1e} off fp64"
    for key, value in all_outputs[-1].items():
        rows = value if value.ndim == 2 and "start" not in key and "end" not in key else value[:, 0]
        if rows.ndim == 1:
            rows = rows[:, None]
        if float(rows.std(dim=0).mean()) < 0.05 * float(value.abs().max()):
            return f"{key} hardly depends on the input"
    return None


def argmax_problem(all_outputs):
    """A near-tie between the two largest values along the axis that decides, or None."""
    for i, out in enumerate(all_outputs):
        for key, value in out.items():
            if "logits" not in key or value.shape[-1] < 2:
                continue
            top = value.topk(2, dim=-1).values
            gap = float((top[..., 0] - top[..., 1]).min() / value.abs().max())
            if gap < MARGIN:
                return f"case{i}.{key}: the two largest differ by {gap:.1e}"
    return None
