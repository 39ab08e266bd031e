"""One checkpoint of an image model from its specification: configuration, parameters, goldens."""

import logging
import shutil
import zlib

import numpy as np
import torch
import transformers

from . import cases, weights
from .checkpoint import SEEDS, reference
from .files import write_json_rows, write_tensors

# What an entry is called that takes images of any size.
RESAMPLED = "interpolate_pos_encoding"
TASKS = {"Model": "image-feature-extraction"}


def task(architecture):
    return next((t for end, t in TASKS.items() if architecture.endswith(end)), "image-classification")


def fill(model, seed):
    """As weights.fill(), but for what image models have besides: the statistics of batch norms and
    vectors stored with further axes."""
    weights.fill(model, seed)
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            x = weights.normal(seed, name, value.shape)
            if name.endswith("running_mean"):
                value.copy_(0.3 * x)
            elif name.endswith("running_var"):
                value.copy_(0.3 + x * x)
            elif ".grn." in name or name.endswith("attention_biases"):
                value.copy_(0.5 * x)
            elif name.endswith("layer_scale_parameter") or (
                value.ndim == 1 and name.endswith("weight")
            ):
                value.copy_(1 + 0.3 * x)


def configuration(spec):
    kind = getattr(transformers, spec["architecture"])
    config = kind.config_class(**spec["config"])
    config.architectures = [spec["architecture"]]
    config._attn_implementation = "eager"
    return config


def pixels(name, i, config, size):
    batch, height, width = size
    rng = np.random.RandomState(zlib.crc32(f"{name}.{i}".encode()))
    values = rng.standard_normal((batch, config.num_channels, height, width))
    return torch.from_numpy(values).float()


def inputs(name, spec, config):
    """Keyword arguments of forward by the name of their case."""
    result = {}
    for i, size in enumerate(spec["sizes"]):
        result[f"case{i}"] = dict(pixel_values=pixels(name, i, config, size))
    for i, size in enumerate(spec.get("resampled", ()), len(result)):
        given = pixels(name, i, config, size)
        result[f"case{i}-{RESAMPLED}"] = {"pixel_values": given, RESAMPLED: True}
    return result


def tensors(values):
    return {k: v for k, v in values.items() if isinstance(v, torch.Tensor)}


def write(spec, directory, seed):
    """Writes configuration and parameters; returns the configuration and the stored model."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    config = configuration(spec)
    stored = getattr(transformers, spec.get("stored", spec["architecture"]))
    built = stored(config).eval()
    fill(built, seed)
    weights.write_config(directory, config, spec.get("minimal_config", False))
    weights.store(directory, built.state_dict(), spec.get("form", {}))
    return config, built


def balance(model, batch):
    """Shifts the biases of the heads so that no label is favoured: see weights.balance()."""
    with torch.no_grad():
        out = model(**batch)
        for head in ("classifier", "cls_classifier", "classifier_distill", "distillation_classifier"):
            layer = getattr(model, head, None)
            layer = getattr(layer, "linear", layer)
            if layer is None or not hasattr(layer, "bias"):
                continue
            key = next(k for k in (
                "distillation_logits" if "distill" in head else "cls_logits", "logits"
            ) if k in out)  # fmt: skip
            layer.bias -= (out[key].mean(0) * 64).round() / 64


def attempt(name, spec, directory, seed):
    """Writes the directory and returns None, or why this seed is no good."""
    config, built = write(spec, directory, seed)
    given = inputs(name, spec, config)
    if task(spec.get("stored", spec["architecture"])) == "image-classification":
        balance(built, max(given.values(), key=lambda v: len(v["pixel_values"])))
        weights.store(directory, built.state_dict(), spec.get("form", {}))
    model = reference(spec, directory, built)
    outputs = [cases.outputs(model, i) for i in given.values()]
    count = len(spec["sizes"])
    problem = cases.reference_problem(model, [*given.values()][:count], outputs[:count])
    problem = problem or cases.argmax_problem(outputs)
    if problem:
        return problem
    golden = {}
    for (case, values), out in zip(given.items(), outputs):
        golden.update({f"{case}.{k}": v for k, v in {**tensors(values), **out}.items()})
    write_tensors(directory / "golden.safetensors", golden)
    states = cases.hidden_states(model, given["case0"])
    write_tensors(directory / "taps.safetensors", {f"case0.{k}": v for k, v in states.items()})
    write_json_rows(directory / "pipeline.json", dict(calls=[], tokenized=[]))
    return None


def make(name, spec, directory):
    """Takes the first seed without a near-tie. Returns the checkpoint's entry of manifest.json."""
    rejected = []
    for seed in range(SEEDS):
        problem = attempt(name, spec, directory, seed)
        if problem is None:
            logging.info("%s: seed %d", name, seed)
            return dict(
                purpose=spec["purpose"], architecture=spec["architecture"], seed=seed,
                tasks=[task(spec["architecture"])],
                reference_loads=spec.get("reference_loads", True),
            )  # fmt: skip
        rejected.append(problem)
        logging.info("%s: seed %d rejected: %s", name, seed, problem)
    raise RuntimeError(f"{name}: no good seed in {SEEDS}; the last: {rejected[-1]}")
