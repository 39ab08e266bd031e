"""The models that are timed: real configurations with seeded random weights.

Each is made once, as a Hugging Face checkpoint and as an ONNX file exported
from the very same weights, in build/bench/models/NAME. Those that generate text
are exported for a pass that continues keys and values.
"""

import itertools
import json
import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

PIXELS = 224  # a side, of the images that models are exported for
FOLDER = Path(__file__).resolve().parent.parent / "build/bench/models"


@dataclass
class Model:
    """A configuration and the shapes that it is timed with."""

    name: str
    architecture: str  # a class of transformers
    config: dict = field(default_factory=dict)  # what differs from the defaults
    shapes: tuple = ("1x128",)  # see rows.Row.shaped
    images: bool = False  # pixel_values rather than token ids
    outputs: tuple = ("logits",)
    tasks: bool = False  # with a tokenizer, for tasks; not for other peers
    generates: bool = False  # text: see generation.py
    precision: str = "fp32"  # what else Tenon is told to --quantize to

    @property
    def checkpoint(self):
        return FOLDER / self.name / "checkpoint"

    @property
    def onnx(self):
        return FOLDER / self.name / "model.onnx"

    def calibration(self):
        """Requests that scales of activations are found with; others than are timed."""
        if self.generates:
            raise NotImplementedError("no calibration for models that generate")
        lengths = [PIXELS] if self.images else [17, 64, 128]
        return [feeds(self, [length] * 2) for length in lengths]

    def samples(self):
        """The same as a folder of files that `tenon compile --calibrate` reads."""
        from safetensors.numpy import save_file

        folder = self.checkpoint.parent / "calibration"
        folder.mkdir(exist_ok=True)
        for i, request in enumerate(self.calibration()):
            save_file(request, folder / f"{i}.safetensors")
        return folder

    def make(self):
        """The checkpoint and the ONNX file, if they aren't there yet."""
        done = FOLDER / self.name / "made.json"
        recipe = json.dumps([self.architecture, self.config, self.outputs])
        if done.exists() and done.read_text() == recipe:
            return
        shutil.rmtree(FOLDER / self.name, ignore_errors=True)
        self.checkpoint.mkdir(parents=True)
        import torch
        import transformers

        torch.manual_seed(7)
        kind = getattr(transformers, self.architecture)
        config = kind.config_class(**self.config)
        config._attn_implementation = "eager"
        model = kind(config).eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                # Biases of zero would hide a bias that is lost.
                if name.endswith("bias"):
                    parameter.normal_(0, 0.02)
                # And a layer scale of 1e-6 would hide its layer.
                if name.endswith("layer_scale_parameter"):
                    parameter.normal_(0.2, 0.05)
        model.save_pretrained(self.checkpoint)
        if self.generates:
            save_bytes(self.checkpoint, config.vocab_size)
            export_decoder(model, self.onnx)
            done.write_text(recipe)
            return
        if self.tasks:
            (self.checkpoint / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
            (self.checkpoint / "tokenizer_config.json").write_text(json.dumps(
                {"tokenizer_class": "BertTokenizer", "model_max_length": 512}))
            done.write_text(recipe)
            return
        given = feeds(self, [PIXELS if self.images else 9] * 2)
        names = list(given)
        inputs = tuple(torch.from_numpy(a) for a in given.values())

        class Positional(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, *tensors):
                answer = self.model(**dict(zip(names, tensors)))
                return tuple(answer[name] for name in outputs)

        outputs = self.outputs
        axes = {name: {0: "batch"} if self.images else {0: "batch", 1: "sequence"}
                for name in names}
        axes.update({name: {0: "batch"} for name in outputs})
        torch.onnx.export(Positional(), inputs, str(self.onnx), input_names=names,
                          output_names=list(outputs), dynamic_axes=axes,
                          opset_version=17, dynamo=False)
        done.write_text(recipe)


FIRST_WORD = 57  # of vocabulary()


def vocabulary():
    """As many tokens as BERT has: special ones, letters, and words of letters."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters,
              *("##" + letter for letter in letters)]
    for length in (3, 4):
        for word in itertools.product(letters, repeat=length):
            if len(tokens) == 30522:
                return tokens
            tokens.append("".join(word))
    return tokens


# The bytes of the first tokens of save_bytes(), which prompts are made of.
LETTERS = bytes(range(ord("!"), ord("~") + 1))


def save_bytes(folder, size):
    """A byte-level BPE of `size` tokens without merges: a letter is a token."""
    from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

    characters = bytes_to_unicode()
    tokens = [characters[byte] for byte in LETTERS]
    tokens += [characters[byte] for byte in range(256) if byte not in LETTERS]
    tokens += [f"<{i}>" for i in range(len(tokens), size - 1)] + ["<|endoftext|>"]
    vocab = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "GPT2Tokenizer", "model_max_length": 1024}))


def export_decoder(model, path):
    """Logits of the last of some tokens behind the keys and values of others."""
    import torch
    from transformers.cache_utils import DynamicCache

    layers = model.config.n_layer

    class Continued(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids, *past):
            cache = DynamicCache()
            for i in range(layers):
                cache.update(past[2 * i], past[2 * i + 1], i)
            before, count = past[0].shape[2], ids.shape[1]
            positions = torch.arange(before, before + count)
            # Given whole, or the exporter would meet a vmap.
            later = torch.arange(before + count)[None, :] > positions[:, None]
            mask = later.float() * torch.finfo(torch.float32).min
            hidden = self.model.transformer(
                input_ids=ids, past_key_values=cache, position_ids=positions[None],
                attention_mask=mask[None, None], use_cache=True).last_hidden_state
            present = [part for i in range(layers)
                       for part in (cache.layers[i].keys, cache.layers[i].values)]
            return (self.model.lm_head(hidden[:, -1]), *present)

    names = [f"{kind}.{i}" for i in range(layers) for kind in ("key", "value")]
    config = model.config
    past = torch.zeros(2, config.n_head, 5, config.n_embd // config.n_head)
    axes = {"input_ids": {0: "batch", 1: "tokens"}, "logits": {0: "batch"}}
    axes.update({f"past.{n}": {0: "batch", 2: "before"} for n in names})
    axes.update({f"present.{n}": {0: "batch", 2: "after"} for n in names})
    ids = torch.zeros(2, 3, dtype=torch.int64)
    torch.onnx.export(Continued(), (ids, *[past for _ in names]), str(path),
                      input_names=["input_ids", *[f"past.{n}" for n in names]],
                      output_names=["logits", *[f"present.{n}" for n in names]],
                      dynamic_axes=axes, opset_version=17, dynamo=False)


def prompt(tokens):
    """Ids of so many letters, the same for all peers."""
    return random.Random(tokens).choices(range(len(LETTERS)), k=tokens)


def feeds(model, lengths):
    """Inputs of a call, the same for all peers: `lengths` are the tokens of each
    text, padded to the longest and masked, or the pixels of each image's sides."""
    import numpy as np

    batch, longest = len(lengths), max(lengths)
    generator = np.random.default_rng(batch * 1000 + longest)
    if model.images:
        shape = (batch, 3, longest, longest)
        return {"pixel_values": generator.standard_normal(shape, np.float32)}
    vocabulary = model.config.get("vocab_size", 30522)
    mask = (np.arange(longest) < np.array(lengths)[:, None]).astype(np.int64)
    given = {
        "input_ids": mask * generator.integers(0, vocabulary, (batch, longest), np.int64),
        "attention_mask": mask,
    }
    if not model.architecture.startswith("DistilBert"):
        given["token_type_ids"] = mask * generator.integers(0, 2, (batch, longest), np.int64)
    return given


MINILM = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
          "intermediate_size": 1536}


def minilm(name, architecture, **rest):
    """One of MiniLM's size for a task."""
    outputs = rest.pop("outputs", ("logits",))
    return Model(name, architecture, {**MINILM, **rest}, outputs=outputs, tasks=True)


NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}

MODELS = {m.name: m for m in [
    Model("bert-base", "BertForSequenceClassification",
          shapes=("1x128", "1x7", "1x33", "1x512", "8x128", "8x7-128")),
    Model("bert-large", "BertForSequenceClassification",
          {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
           "intermediate_size": 4096}, shapes=("1x128", "1x384")),
    Model("minilm", "BertModel", MINILM, shapes=("1x128", "1x16", "32x64", "8x7-128"),
          outputs=("last_hidden_state",)),
    minilm("minilm-seqcls", "BertForSequenceClassification", id2label=NLI,
           label2id={name: i for i, name in NLI.items()}),
    minilm("minilm-token", "BertForTokenClassification", num_labels=9),
    minilm("minilm-qa", "BertForQuestionAnswering", outputs=("start_logits", "end_logits")),
    minilm("minilm-mlm", "BertForMaskedLM"),
    minilm("minilm-nsp", "BertForNextSentencePrediction"),
    Model("distilbert", "DistilBertForSequenceClassification", shapes=("1x128", "8x7-128")),
    Model("vit-base", "ViTForImageClassification", {"num_labels": 1000},
          shapes=("1x224", "8x224"), images=True),
    Model("convnext-tiny", "ConvNextForImageClassification", {"num_labels": 1000},
          shapes=("1x224", "8x224"), images=True),
    Model("gpt2", "GPT2LMHeadModel", {"bos_token_id": None, "eos_token_id": None},
          generates=True),
]}


def find(name, precision="fp32"):
    """The model of that name, to be measured in a precision."""
    if name not in MODELS:
        raise ValueError(f"no model {name}; there are {', '.join(MODELS)}")
    return replace(MODELS[name], precision=precision)
