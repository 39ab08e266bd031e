"""Random specifications of tiny decoders with a byte-level tokenizer, and the liberties that stored
ones take."""

import json

import torch
import transformers
from transformers import GPT2Config, GPT2TokenizerFast

from . import byte_pairs, weights

ACTIVATIONS = ["gelu_new"] * 6 + [
    "relu", "silu", "gelu", "tanh", "gelu_pytorch_tanh", "quick_gelu", "gelu_fast", "sigmoid",
    "relu2", "mish", "linear",
]  # fmt: skip
ALIASES = dict(
    n_embd="hidden_size", n_positions="max_position_embeddings", n_layer="num_hidden_layers",
    n_head="num_attention_heads",
)  # fmt: skip
FILES = [
    None, None, ["tokenizer.json"], ["tokenizer.json", "tokenizer_config.json"],
    ["vocab.json", "merges.txt"], ["vocab.json", "merges.txt", "tokenizer_config.json"],
    ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"],
]  # fmt: skip
ADDED = ["<x>", "New York", "<|im_end|>", "work", " the", "中文", "é", "[END]"]


def sizes(rng, usual):
    """Keys of config.json that say how large the model is."""
    if rng.random() < usual:
        made = dict(n_head=3, n_embd=21, n_layer=2, n_inner=37, activation_function="gelu_new")
        return dict(made, n_positions=rng.choice([33, 101]))
    heads = rng.choice([1, 1, 2, 3, 4, 5, 7])
    width = heads * rng.choice([1, 3, 4, 5, 7, 8, 9, 11, 16, 17] if heads > 1 else [7, 13, 16, 25])
    return dict(
        n_head=heads, n_embd=width, n_layer=rng.choice([1, 1, 2, 2, 3]),
        n_inner=rng.choice([None, None, 1, 3, 16, 29, 51, 64]),
        activation_function=rng.choice(ACTIVATIONS),
        n_positions=rng.choice([9, 12, 17, 33, 40, 64, 73, 130]),
    )  # fmt: skip


def specification(rng, usual):
    merges = rng.choice([0, 3, 20, 60, 60, 90])
    spare = rng.choice([0, 0, 0, 1, 2, 9, 40])
    config = dict(
        **sizes(rng, usual), vocab_size=257 + merges + spare,
        layer_norm_epsilon=rng.choice([1e-5, 1e-5, 1e-6, 1e-3]),
        scale_attn_weights=rng.random() < 0.7,
        scale_attn_by_inverse_layer_idx=rng.random() < 0.3,
        reorder_and_upcast_attn=rng.random() < 0.3,
        tie_word_embeddings=rng.random() < 0.7,
    )  # fmt: skip
    end = 256 + merges
    ids = dict(eos_token_id=end, bos_token_id=end)
    kind = rng.random()
    if kind < 0.15:
        ids = dict(eos_token_id=None, bos_token_id=rng.choice([None, 3]))
    elif kind < 0.3:
        ids = dict(eos_token_id=rng.randrange(end), bos_token_id=rng.randrange(end))
    if rng.random() < 0.2:
        ids["pad_token_id"] = rng.choice([0, 1, end, 7])
    return dict(
        family="gpt2", architecture="GPT2LMHeadModel", config=config, merges=merges, ids=ids,
        gain=rng.choice([1.3, 2.0, 3.0]), files=rng.choice(FILES),
        form=form(rng, config["tie_word_embeddings"]),
        minimal=rng.random() < 0.3, prefix_space=rng.random() < 0.15,
        added=rng.sample(ADDED, rng.choice([0, 0, 0, 1, 2])) if spare >= 2 else [],
        max_length=rng.choice([config["n_positions"]] * 4 + [None, 5, 1000]),
        pad=rng.random() < 0.15, end=end,
    )  # fmt: skip


def form(rng, tied):
    """How the parameters are stored: see weights.store(). A file without prefix that has a head's
    parameters is none for transformers."""
    made = {}
    if rng.random() < 0.3:
        made["dtype"] = rng.choice([torch.float16, torch.bfloat16, torch.float32])
    if rng.random() < 0.25:
        made["shards"] = rng.randint(2, 4)
    if tied and rng.random() < 0.4:
        made["prefix"] = ("transformer.", "")
    if rng.random() < 0.3:
        made["buffers"] = True
    return made


def generation_config(rng, spec, options):
    """generation_config.json, and what config.json says of generation."""
    kind = rng.random()
    file = dict(spec["ids"]) if kind < 0.6 else None
    if file is not None and kind < 0.3:
        file.update(options(rng))
    if file is not None and rng.random() < 0.5:
        file["transformers_version"] = rng.choice(["4.26.0.dev0", "4.49.0", "4.50.0", "4.57.6"])
    extra = {}
    if rng.random() < 0.15:
        extra["task_specific_params"] = {"text-generation": options(rng)}
    if rng.random() < 0.05:
        extra["prefix"] = rng.choice(["The ", "", "A day. "])
    return file, extra


def save_tokenizer(rng, directory, spec):
    tokenizer = byte_pairs.save_tokenizer(directory, spec["merges"], spec["max_length"] or 10**30)
    more = dict(add_prefix_space=True) if spec["prefix_space"] else {}
    if spec["pad"]:
        more["pad_token"] = "<|endoftext|>"
    if more or spec["added"]:
        tokenizer = GPT2TokenizerFast(
            str(directory / "vocab.json"), str(directory / "merges.txt"),
            model_max_length=spec["max_length"] or 10**30, **more,
        )  # fmt: skip
        if spec["added"]:
            special = rng.random() < 0.5
            tokenizer.add_tokens(spec["added"], special_tokens=special)
        tokenizer.save_pretrained(directory)
    if spec["files"]:
        for path in directory.iterdir():
            if path.name not in spec["files"]:
                path.unlink()


def make(rng, directory, seed, usual, options):
    """Writes a checkpoint; returns its specification. `options(rng)` gives options of generate()."""
    spec = specification(rng, usual)
    directory.mkdir(parents=True)
    save_tokenizer(rng, directory, spec)
    config = GPT2Config(**spec["config"], **spec["ids"])
    config.architectures = [spec["architecture"]]
    config._attn_implementation = "eager"
    model = getattr(transformers, spec["architecture"])(config).eval()
    weights.fill(model, seed, gain=spec["gain"])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("ln_1.weight", "ln_2.weight", "ln_f.weight")):
                parameter.mul_(1.5).add_(1)
    model.tie_weights()
    tensors = model.state_dict()
    if config.tie_word_embeddings and ("prefix" in spec["form"] or rng.random() < 0.8):
        tensors.pop("lm_head.weight", None)
    stored = dict(spec["form"])
    if stored.pop("buffers", False):
        size = config.n_positions
        for i in range(config.n_layer):
            tensors[f"transformer.h.{i}.attn.bias"] = torch.ones(size, size).tril()[None, None]
            tensors[f"transformer.h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    weights.store(directory, tensors, stored)
    weights.write_config(directory, config, spec["minimal"])
    file, extra = generation_config(rng, spec, options)
    path = directory / "config.json"
    value = dict(json.loads(path.read_text(encoding="utf-8")), **extra)
    if rng.random() < 0.2:
        value = {ALIASES.get(k, k): v for k, v in value.items()}
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    if file is not None:
        (directory / "generation_config.json").write_text(json.dumps(file) + "\n")
    spec["generation_config"], spec["extra"] = file, extra
    return spec
