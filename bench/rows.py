"""The rows of the table: a model, what is asked of it, and in which precision."""

from dataclasses import dataclass, replace

import generation
import models
import tenon_files

# How far answers may be from those in fp32, as a part of the largest magnitude.
# With fewer bits this only tells a model that is wrong from one that is rough.
TOLERANCE = {"fp32": 1e-4, "int8": 0.2, "int8-static": 0.3, "int8-weights": 0.1,
             "int4-weights": 0.5, "bf16": 0.1}

PRECISIONS = tuple(TOLERANCE)

# What bounds the arithmetic of each precision, of what probes.cpp measures.
ARITHMETIC = {"fp32": "fma", "int8": "vnni", "int8-static": "vnni", "int8-weights": "fma",
              "int4-weights": "fma", "bf16": "bf16"}

# The models of bench/peers; and the cases of those that generate.
MATRIX = ("minilm", "bert-base", "distilbert", "gpt2", "vit-base", "convnext-tiny")
MATRIX_CASES = ("prefill-128", "prefill-1000", "step")


@dataclass(frozen=True)
class Row:
    """`lengths` are the tokens of each text, padded to the longest, or the pixels
    of each image's sides. Other cases than "forward" are of generation.CASES."""

    model: str
    lengths: tuple
    case: str = "forward"
    precision: str = "fp32"

    @classmethod
    def shaped(cls, model, text):
        """BATCHxTOKENS, of images BATCHxPIXELS; BATCHxLEAST-MOST for texts of
        evenly spread lengths."""
        try:
            batch, _, tokens = text.partition("x")
            least, _, most = tokens.partition("-")
            batch, least, most = int(batch), int(least), int(most or least)
        except ValueError:
            raise ValueError(f"{text} isn't BATCHxTOKENS or BATCHxLEAST-MOST") from None
        steps = max(1, batch - 1)
        return cls(model, tuple(least + round(i * (most - least) / steps)
                                for i in range(batch)))

    @classmethod
    def generated(cls, model, case):
        if case not in generation.CASES:
            raise ValueError(f"no case {case}; there are {', '.join(generation.CASES)}")
        return cls(model, (len(generation.CASES[case]["ids"]),), case)

    @property
    def mixed(self):
        return len(set(self.lengths)) > 1

    @property
    def label(self):
        if self.case != "forward":
            shape = self.case
        elif self.mixed:
            shape = f"{len(self.lengths)}x{min(self.lengths)}-{max(self.lengths)}, padded"
        else:
            shape = f"{len(self.lengths)}x{self.lengths[0]}"
        exact = self.precision == "fp32"
        return f"{self.model} {shape}" + ("" if exact else f", {self.precision}")

    @property
    def reference(self):
        """The peer whose answer in fp32 the others must agree with."""
        return "onnxruntime" if self.case == "forward" else "torch"

    @property
    def bound(self):
        """What a time's share is of, of what probes.cpp measures: a step reads the
        weights for one token. None of whole generations."""
        if self.case == "step":
            return "read"
        single = self.case == "forward" or self.case.startswith("prefill")
        return ARITHMETIC[self.precision] if single else None

    def request(self):
        """What the peers are given."""
        if self.case == "forward":
            return models.feeds(models.MODELS[self.model], self.lengths)
        return generation.CASES[self.case]

    def need(self, threads):
        """The operations, or bytes for a step, that it takes; padding needs none."""
        model = models.find(self.model, self.precision)
        if self.case == "step":
            shape = f"B=1,P={self.lengths[0]}"
            return tenon_files.figures(model, shape, threads, "step")["bytes"]
        if self.case != "forward":
            shape = f"B=1,T={self.lengths[0]},P=0"
            return tenon_files.figures(model, shape, threads, "prefill")["flops"]
        calls = [(1, length) for length in self.lengths] if self.mixed else [
            (len(self.lengths), self.lengths[0])]
        shapes = [f"B={batch}" if model.images else f"B={batch},S={length}"
                  for batch, length in calls]
        return sum(tenon_files.figures(model, shape, threads)["flops"] for shape in shapes)


def rows_of(name, precision="fp32", shapes=None, cases=None):
    """The rows of a model: those named, or all that it has."""
    model = models.find(name)
    if model.generates:
        found = [Row.generated(name, case)
                 for case in (generation.CASES if cases is None else cases)]
    else:
        found = [Row.shaped(name, shape) for shape in shapes or model.shapes]
    return [replace(row, precision=precision) for row in found]
