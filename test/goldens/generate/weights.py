"""Random parameters, and the forms in which a checkpoint may be stored."""

import json
import zlib

import numpy as np
import torch

from .files import write_json, write_tensors


def normal(seed, name, shape):
    """Values of deviation 1 that depend on `seed` and `name` only."""
    # numpy promises that this generator's stream never changes.
    state = np.random.RandomState((seed * 1000003 + zlib.crc32(name.encode())) % 2**32)
    return torch.from_numpy(state.standard_normal(tuple(shape)))


def _is_norm_weight(name):
    return name.endswith("weight") and "norm" in ("." + name).split(".")[-2].lower()


def fill(module, seed, gain=1.5, embedding=0.6, gains=None):
    """Gives each parameter of `module` values that depend on `seed` and its name only.

    Matrices get `gain` over the root of the fan-in, which keeps activations of order one without
    being near the identity; norms get weights and biases away from 1 and 0. `gains` maps a
    substring of a name to a gain of its own.
    """
    done = {}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.data_ptr() in done:
                continue
            done[parameter.data_ptr()] = name
            x = normal(seed, name, parameter.shape)
            g = next((v for k, v in (gains or {}).items() if k in name), gain)
            if _is_norm_weight(name):
                x = 1 + 0.3 * x
            elif name.endswith("embeddings.weight") or "embed" in name.split(".")[-1]:
                x = embedding * x
            elif x.ndim >= 2:
                x = g / np.sqrt(np.prod(parameter.shape[1:])) * x
            else:
                x = 0.2 * x
            parameter.copy_(x.to(parameter.dtype))
    return module


HEAD_BIASES = (
    "classifier.bias", "cls.predictions.bias", "vocab_projector.bias", "cls.seq_relationship.bias",
)  # fmt: skip


def balance(model, batch):
    """Shifts the head's bias so that no label is favoured on the texts of `batch`: random heads
    would nearly always answer the same."""
    biases = [b for n, b in model.named_parameters() if n in HEAD_BIASES]
    with torch.no_grad():
        logits = next(v for k, v in model(**batch).items() if k.endswith("logits"))
        if logits.ndim == 3:
            logits = logits[batch["attention_mask"].bool()]
        for bias in biases:
            if bias.shape[0] == logits.shape[-1] and bias.shape[0] > 1:
                # Rounded, so that no processor's arithmetic shows in the parameters.
                bias -= (logits.mean(0) * 64).round() / 64


def store(directory, tensors, form):
    """Writes model.safetensors in the form the specification asks for. Keys of `form`:

    drop: suffixes of tensors left out; dtype: stored type; prefix: (old, new) start of names;
    legacy_norms: LayerNorm.weight/bias named gamma/beta; add: extra tensors by name;
    shards: number of files.
    """
    tensors = {k: v for k, v in tensors.items() if not any(s in k for s in form.get("drop", ()))}
    if "prefix" in form:
        old, new = form["prefix"]
        tensors = {(new + k[len(old):]) if k.startswith(old) else k: v for k, v in tensors.items()}
    if form.get("legacy_norms"):
        tensors = {
            k.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            ): v
            for k, v in tensors.items()
        }
    if "dtype" in form:
        tensors = {k: v.to(form["dtype"]) for k, v in tensors.items()}
    tensors.update(form.get("add", {}))
    tensors = dict(sorted(tensors.items()))
    shards = form.get("shards", 1)
    if shards == 1:
        write_tensors(directory / "model.safetensors", tensors, {"format": "pt"})
        return
    # The names are dealt out in turn, so that a layer's tensors lie in several files.
    where, total = {}, 0
    for i in range(shards):
        file = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
        part = {k: v for j, (k, v) in enumerate(tensors.items()) if j % shards == i}
        write_tensors(directory / file, part, {"format": "pt"})
        where.update({k: file for k in part})
        total += sum(v.numel() * v.element_size() for v in part.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(where.items()))}
    write_json(directory / "model.safetensors.index.json", index, indent=2)


def write_config(directory, config, minimal):
    """config.json, with every key or only with those that differ from the class's defaults."""
    value = json.loads(config.to_json_string(use_diff=True))
    if minimal:
        defaults = json.loads(type(config)().to_json_string(use_diff=False))
        value = {k: v for k, v in value.items() if k not in defaults or v != defaults[k]}
        value["model_type"] = config.model_type
        value.pop("transformers_version", None)
        value.pop("dtype", None)
    write_json(directory / "config.json", value, indent=2)
