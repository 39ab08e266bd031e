"""One checkpoint from its specification: configuration, parameters, tokenizer, goldens."""

import logging
import shutil

import torch
import transformers
from transformers import AutoTokenizer, BertConfig, DistilBertConfig

from . import cases, sentence, tasks, vocabulary, weights
from .files import write_json_rows, write_tensors

CONFIGS = {"bert": BertConfig, "distilbert": DistilBertConfig}
SEEDS = 100


def configuration(spec):
    settings = dict(spec["config"])
    settings.setdefault("vocab_size", spec["vocabulary"]["size"])
    pieces = vocabulary.wordpieces(**spec["vocabulary"])
    settings["pad_token_id"] = pieces.index("[PAD]")
    config = CONFIGS[spec["family"]](**settings)
    config.architectures = [spec["architecture"]]
    return config, pieces


def reference(spec, directory, built):
    """The model transformers makes of the directory; `built` where it can't."""
    kind = getattr(transformers, spec["architecture"])
    load = dict(attn_implementation="eager", dtype=torch.float32, output_loading_info=True)
    if spec.get("reference_loads", True):
        model, info = kind.from_pretrained(directory, **load, **spec.get("arguments", {}))
        if info["missing_keys"] or info["mismatched_keys"] or info["error_msgs"]:
            raise ValueError(f"{directory.name}: {info}")
        return model.eval()
    try:
        kind.from_pretrained(directory, **load)
    except ValueError:
        return built
    raise ValueError(f"{directory.name}: transformers loads what the table says it doesn't")


def write(spec, directory, seed):
    """Writes the directory: configuration, parameters and tokenizer. Returns the configuration,
    the model that was stored, and the tokenizer."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    config, pieces = configuration(spec)
    kind = getattr(transformers, spec.get("stored", spec["architecture"]))
    config._attn_implementation = "eager"
    built = kind(config, **spec.get("arguments", {})).eval()
    weights.fill(built, seed, gains=spec.get("gains"))
    built.tie_weights()
    weights.write_config(directory, config, spec.get("minimal_config", False))
    vocabulary.save_tokenizer(directory, spec["family"], pieces, spec["tokenizer"])
    tokenizer = AutoTokenizer.from_pretrained(directory)
    if kind.__name__.endswith(("Classification", "MaskedLM", "PreTraining", "SentencePrediction")):
        longest = dict(truncation=True, max_length=config.max_position_embeddings)
        texts = vocabulary.TEXT.split("\n")[:-1]
        weights.balance(built, tokenizer(texts, padding=True, return_tensors="pt", **longest))
    weights.store(directory, built.state_dict(), spec.get("form", {}))
    if "sentence" in spec:
        sentence.write_layout(directory, spec["family"], config.hidden_size, spec["sentence"])
    return config, built, tokenizer


def attempt(name, spec, directory, seed):
    """Writes the directory and returns None, or why this seed is no good."""
    config, built, tokenizer = write(spec, directory, seed)
    model = reference(spec, directory, built)
    types = config.type_vocab_size if spec["family"] == "bert" else 0
    inputs = cases.cases(name, config, types)
    outputs = [cases.outputs(model, i) for i in inputs]
    problem = cases.reference_problem(model, inputs, outputs) or cases.argmax_problem(outputs)
    if problem:
        return problem
    calls = []
    for task in spec["tasks"]:
        if task == "sentence":
            new, problem = sentence.answers(spec, model, tokenizer)
        else:
            new, problem = tasks.answers(task, spec, model, tokenizer)
        if problem:
            return problem
        calls += new

    tensors = {}
    for i, (given, out) in enumerate(zip(inputs, outputs)):
        tensors.update({f"case{i}.{k}": v for k, v in {**given, **out}.items()})
    write_tensors(directory / "golden.safetensors", tensors)
    write_tensors(directory / "taps.safetensors", {
        f"case1.{k}": v for k, v in cases.hidden_states(model, inputs[1]).items()
    })  # fmt: skip
    tokenizations = tasks.tokenized(tokenizer, tasks.texts_of(calls))
    write_json_rows(directory / "pipeline.json", dict(calls=calls, tokenized=tokenizations))
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
                tasks=list(dict.fromkeys(tasks.task_name(t) for t in spec["tasks"])),
                reference_loads=spec.get("reference_loads", True),
            )  # fmt: skip
        rejected.append(problem)
        logging.info("%s: seed %d rejected: %s", name, seed, problem)
    raise RuntimeError(f"{name}: no good seed in {SEEDS}; the last: {rejected[-1]}")
