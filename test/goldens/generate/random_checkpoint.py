"""Random specifications of tiny checkpoints, and the liberties that stored ones take."""

import json
import pathlib
import random
import tempfile

import torch
from transformers import AddedToken, AutoTokenizer

from . import checkpoint
from .specs import MLM_TIES, bert, distil

HEADS = {
    "Model": ["feature-extraction"],
    "ForSequenceClassification": ["text-classification", "zero-shot-classification"],
    "ForTokenClassification": ["token-classification"],
    "ForQuestionAnswering": ["question-answering"],
    "ForMaskedLM": ["fill-mask"],
    "ForNextSentencePrediction": ["next-sentence-prediction"],
    "ForPreTraining": ["fill-mask", "next-sentence-prediction"],
}
ACTIVATIONS = ["gelu"] * 6 + [
    "relu", "silu", "swish", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python", "gelu_10",
    "quick_gelu", "mish", "tanh", "sigmoid", "relu2", "relu6", "leaky_relu", "linear", "laplace",
]  # fmt: skip
# Other names that DistilBERT's settings go by.
ALIASES = dict(dim="hidden_size", n_layers="num_hidden_layers", n_heads="num_attention_heads")
ENTITIES = ["PER", "LOC", "ORG", "MISC", "New-York", "Ünï", "地名", "B-B", "a b", "", "O", "per"]
CLASSES = [
    "bad",
    "good",
    "so-so",
    "sehr schön",
    "很好",
    "😀",
    "1",
    "LABEL_1",
    "it's",
    'q"q',
    "a\\b",
    "B-x",
    " ",
]
PIECES = [
    "é", "##é", "ß", "ü", "中", "##文", "文", "한", "א", "##ב", "😀", "##😀", "ı", "σ", "##ς", "½",
    "€", "$", "%", "#", "##-", "(", ")", '"', "6", "7", "8", "##1", "##2", "##'", "[unused99]",
    "##x", "Ω", "İ", "\u0301", "##\u0301", "ﬁ", "…", "—", "##ß", "[x]", "user", "##host", "##s",
    "##ss", "##sss",
]  # fmt: skip


def labels(rng, head):
    """Keys of config.json that name labels; none for heads without."""
    if head not in ("ForSequenceClassification", "ForTokenClassification"):
        return {}
    kind = rng.random()
    count = rng.choice([1, 2, 2, 3, 3, 4, 5, 7, 9, 13])
    if head == "ForTokenClassification" and kind < 0.7:
        tags = rng.sample(ENTITIES, rng.randint(1, 4))
        form = rng.random()
        if form < 0.6:
            names = ["O"] + [b + t for t in tags for b in ("B-", "I-")]
        elif form < 0.8:
            names = [b + t for t in tags for b in ("B-", "I-", "S-", "E-")] + ["O"]
        else:
            names = tags + ["O"]
        if rng.random() < 0.3:
            rng.shuffle(names)
    elif head == "ForSequenceClassification" and kind < 0.5:
        names = rng.choice([
            ["contradiction", "neutral", "entailment"], ["entailment", "neutral", "contradiction"],
            ["neutral", "ENTAILMENT", "no"], ["not_entailment", "entailment"], ["Entail", "x"],
            ["entailment", "not_entailment"], ["a", "entails", "entailment", "b"], ["entailment"],
        ])  # fmt: skip
    elif kind < 0.7:
        names = rng.sample(CLASSES, min(count, len(CLASSES)))
    else:
        names = [f"LABEL_{i}" for i in range(count)]
    names = list(dict.fromkeys(names))
    return dict(id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})


def tokenizer_settings(rng, positions):
    files = rng.choice([
        None, None, ["tokenizer.json"], ["vocab.txt"], ["vocab.txt", "tokenizer_config.json"],
        ["tokenizer.json", "tokenizer_config.json"], ["vocab.txt", "special_tokens_map.json"],
        ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"],
        ["tokenizer.json", "vocab.txt"],
    ])  # fmt: skip
    result = dict(
        lowercase=rng.random() < 0.6,
        strip_accents=rng.choice([None, None, True, False]),
        chinese=rng.random() < 0.85,
        max_length=rng.choice(
            [positions] * 6 + [None, None, max(positions // 2, 4), positions + 30, 10**30, 3]
        ),
    )
    if files:
        result["files"] = files
    return result


def specification(rng, usual):
    """A specification as in specs.py, with `liberties` for apply(). So much of them as `usual`
    says have the same size, so that compilers that keep kernels are quick."""
    family = rng.choice(["bert", "bert", "distilbert"])
    prefix = "Bert" if family == "bert" else "DistilBert"
    heads = list(HEADS) if family == "bert" else list(HEADS)[:5]
    weights = [2, 4, 4, 4, 3, 1, 1][: len(heads)]
    head = rng.choices(heads, weights)[0]
    stored = head
    if family == "bert" and head in ("ForMaskedLM", "ForNextSentencePrediction"):
        stored = rng.choice([head, head, "ForPreTraining"])
    elif head == "Model" and rng.random() < 0.3:
        stored = rng.choice(heads[1:5])
    positions = rng.choice([12, 17, 21, 30, 40, 57, 64, 73, 101, 130, 512])
    if rng.random() < usual:
        n, hidden, layers, inner, act = 3, 27, 1, 37, "gelu"
        positions = rng.choice([30, 101, 512])
    else:
        n = rng.choice([1, 1, 2, 3, 4, 5, 7, 8])
        hidden = n * rng.choice([1, 3, 4, 5, 7, 8, 9, 11, 16, 17] if n > 1 else [7, 13, 16, 25, 33])
        layers = rng.choice([1, 1, 1, 2, 2, 3])
        inner = rng.choice([1, 3, 16, 29, 37, 51, 64, 83])
        act = rng.choice(ACTIVATIONS)
    settings = tokenizer_settings(rng, positions)
    cased = not settings["lowercase"]
    extra = list(dict.fromkeys(rng.sample(PIECES, rng.choice([0, 0, 3, 12, 30]))))
    unused = rng.choice([0, 0, 0, 1, 40])
    size = rng.choice([0, 5, 20, 60]) + 5 + 16 + 52 + (19 if cased else 0) + 7 + len(extra) + unused
    words = dict(size=size, lowercase=not cased, missing=rng.choice(["", "", "", "z", "qzx"]),
                 unused=unused, specials_at=rng.choice([0, 0, 0, 2, 11]), extra=extra)  # fmt: skip
    added = rng.choice([0, 0, 0, 1, 3])
    spare = rng.choice([0, 0, 0, 1, 2, 9, 40])
    more = dict(vocab_size=size + added + spare, **labels(rng, head))
    if head == "ForSequenceClassification":
        more["problem_type"] = rng.choice(
            [None, None, None, "single_label_classification", "multi_label_classification",
             "regression"])  # fmt: skip
    if "MaskedLM" in head + stored or "PreTraining" in head + stored:
        more["tie_word_embeddings"] = rng.random() < 0.75
    if family == "bert":
        kind = rng.choice(["absolute"] * 4 + ["relative_key", "relative_key_query"])
        config = bert(layers, hidden, n, inner, positions, act,
                      rng.choice([1e-12, 1e-12, 1e-7, 1e-5, 1e-3]), rng.choice([1, 2, 2, 2, 2, 3]),
                      position_embedding_type=kind, **more)  # fmt: skip
    else:
        config = distil(layers, hidden, n, inner, positions, act, **more)
    spec = dict(
        family=family, architecture=prefix + head, stored=prefix + stored, config=config,
        vocabulary=words, tokenizer=settings, form=form(rng, family, head, stored, more),
        minimal_config=rng.random() < 0.2, tasks=HEADS[head], liberties=rng.getrandbits(32),
        gains={"classifier": 3.0, "qa_outputs": rng.choice([1.5, 3.0])}, added=added,
    )  # fmt: skip
    if head == stored == "Model" and rng.random() < 0.6:
        spec["sentence"] = dict(
            pooling=rng.choice([["mean"], ["mean"], ["cls"], ["max"], ["cls", "mean"]]),
            normalize=rng.random() < 0.5, do_lower_case=rng.random() < 0.2,
            max_seq_length=rng.choice([positions, positions, max(positions // 2, 5), None]),
        )  # fmt: skip
        spec["tasks"] = [*spec["tasks"], "sentence-embedding", "sentence-similarity"]
    return spec


def form(rng, family, head, stored, config):
    """How the parameters are stored: see weights.store()."""
    result = {}
    if rng.random() < 0.5:
        tied = config.get("tie_word_embeddings", True)
        result["drop"] = (
            [*MLM_TIES, "vocab_projector.weight"] if tied else ["cls.predictions.decoder.bias"]
        )
    if rng.random() < 0.3:
        result["dtype"] = rng.choice([torch.float16, torch.bfloat16, torch.float32])
    if rng.random() < 0.25:
        result["shards"] = rng.randint(2, 4)
    if rng.random() < 0.15:
        result["legacy_norms"] = True
    prefix = "" if stored == "Model" else f"{family}."
    if stored == "Model" and rng.random() < 0.3:
        prefix = f"{family}."
        result["prefix"] = ("", prefix)
    if rng.random() < 0.2:
        result["add"] = {f"{prefix}embeddings.position_ids": torch.arange(12)[None]}
    return result


def edit(path, change):
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def tokenizer_file(rng, value):
    """Liberties with tokenizer.json: what the library wrote there of an earlier call."""
    if rng.random() < 0.3:
        value["truncation"] = dict(
            direction=rng.choice(["Right", "Right", "Left"]), max_length=rng.choice([5, 128, 512]),
            strategy=rng.choice(["LongestFirst", "OnlyFirst"]), stride=rng.choice([0, 0, 2]),
        )  # fmt: skip
    if rng.random() < 0.3:
        value["padding"] = dict(
            strategy=rng.choice(["BatchLongest", {"Fixed": 20}]),
            pad_to_multiple_of=rng.choice([None, 8]),
            direction=rng.choice(["Right", "Right", "Left"]),
            pad_id=0,
            pad_type_id=0,
            pad_token="[PAD]",
        )
    if rng.random() < 0.05:
        value["decoder"] = None
    if rng.random() < 0.1:
        value["post_processor"] = {
            "type": "BertProcessing",
            "sep": ["[SEP]", value["model"]["vocab"]["[SEP]"]],
            "cls": ["[CLS]", value["model"]["vocab"]["[CLS]"]],
        }
    if rng.random() < 0.1:
        value["model"]["max_input_chars_per_word"] = rng.choice([3, 10, 200])


def vocabulary_file(rng, path):
    """Liberties with vocab.txt."""
    text = path.read_text(encoding="utf-8")
    kind = rng.random()
    if kind < 0.1:
        text = text[:-1]
    elif kind < 0.15:
        text = text.replace("\n", "\r\n")
    path.write_bytes(text.encode())


def add_tokens(rng, directory, count):
    """Adds tokens through the library and keeps the files that there were."""
    tokenizer = AutoTokenizer.from_pretrained(directory)
    contents = rng.sample(
        ["<x>", "New York", "Café", "<é>", "workshop", "[END]", "work", "@user", "中文"], count
    )
    tokens = [
        AddedToken(c, single_word=rng.random() < 0.3, lstrip=rng.random() < 0.3,
                   rstrip=rng.random() < 0.3, normalized=rng.random() < 0.5)
        for c in contents
    ]  # fmt: skip
    kind = rng.random()
    if kind < 0.35:
        tokenizer.add_special_tokens({"additional_special_tokens": tokens})
    elif kind < 0.5:
        role = rng.choice(["mask_token", "mask_token", "pad_token", "unk_token", "cls_token"])
        tokenizer.add_special_tokens({role: tokens[0]})
    else:
        tokenizer.add_tokens(tokens)
    with tempfile.TemporaryDirectory() as scratch:
        tokenizer.save_pretrained(scratch)
        for path in pathlib.Path(scratch).iterdir():
            if path.name == "added_tokens.json" or (directory / path.name).exists():
                if path.name != "vocab.txt":
                    (directory / path.name).write_bytes(path.read_bytes())


def apply(spec, directory):
    """Liberties with the files that hubs are full of."""
    rng = random.Random(spec["liberties"])
    if spec["added"]:
        add_tokens(rng, directory, spec["added"])
    change_config = rng.random()

    def config(value):
        if "id2label" in value:
            if change_config < 0.15:
                value["id2label"] = dict(reversed(value["id2label"].items()))
            elif change_config < 0.22:
                del value["label2id"]
            elif change_config < 0.3:
                value["num_labels"] = len(value["id2label"])
            elif change_config < 0.4:
                count = len(value.pop("id2label"))
                value.pop("label2id", None)
                value["num_labels"] = count
        if rng.random() < 0.2:
            value["torch_dtype"] = rng.choice(["float32", "float16", "bfloat16"])
        if rng.random() < 0.1:
            value["_name_or_path"] = "some/model"
            value["gradient_checkpointing"] = False
            value["output_past"] = True
            value["finetuning_task"] = "x"
        if rng.random() < 0.1:
            value["classifier_dropout"] = rng.choice([None, 0.3])
        if spec["family"] == "distilbert" and rng.random() < 0.15:
            for key, alias in ALIASES.items():
                if key in value and rng.random() < 0.7:
                    value[alias] = value.pop(key)
        if rng.random() < 0.05:
            value["pad_token_id"] = rng.choice([1, 3])
        if rng.random() < 0.05:
            value["return_all_scores"] = rng.random() < 0.5

    edit(directory / "config.json", config)

    def tokenizer(value):
        if rng.random() < 0.2:
            value["padding_side"] = "left"
        if rng.random() < 0.2:
            value["truncation_side"] = "left"
        if rng.random() < 0.3:
            value["clean_up_tokenization_spaces"] = rng.random() < 0.5
        if rng.random() < 0.1:
            value.pop("clean_up_tokenization_spaces", None)
        if rng.random() < 0.3:
            # Those of BERT give types, which DistilBERT refuses.
            value["tokenizer_class"] = rng.choice(
                ["DistilBertTokenizer", "DistilBertTokenizerFast"]
                if spec["family"] == "distilbert"
                else [
                    "BertTokenizer",
                    "BertTokenizerFast",
                    "DistilBertTokenizer",
                    "PreTrainedTokenizerFast",
                ]
            )
        if rng.random() < 0.1:
            value.pop("tokenizer_class", None)
        if rng.random() < 0.1:
            value.pop("added_tokens_decoder", None)
        if rng.random() < 0.1:
            value["never_split"] = None
            value["do_basic_tokenize"] = True
            value["name_or_path"] = "some/model"
            value["special_tokens_map_file"] = "/elsewhere/x.json"
        if rng.random() < 0.07:
            value["model_input_names"] = ["input_ids", "attention_mask"]
        if rng.random() < 0.05:
            value["max_len"] = 20
        if rng.random() < 0.05:
            value["do_lower_case"] = not value.get("do_lower_case", True)

    path = directory / "tokenizer_config.json"
    if path.exists():
        edit(path, tokenizer)
    path = directory / "tokenizer.json"
    if path.exists():
        edit(path, lambda value: tokenizer_file(rng, value))
    path = directory / "vocab.txt"
    if path.exists():
        vocabulary_file(rng, path)
    for name in ("README.md", "pytorch_model.bin", "tf_model.h5", ".gitattributes", "vocab.json",
                 "training_args.bin", "onnx/model.onnx", "generation_config.json"):  # fmt: skip
        if rng.random() < 0.1:
            path = directory / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("{}" if name.endswith("json") else "nothing of use", encoding="utf-8")


def make(rng, directory, seed, usual=0.0):
    """Writes a random checkpoint; returns its specification."""
    spec = specification(rng, usual)
    checkpoint.write(spec, directory, seed)
    apply(spec, directory)
    return spec
