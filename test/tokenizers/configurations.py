"""The tokenizer.json files that differential.py tries.

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


def byte_level(prefix=False, trim=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim,
            "use_regex": regex}


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


BOS_TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [special("<s>", 0), sequence("A", 0)],
    "pair": [special("<s>", 0), sequence("A", 0), special("<s>", 1), sequence("B", 1)],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
}
BPE_ADDED = [added(token, special=True, normalized=token == "<|endoftext|>")
             for token in ("<s>", "<pad>", "</s>", "<unk>")] + [
    added("<mask>", special=True, lstrip=True, normalized=False),
    added("<|endoftext|>", special=True)]


def bpe_configurations():
    def config(model="byte level", pre=byte_level(), post=byte_level(True, False),
               decoder=byte_level(True, True), normalizer=None, tokens=BPE_ADDED,
               share=0.1, unk=None, **options):
        return share, model, {
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": tokens, "normalizer": normalizer, "pre_tokenizer": pre,
            "post_processor": post, "decoder": decoder,
            "model": {"type": "BPE", "dropout": None, "unk_token": unk,
                      "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, **options}}

    flagged = BPE_ADDED + FLAGGED[5:]
    roberta = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
               "trim_offsets": True, "add_prefix_space": False}
    space, words = {"type": "WhitespaceSplit"}, {"type": "Whitespace"}
    suffix = {"type": "BPEDecoder", "suffix": "</w>"}
    out = {
        "gpt2": config(share=1),
        "gpt2 old merges": config("byte level, old merges", continuing_subword_prefix="",
                                  end_of_word_suffix="", ignore_merges=False),
        "gpt2 prefix space": config(pre=byte_level(True), post=byte_level(True, True),
                                    share=0.3),
        "gpt2 trimmed": config(post=byte_level(False, True), share=0.3),
        "gpt2 holes": config("byte level, holes", share=0.3),
        "gpt2 holes unk": config("byte level, holes", unk="<unk>", fuse_unk=True),
        "gpt2 whole": config(pre=byte_level(regex=False), share=0.05),
        "gpt2 ignored merges": config(pre=byte_level(regex=False), ignore_merges=True,
                                      post=None, decoder=None, dropout=0.0),
        "gpt2 flags": config(tokens=flagged, share=0.3),
        "gpt2 NFC, flags": config(normalizer={"type": "NFC"}, tokens=flagged,
                                  pre=byte_level(True)),
        "gpt2 lower": config(normalizer=bert_normalizer(True), tokens=flagged),
        "gpt2 digits": config(pre=seq("p", {"type": "Digits", "individual_digits": True},
                                      byte_level(True))),
        "gpt2 split": config(pre=seq("p", split("re:\\s+", "MergedWithNext"),
                                     byte_level(True, regex=False)),
                             post=byte_level(True, True)),
        "gpt2 twice": config(pre=seq("p", byte_level(), byte_level(True))),
        "gpt2 bytes, words": config(pre=seq("p", byte_level(), words)),
        "gpt2 bos": config(post=seq("pp", byte_level(True, True), BOS_TEMPLATE), share=0.2),
        "roberta bpe": config(post=roberta, tokens=flagged, share=0.3),
        "roberta bpe prefix": config(pre=byte_level(True), post={
            **roberta, "add_prefix_space": True}, share=0.3),
        "roberta bpe twice": config(post=seq("pp", byte_level(True, True), roberta)),
        "byte normalizer": config(normalizer={"type": "ByteLevel"}, pre=None,
                                  tokens=flagged),
        "byte decoders": config(decoder=seq("d", replace("e", "\u0120"), byte_level(),
                                            {"type": "Strip", "content": " ", "start": 1,
                                             "stop": 1})),
        "bpe words": config("words", words, None, None, unk="<unk>", share=0.2),
        "bpe words, fused": config("words", words, BOS_TEMPLATE, None, unk="<unk>",
                                   fuse_unk=True),
        "bpe words, no unk": config("words", words, BOS_TEMPLATE, None, share=0.2),
        "bpe words, unk missing": config("words", words, None, None, unk="nowhere"),
        "bpe spaces": config("spaces", None, None, {"type": "Fuse"}, unk="<unk>"),
        "bpe suffix": config("words, suffix", words, None, suffix, unk="<unk>",
                             end_of_word_suffix="</w>", share=0.2),
        "bpe suffix, ignored": config("words, suffix", words, None, suffix,
                                      end_of_word_suffix="</w>", ignore_merges=True),
        "bpe prefix": config("words, prefix", words, None, WORDPIECE_DECODER, unk="<unk>",
                             continuing_subword_prefix="##", share=0.2),
        "bpe bytes": config("words, bytes", words, None, seq(
            "d", {"type": "ByteFallback"}, {"type": "Fuse"}), byte_fallback=True, share=0.2),
        "bpe some bytes": config("words, some bytes", space, None, {"type": "ByteFallback"},
                                 unk="<unk>", byte_fallback=True, share=0.2),
        "bpe some bytes, fused": config("words, some bytes", space, None, None, unk="<unk>",
                                        byte_fallback=True, fuse_unk=True, share=0.2),
        "bpe letters": config("letters", None, None, None, share=0.5),
    }
    return out


def configurations():
    """Name to (share of the strings, model, tokenizer.json without the model's
    vocabulary)."""
    def config(normalizer=None, pre=BERT_PRE, post=TEMPLATE, tokens=BERT_ADDED,
               decoder=WORDPIECE_DECODER, prefix="##", limit=100, share=0.1,
               lower=True):
        return share, "uncased" if lower else "cased", {
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
    out.update(bpe_configurations())
    return out


def write_seeds(json_folder, vocab_folder):
    tokens = [t["content"] for t in BERT_ADDED] + ["the", "##s", "a", "##a", "e", "\u00e9",
                                                   "\u4e2d", ",", "##b", "b", "x"]
    texts = ["the [MASK] a \u00e9\u4e2d, e\u0301 <l> x", " ab\u0301\u0316 The"]
    end = b"\0" + b"\0".join(t.encode() for t in texts)
    bytes_of = {c: i for i, c in enumerate("the sab,x\u0120\u00c3\u00a9\u00cc\u0123")}
    merges = [["t", "h"], ["th", "e"], ["\u0120", "the"], ["\u00c3", "\u00a9"], ["a", "b"]]
    for pair in merges:
        bytes_of["".join(pair)] = len(bytes_of)
    for i, (_, _, config) in enumerate(configurations().values()):
        config["model"]["vocab"] = {token: i for i, token in enumerate(tokens)}
        if config["model"]["type"] == "BPE":
            config["model"]["vocab"] = bytes_of
            config["model"]["merges"] = merges if i % 2 else [" ".join(m) for m in merges]
        with open(os.path.join(json_folder, str(i)), "wb") as out:
            out.write(json.dumps(config, ensure_ascii=False).encode() + b"\0\0" + end)
    for i in range(4):
        with open(os.path.join(vocab_folder, str(i)), "wb") as out:
            out.write(bytes([i]) + "\n".join(tokens).encode() + end)


if __name__ == "__main__":
    write_seeds(*sys.argv[1:])
