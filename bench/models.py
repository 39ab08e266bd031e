"""The models that are timed: real configurations with seeded random weights.

Each is made once, as a Hugging Face checkpoint and as an ONNX file exported
from the very same weights, in build/bench/models/NAME.
"""

import itertools
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "build/bench/models"


@dataclass
class Model:
    """A configuration and the shapes that it is timed with."""

    name: str
    architecture: str  # a class of transformers
    config: dict = field(default_factory=dict)  # what differs from the defaults
    shapes: tuple = ((1, 128),)  # batch, tokens
    outputs: tuple = ("logits",)
    tasks: bool = False  # with a tokenizer, for tasks; not for other peers

    @property
    def checkpoint(self):
        return FOLDER / self.name / "checkpoint"

    @property
    def onnx(self):
        return FOLDER / self.name / "model.onnx"

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
        model.save_pretrained(self.checkpoint)
        if self.tasks:
            (self.checkpoint / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
            (self.checkpoint / "tokenizer_config.json").write_text(json.dumps(
                {"tokenizer_class": "BertTokenizer", "model_max_length": 512}))
            done.write_text(recipe)
            return
        names = ["input_ids", "attention_mask", "token_type_ids"]
        inputs = tuple(torch.from_numpy(a) for a in feeds(self, 2, 9).values())

        class Positional(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, *tensors):
                answer = self.model(**dict(zip(names, tensors)))
                return tuple(answer[name] for name in outputs)

        outputs = self.outputs
        axes = {name: {0: "batch", 1: "sequence"} for name in names}
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


def feeds(model, batch, tokens):
    """Inputs of a call, the same for all peers."""
    import numpy as np

    random = np.random.default_rng(batch * 1000 + tokens)
    vocabulary = model.config.get("vocab_size", 30522)
    return {
        "input_ids": random.integers(0, vocabulary, (batch, tokens), np.int64),
        "attention_mask": np.ones((batch, tokens), np.int64),
        "token_type_ids": random.integers(0, 2, (batch, tokens), np.int64),
    }


MINILM = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
          "intermediate_size": 1536}


def minilm(name, architecture, **rest):
    """One of MiniLM's size for a task."""
    outputs = rest.pop("outputs", ("logits",))
    return Model(name, architecture, {**MINILM, **rest}, outputs=outputs, tasks=True)


NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}

MODELS = {m.name: m for m in [
    Model("bert-base", "BertForSequenceClassification",
          shapes=((1, 128), (1, 512), (1, 17), (8, 128))),
    Model("bert-large", "BertForSequenceClassification",
          {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
           "intermediate_size": 4096}, shapes=((1, 128), (1, 384))),
    Model("minilm", "BertModel", MINILM, shapes=((1, 16), (1, 128), (32, 64)),
          outputs=("last_hidden_state",)),
    minilm("minilm-seqcls", "BertForSequenceClassification", id2label=NLI,
           label2id={name: i for i, name in NLI.items()}),
    minilm("minilm-token", "BertForTokenClassification", num_labels=9),
    minilm("minilm-qa", "BertForQuestionAnswering", outputs=("start_logits", "end_logits")),
    minilm("minilm-mlm", "BertForMaskedLM"),
    minilm("minilm-nsp", "BertForNextSentencePrediction"),
]}
