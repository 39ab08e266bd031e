"""Witnesses: pieces of later families, with weights, inputs and outputs in one file each.

Weights have their path in a checkpoint as a name; the rest are `input.NAME`, `output.NAME` and
`tap.NAME` (values on the way, to find out where an implementation goes wrong). NAME.json has the
configuration, the dims of each input and what the entries do.
"""

import copy
import dataclasses
from typing import Callable

import numpy as np
import torch

from .cases import REFERENCE_ERROR, relative_difference
from .files import write_json, write_tensors


@dataclasses.dataclass
class Built:
    """One try with one seed."""

    module: torch.nn.Module
    weights: dict  # path in a checkpoint -> tensor
    inputs: dict
    config: dict
    compute: Callable  # (module, inputs) -> outputs and taps, named with their kind
    problem: Callable = lambda outputs: None  # why the outputs are no golden, or None


@dataclasses.dataclass
class Witness:
    purpose: str
    build: Callable  # seed -> Built

    def write(self, directory, name):
        directory.mkdir(parents=True, exist_ok=True)
        for seed in range(1000):
            built = self.build(seed)
            with torch.no_grad():
                outputs = built.compute(built.module, built.inputs)
            if (built.problem(outputs) or reference_problem(built, outputs)) is None:
                break
        else:
            raise RuntimeError(f"{name}: no good seed")
        tensors = dict(built.weights)
        tensors.update({f"input.{k}": v for k, v in built.inputs.items()})
        tensors.update(outputs)
        write_tensors(directory / f"{name}.safetensors", tensors)
        write_json(
            directory / f"{name}.json", dict(purpose=self.purpose, seed=seed, **built.config)
        )


def reference_problem(built, outputs):
    """Outputs in fp32 that lie away from those in fp64, or masks that rounding changes."""
    precise = copy.deepcopy(built.module).double()
    inputs = {
        k: v.double() if v.is_floating_point() else v.clone() for k, v in built.inputs.items()
    }
    with torch.no_grad():
        truth = built.compute(precise, inputs)
    for name, value in outputs.items():
        if not value.is_floating_point():
            if not torch.equal(value, truth[name]):
                return f"{name} depends on rounding"
        elif not relative_difference(value, truth[name]) < REFERENCE_ERROR:
            return f"{name}: fp32 is {relative_difference(value, truth[name]):.1e} off fp64"
    return None


class Random:
    """Inputs from a stream that numpy promises to keep."""

    def __init__(self, seed):
        self.state = np.random.RandomState(seed)

    def normal(self, *shape, scale=1.0):
        return torch.from_numpy(scale * self.state.standard_normal(shape)).float()

    def integers(self, high, *shape):
        return torch.from_numpy(self.state.randint(0, high, shape))


def lengths_mask(width, lengths):
    return (torch.arange(width)[None] < torch.tensor(lengths)[:, None]).long()


def load():
    from . import witness_mask2former, witness_swin, witness_t5, witness_wav2vec2

    found = {}
    for module in (witness_t5, witness_swin, witness_wav2vec2, witness_mask2former):
        found.update(module.WITNESSES)
    return found
