"""The tokenizer.json files, and folders of files, that differential.py tries.

    python configurations.py JSON_SEEDS VOCAB_SEEDS

writes them into two folders as seeds for the fuzz targets.
"""

import json
import os
import sys

BERT_ADDED = [
    {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
     "normalized": False, "special": True}
    for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
]


def added(content, **flags):
    token = {"id": 0, "content": content, "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": True, "special": False}
    token.update(flags)
    return token


FLAGGED = BERT_ADDED[:4] + [
    added("[MASK]", lstrip=True, special=True, normalized=False),
    added("<ent>"), added("Yesterday"), added("\u00c9t\u00e9"),
    added("<l>", lstrip=True), added("<r>", rstrip=True, normalized=False),
    added("<lr>", lstrip=True, rstrip=True), added("<w>", single_word=True),
    added("wörd", single_word=True, lstrip=True), added("<n>", special=True),
    added("<ab>", normalized=False), added("<abc>", normalized=False, rstrip=True),
    added("the", single_word=True), added("中"), added(" x"),
]


def special(token, type_id):
    return {"SpecialToken": {"id": token, "type_id": type_id}}


def sequence(name, type_id):
    return {"Sequence": {"id": name, "type_id": type_id}}


TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)],
    "pair": [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0),
             sequence("B", 1), special("[SEP]", 1)],
    "special_tokens": {
        "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
        "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]},
    },
}
ODD_TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [sequence("A", 3), special("two", 5)],
    "pair": [sequence("B", 2), special("two", 1), sequence("A", 4)],
    "special_tokens": {"two": {"id": "two", "ids": [2, 3], "tokens": ["x", "y"]}},
}
BERT_PROCESSING = {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}
ROBERTA = {"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2],
           "trim_offsets": True, "add_prefix_space": True}
WORDPIECE_DECODER = {"type": "WordPiece", "prefix": "##", "cleanup": True}
BERT_PRE = {"type": "BertPreTokenizer"}


def bert_normalizer(lower, strip=None, clean=True, chinese=True):
    return {"type": "BertNormalizer", "clean_text": clean,
            "handle_chinese_chars": chinese, "strip_accents": strip,
            "lowercase": lower}


def seq(kind, *stages):
    key = {"n": "normalizers", "p": "pretokenizers", "d": "decoders",
           "pp": "processors"}[kind]
    return {"type": "Sequence", key: list(stages)}


def split(pattern, behavior, invert=False):
    kind = "Regex" if pattern.startswith("re:") else "String"
    return {"type": "Split", "pattern": {kind: pattern.removeprefix("re:")},
            "behavior": behavior, "invert": invert}


def replace(pattern, content):
    kind = "Regex" if pattern.startswith("re:") else "String"
    return {"type": "Replace", "pattern": {kind: pattern.removeprefix("re:")},
            "content": content}


def metaspace(scheme, do_split=True):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme,
            "split": do_split}


def configurations():
    """Name to (share of the strings, tokenizer.json without its vocabulary)."""
    def config(normalizer=None, pre=BERT_PRE, post=TEMPLATE, tokens=BERT_ADDED,
               decoder=WORDPIECE_DECODER, prefix="##", limit=100, share=0.1,
               lower=True):
        return share, lower, {
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": pre, "post_processor": post, "decoder": decoder,
            "model": {"type": "WordPiece", "unk_token": "[UNK]",
                      "continuing_subword_prefix": prefix,
                      "max_input_chars_per_word": limit}}

    out = {
        "uncased": config(bert_normalizer(True), share=1),
        "cased": config(bert_normalizer(False), lower=False, share=1),
        "flags": config(bert_normalizer(True), tokens=FLAGGED, share=0.5),
        "flags cased": config(bert_normalizer(False), tokens=FLAGGED, share=0.3,
                              lower=False),
        "flags raw": config(tokens=FLAGGED, share=0.2, lower=False),
        "lower, accents": config(bert_normalizer(True, False), share=0.3),
        "cased, no accents": config(bert_normalizer(False, True), lower=False,
                                    share=0.3),
        "not cleaned": config(bert_normalizer(True, None, False, False), share=0.3),
        "no normalizer": config(lower=False),
        "no pre-tokenizer": config(bert_normalizer(True), None),
        "nothing": config(None, None, None, [], None),
        "pair only": config(bert_normalizer(True), post=None),
        "odd template": config(bert_normalizer(True), post=ODD_TEMPLATE, share=0.3),
        "bert processing": config(bert_normalizer(True), post=BERT_PROCESSING),
        "roberta": config(bert_normalizer(True), post=ROBERTA, tokens=FLAGGED),
        "sequence of one": config(post=seq("pp", BERT_PROCESSING)),
        "short words": config(bert_normalizer(True), limit=5),
        "no words": config(bert_normalizer(True), limit=0, share=0.02),
        "empty prefix": config(bert_normalizer(True), prefix=""),
        "decoder without clean-up": config(
            bert_normalizer(True),
            decoder={"type": "WordPiece", "prefix": "##", "cleanup": False}),
    }
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"):
        out[name] = config({"type": name}, share=0.3)
    # A word for each character, so that their number shows.
    for name in ("NFC", "NFD", "NFKC", "NFKD"):
        out[name + " characters"] = config({"type": name}, {"type": "FixedLength",
                                                            "length": 1})
    for left in (False, True):
        for right in (False, True):
            out[f"Strip {left} {right}"] = config(
                {"type": "Strip", "strip_left": left, "strip_right": right},
                pre=None, share=0.05)
    normalizers = {
        "NFD, accents, lower": seq("n", {"type": "NFD"}, {"type": "StripAccents"},
                                   {"type": "Lowercase"}),
        "lower, NFC": seq("n", {"type": "Lowercase"}, {"type": "NFC"}),
        "NFKD, NFC": seq("n", {"type": "NFKD"}, {"type": "NFC"}),
        "NFC, bert": seq("n", {"type": "NFC"}, bert_normalizer(True)),
        "replaced": seq("n", replace("a", "é中"), replace("é", ""), replace("``", '"'),
                        replace("[", "(("), {"type": "NFD"}),
        "replaced spaces": seq("n", replace("re: {2,}", " "), replace("re:\\s+", "▁")),
        "prepended": seq("n", {"type": "Prepend", "prepend": "▁é"}, {"type": "NFD"}),
    }
    for name, normalizer in normalizers.items():
        out[name] = config(normalizer, tokens=FLAGGED)
        out[name + ", words kept"] = config(normalizer, pre={"type": "WhitespaceSplit"},
                                            tokens=FLAGGED, post=ROBERTA, share=0.05)
    behaviors = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext",
                 "Contiguous")
    pres = {
        "Whitespace": {"type": "Whitespace"},
        "WhitespaceSplit": {"type": "WhitespaceSplit"},
        "delimiter": {"type": "CharDelimiterSplit", "delimiter": "é"},
        "digits": {"type": "Digits", "individual_digits": True},
        "numbers": {"type": "Digits", "individual_digits": False},
        "fixed": {"type": "FixedLength", "length": 3},
        "metaspace always": metaspace("always"),
        "metaspace first": metaspace("first"),
        "metaspace never": metaspace("never"),
        "metaspace whole": metaspace("always", False),
        "words, metaspace": seq("p", {"type": "WhitespaceSplit"}, metaspace("always")),
        "metaspace, punctuation": seq("p", metaspace("first"),
                                      {"type": "Punctuation", "behavior": "Isolated"}),
        "several": seq("p", {"type": "Whitespace"}, {"type": "Digits",
                       "individual_digits": True}, split("e", "MergedWithNext")),
    }
    for behavior in behaviors:
        pres["punctuation " + behavior] = {"type": "Punctuation", "behavior": behavior}
        pres["split " + behavior] = split(" ", behavior)
        pres["split text " + behavior] = split("th", behavior, True)
        pres["split re " + behavior] = split("re:\\s+", behavior)
        pres["split class " + behavior] = split("re:[a-e!?]{2,3}", behavior)
    for name, pre in pres.items():
        out["pre " + name] = config(pre=pre, tokens=FLAGGED, share=0.05)
        out["pre bert " + name] = config(bert_normalizer(True), pre, share=0.05)
    decoders = {
        "Fuse": {"type": "Fuse"}, "ByteFallback": {"type": "ByteFallback"},
        "Metaspace": {"type": "Metaspace", "replacement": "e", "prepend_scheme":
                      "always", "split": True},
        "Metaspace never": {"type": "Metaspace", "replacement": "e", "prepend_scheme":
                            "never", "split": True},
        "BPEDecoder": {"type": "BPEDecoder", "suffix": "e"},
        "CTC": {"type": "CTC", "pad_token": "[PAD]", "word_delimiter_token": "e",
                "cleanup": True},
        "several": seq("d", replace("##", ""), replace("re:[ab]+", "<"), {"type": "Fuse"},
                       {"type": "Strip", "content": "t", "start": 1, "stop": 0}),
    }
    for name, decoder in decoders.items():
        out["decoder " + name] = config(bert_normalizer(True), decoder=decoder,
                                        share=0.03)
    return out


def transformers_folders(root, vocab):
    """Folders as transformers finds them, with the model type to assume."""
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
    for name, (files, model_type) in cases.items():
        folder = os.path.join(root, "transformers " + name)
        os.makedirs(folder)
        files["config.json"] = {"model_type": model_type}
        for file, content in files.items():
            # A text file must keep its line ends.
            with open(os.path.join(folder, file), "w", encoding="utf-8",
                      newline="") as out:
                out.write(content if isinstance(content, str) else json.dumps(content))
        yield name, folder, model_type


def write_seeds(json_folder, vocab_folder):
    tokens = [t["content"] for t in BERT_ADDED] + ["the", "##s", "a", "##a", "e", "\u00e9",
                                                   "\u4e2d", ",", "##b", "b", "x"]
    texts = ["the [MASK] a \u00e9\u4e2d, e\u0301 <l> x", " ab\u0301\u0316 The"]
    end = b"\0" + b"\0".join(t.encode() for t in texts)
    for i, (_, _, config) in enumerate(configurations().values()):
        config["model"]["vocab"] = {token: i for i, token in enumerate(tokens)}
        with open(os.path.join(json_folder, str(i)), "wb") as out:
            out.write(json.dumps(config, ensure_ascii=False).encode() + b"\0\0" + end)
    for i in range(4):
        with open(os.path.join(vocab_folder, str(i)), "wb") as out:
            out.write(bytes([i]) + "\n".join(tokens).encode() + end)


if __name__ == "__main__":
    write_seeds(*sys.argv[1:])
