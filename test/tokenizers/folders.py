"""Folders of tokenizer files that differential.py loads with transformers too."""

import json
import os
import random

from configurations import BERT_ADDED, added, bert_normalizer, configurations


def bert_cases(vocab):
    """Name to files, and the model type of config.json."""
    lines = "\n".join(sorted(vocab, key=vocab.get)) + "\n"
    uncased = configurations()["uncased"][2]
    uncased = {**uncased, "model": {**uncased["model"], "vocab": vocab}}
    keeps_case = {**uncased, "normalizer": bert_normalizer(False, False, False, False)}
    bare = {**uncased, "added_tokens": uncased["added_tokens"][:2]}
    mask = {"content": "[MASK]", "lstrip": True, "rstrip": False, "normalized": False,
            "single_word": False, "special": True, "__type": "AddedToken"}
    decoder = {str(i): {k: v for k, v in t.items() if k != "id"}
               for i, t in enumerate(BERT_ADDED)}
    decoder["5000"] = {k: v for k, v in added("<ent>", lstrip=True).items() if k != "id"}
    cases = {
        "vocab": ({"vocab.txt": lines}, "bert"),
        "vocab crlf": ({"vocab.txt": lines.replace("\n", "\r\n")}, "bert"),
        "vocab cased": ({"vocab.txt": lines, "tokenizer_config.json": {
            "do_lower_case": False, "model_max_length": 77}}, "bert"),
        "vocab distilbert": ({"vocab.txt": lines, "tokenizer_config.json": {
            "tokenizer_class": "DistilBertTokenizer", "strip_accents": False,
            "tokenize_chinese_chars": False, "truncation_side": "left"}}, "distilbert"),
        "vocab special map": ({"vocab.txt": lines, "tokenizer_config.json": {},
                               "special_tokens_map.json": {
            "mask_token": {k: v for k, v in mask.items() if k != "__type"},
            "unk_token": "the", "additional_special_tokens": ["<ent>", "[MASK]"]}},
            "bert"),
        "vocab added": ({"vocab.txt": lines, "added_tokens.json":
                         {"<ent>": len(vocab), "<l>": len(vocab) + 1}}, "bert"),
        "vocab missing": ({"vocab.txt": lines.replace("[MASK]", "[Q]").replace(
            "[PAD]", "[R]")}, "bert"),
        "json": ({"tokenizer.json": uncased}, "bert"),
        "json keeps case": ({"tokenizer.json": keeps_case}, "bert"),
        "json keeps case, config": ({"tokenizer.json": keeps_case,
            "tokenizer_config.json": {"do_lower_case": False, "strip_accents": True}},
            "bert"),
        "json padding": ({"tokenizer.json": {**uncased, "padding": {
            "strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": None,
            "pad_id": 1, "pad_type_id": 0, "pad_token": "[UNK]"}, "truncation": {
            "direction": "Left", "max_length": 5, "strategy": "LongestFirst",
            "stride": 0}}, "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast"}}, "bert"),
        "json cased": ({"tokenizer.json": uncased, "tokenizer_config.json": {
            "tokenizer_class": "BertTokenizer", "do_lower_case": False,
            "clean_up_tokenization_spaces": True, "model_max_length": 1e30}}, "bert"),
        "json bare": ({"tokenizer.json": bare, "tokenizer_config.json": {
            "mask_token": mask, "padding_side": "left",
            "model_max_length": 512}}, "bert"),
        "json decoder": ({"tokenizer.json": uncased, "tokenizer_config.json": {
            "added_tokens_decoder": decoder, "mask_token": "[MASK]", "cls_token": "[CLS]",
            "tokenizer_class": "DistilBertTokenizer"}}, "distilbert"),
        "json split": ({"tokenizer.json": uncased, "tokenizer_config.json": {
            "split_special_tokens": True, "tokenizer_class": "BertTokenizer"}}, "bert"),
        "json generic": ({"tokenizer.json": uncased, "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]",
            "unk_token": "[UNK]", "eos_token": "<eos>",
            "do_lower_case": False}}, "bert"),
    }
    return cases


def flagged(content, **flags):
    """A token as special_tokens_map.json has it."""
    token = added(content, **flags)
    del token["id"]
    return token


def typed(content, **flags):
    """A token as tokenizer_config.json has it."""
    return {"__type": "AddedToken", **flagged(content, **flags)}


def byte_level_cases(model):
    """The same for byte-level vocabularies."""
    vocab = json.dumps(model["vocab"])
    merges = "#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in model["merges"])
    files = {"vocab.json": vocab, "merges.txt": merges}
    bare = {"vocab.json": json.dumps({t: i for t, i in model["vocab"].items()
                                      if not t.startswith("<")}), "merges.txt": merges}
    gpt2 = configurations()["gpt2"][2]
    gpt2 = {**gpt2, "model": {**gpt2["model"], **model}}
    prefixed = {**gpt2, "pre_tokenizer": {**gpt2["pre_tokenizer"], "add_prefix_space": True}}
    roberta = configurations()["roberta bpe"][2]
    roberta = {**roberta, "model": {**roberta["model"], **model}}
    trimmed = configurations()["gpt2 trimmed"][2]
    trimmed = {**trimmed, "model": {**trimmed["model"], **model}}
    doubled = merges + merges[14:400].rsplit("\n", 1)[0] + "\n"
    return {
        "gpt2": (files, "gpt2"),
        "gpt2 crlf": ({**files, "merges.txt": merges.replace("\n", "\r\n")}, "gpt2"),
        "gpt2 no last end": ({**files, "merges.txt": merges[:-1]}, "gpt2"),
        "gpt2 merges twice": ({**files, "merges.txt": doubled}, "gpt2"),
        "gpt2 prefix": ({**files, "tokenizer_config.json": {
            "tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True,
            "model_max_length": 1024, "errors": "strict"}}, "gpt2"),
        "gpt2 bos": ({**files, "tokenizer_config.json": {
            "tokenizer_class": "GPT2Tokenizer", "add_bos_token": True,
            "padding_side": "left", "pad_token": "<pad>"}}, "gpt2"),
        "gpt2 new tokens": ({**bare, "tokenizer_config.json": {
            "add_bos_token": True, "bos_token": "<s>", "unk_token": typed("<unk>"),
            "additional_special_tokens": ["<ent>", "<mask>"]}}, "gpt2"),
        "gpt2 map": ({**files, "special_tokens_map.json": {
            "bos_token": flagged("<s>", lstrip=True), "pad_token": "the",
            "eos_token": "</s>"}, "added_tokens.json": {"<ent>": 3000, "<l>": 3001}}, "gpt2"),
        "gpt2 json": ({"tokenizer.json": gpt2}, "gpt2"),
        "gpt2 json, other files": ({"tokenizer.json": gpt2, **bare, "tokenizer_config.json": {
            "tokenizer_class": "GPT2Tokenizer", "add_bos_token": True,
            "clean_up_tokenization_spaces": True}}, "gpt2"),
        "gpt2 json loses prefix": ({"tokenizer.json": prefixed, "tokenizer_config.json": {
            "tokenizer_class": "GPT2TokenizerFast"}}, "gpt2"),
        "gpt2 json takes prefix": ({"tokenizer.json": trimmed, "tokenizer_config.json": {
            "add_prefix_space": True}}, "gpt2"),
        "gpt2 json generic": ({"tokenizer.json": prefixed, "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>"}}, "gpt2"),
        "roberta": (files, "roberta"),
        "roberta untrimmed": ({**files, "tokenizer_config.json": {
            "trim_offsets": False, "add_prefix_space": True}}, "roberta"),
        "roberta new tokens": (bare, "roberta"),
        "roberta json": ({"tokenizer.json": roberta}, "roberta"),
        "roberta json changed": ({"tokenizer.json": roberta, "tokenizer_config.json": {
            "tokenizer_class": "RobertaTokenizer", "trim_offsets": False,
            "add_prefix_space": True, "mask_token": typed("<mask>", lstrip=True)}},
            "roberta"),
        "roberta json of gpt2": ({"tokenizer.json": trimmed, "tokenizer_config.json": {
            "tokenizer_class": "RobertaTokenizer"}}, "roberta"),
        "bart": (files, "bart"),
        "bart new tokens": (bare, "bart"),
        "bart json": ({"tokenizer.json": roberta, "tokenizer_config.json": {
            "tokenizer_class": "BartTokenizer", "mask_token": "<mask>"}}, "bart"),
        "bart json bare": ({"tokenizer.json": {**roberta, "added_tokens": []}}, "bart"),
    }


BERT_CLASSES = ["BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer",
                "ElectraTokenizer", "MobileBertTokenizer", "SqueezeBertTokenizer",
                "PreTrainedTokenizerFast", None]


def random_config(rng, classes, names, tokens):
    """A tokenizer_config.json of settings that may contradict the other files."""
    config = {}

    def maybe(key, *values):
        if rng.random() < 0.35:
            config[key] = rng.choice(values)

    maybe("tokenizer_class", *(c for c in classes if c))
    maybe("do_lower_case", True, False)
    maybe("strip_accents", None, True, False)
    maybe("tokenize_chinese_chars", True, False)
    maybe("add_prefix_space", True, False)
    maybe("add_bos_token", True, False)
    maybe("trim_offsets", True, False)
    maybe("padding_side", "left", "right")
    maybe("truncation_side", "left", "right")
    maybe("model_max_length", 16, 512, 1e30, 1000000000000000019884624838656)
    maybe("clean_up_tokenization_spaces", True, False)
    maybe("model_input_names", ["input_ids"], ["input_ids", "token_type_ids"])
    if rng.random() < 0.1:
        config["split_special_tokens"] = True

    def token():
        content = rng.choice(tokens)
        if rng.random() < 0.5:
            return content
        return typed(content, lstrip=rng.random() < 0.5, rstrip=rng.random() < 0.3,
                     single_word=rng.random() < 0.2, normalized=rng.random() < 0.5,
                     special=rng.random() < 0.5)

    for name in names:
        if rng.random() < 0.15:
            config[name] = token()
    if rng.random() < 0.25:
        config["additional_special_tokens"] = [token() for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.3:
        at = rng.choice([0, 5000])
        contents = rng.sample(tokens, rng.randrange(1, 6))
        config["added_tokens_decoder"] = {str(at + i): flagged(
            t, lstrip=rng.random() < 0.3, rstrip=rng.random() < 0.3,
            single_word=rng.random() < 0.2, normalized=rng.random() < 0.5,
            special=rng.random() < 0.5) for i, t in enumerate(contents)}
    return config


def random_cases(seed, count, models):
    """Folders of several kinds with a random configuration each."""
    rng = random.Random(seed)
    specials = ["unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
    names = ["[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "<ent>", "<l>", "Yesterday", "the",
             "W\u00d6RD", "\u00c9t\u00e9", "x y", "[mask]"]
    byte_names = ["<s>", "</s>", "<unk>", "<mask>", "<pad>", "<|endoftext|>", "<ent>", "<l>",
                  "the", "W\u00d6RD", " x"]
    made = configurations()
    for i in range(count):
        byte_level = rng.random() < 0.45
        if byte_level:
            model = models["byte level"]
            kind = rng.choice(["gpt2", "gpt2", "roberta", "bart"])
            files = {"vocab.json": json.dumps(model["vocab"]), "merges.txt": "#\n" + "".join(
                " ".join(m) + "\n" for m in model["merges"])}
            whole = rng.choice(["gpt2", "gpt2 flags", "gpt2 prefix space", "roberta bpe",
                                "gpt2 bos", "gpt2 NFC, flags"])
            classes = ["GPT2Tokenizer", "GPT2TokenizerFast", "RobertaTokenizer",
                       "BartTokenizerFast"]
            tokens = byte_names
        else:
            lower = rng.random() < 0.5
            model = models["uncased" if lower else "cased"]
            kind = rng.choice(["bert", "bert", "distilbert", "electra", "mobilebert"])
            files = {"vocab.txt": "\n".join(sorted(model["vocab"], key=model["vocab"].get))}
            whole = rng.choice(["uncased", "cased", "flags", "flags cased", "lower, accents",
                                "not cleaned", "bert processing", "NFC, bert"])
            classes, tokens = BERT_CLASSES, names
        if rng.random() < 0.6:
            content = made[whole][2]
            files["tokenizer.json"] = {**content, "model": {**content["model"], **model}}
        else:
            classes = [c for c in classes if c != "PreTrainedTokenizerFast"]
        if rng.random() < 0.85:
            files["tokenizer_config.json"] = random_config(
                rng, classes, ["bos_token", "eos_token", *specials], tokens)
        if rng.random() < 0.3:
            files["special_tokens_map.json"] = {
                name: rng.choice([flagged(t), t]) for name, t in zip(
                    rng.sample(specials, 2), rng.sample(tokens, 2))}
        if rng.random() < 0.2:
            files["added_tokens.json"] = {t: len(model["vocab"]) + j for j, t in enumerate(
                rng.sample(tokens, 2))}
        yield f"random {i}", (files, kind)


def transformers_folders(root, models, seed, count):
    """Name, folder and model type of folders as transformers finds them."""
    cases = {**bert_cases(models["uncased"]["vocab"]), **byte_level_cases(models["byte level"]),
             **dict(random_cases(seed, count, models))}
    for name, (files, model_type) in cases.items():
        folder = os.path.join(root, "transformers " + name)
        os.makedirs(folder)
        files = {**files, "config.json": {"model_type": model_type}}
        for file, content in files.items():
            # A text file must keep its line ends.
            with open(os.path.join(folder, file), "w", encoding="utf-8",
                      newline="") as out:
                out.write(content if isinstance(content, str) else json.dumps(content))
        yield name, folder, model_type
