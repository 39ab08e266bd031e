#!/usr/bin/env python3
"""Compares the tokenizers of the runtime with the `tokenizers` library.

    python differential.py --tool build/bin/tokenize_tool [--count 10000]
                           [--real DIR]... [--transformers]

needs tokenizers==0.22.2. --real adds the tokenizer.json of a folder;
--transformers (4.57.6) adds loading from vocab.txt and tokenizer_config.json.
Prints the first differences; the exit status is 1 if there are any.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

import adversarial

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
        "odd template": config(bert_normalizer(True), post=ODD_TEMPLATE),
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


def encoding_of(e, windows=True):
    # The library repeats windows of pairs inside windows; transformers looks at
    # the outer ones only.
    return {
        "ids": e.ids, "type_ids": e.type_ids, "attention_mask": e.attention_mask,
        "special_tokens_mask": e.special_tokens_mask,
        "offsets": [list(o) for o in e.offsets], "word_ids": e.word_ids,
        "sequence_ids": e.sequence_ids,
        "overflow": [encoding_of(o, False) for o in e.overflowing] if windows else [],
    }


def guarded(call):
    """The call's value; an error as such; None where the library panics."""
    # A panic writes to the file descriptor, past sys.stderr.
    sys.stderr.flush()
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        return call()
    except Exception as error:  # a ValueError or the like
        return {"error": str(error)}
    except BaseException as error:  # PanicException isn't an Exception
        if type(error).__name__ != "PanicException":
            raise
        return None
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


class Comparison:
    def __init__(self, tool):
        self.tool, self.checked, self.panics, self.different = tool, 0, 0, 0

    def run(self, name, folder, requests, expected, options=("--json-only",)):
        path = os.path.join(folder, "requests.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            for request in requests:
                out.write(json.dumps(request) + "\n")
        with open(path, encoding="utf-8") as source:
            result = subprocess.run([self.tool, *options, folder], stdin=source,
                                    stdout=subprocess.PIPE, check=False)
        lines = result.stdout.decode().splitlines()
        if result.returncode != 0 or len(lines) != len(requests):
            print(f"{name}: exit status {result.returncode}, {len(lines)} answers to "
                  f"{len(requests)} requests")
            self.different += 1
            return
        for request, want, line in zip(requests, expected, lines):
            self.checked += 1
            got = json.loads(line)
            if want is None:
                self.panics += 1
            elif "error" in want:
                if "error" not in got:
                    self.report(name, request, want, got)
            elif want != got:
                self.report(name, request, want, got)

    def report(self, name, request, want, got):
        self.different += 1
        if self.different > 20:
            return
        print(f"{name}: {json.dumps(request)[:600]}")
        for key in want:
            if got.get(key) != want[key]:
                print(f"  {key}: want {str(want[key])[:400]}")
                print(f"  {' ' * len(key)}   got {str(got.get(key))[:400]}")
        if "error" in got:
            print("  " + got["error"])



def encode_requests(tokenizer, texts, seed):
    """Requests over all options, and the library's answers."""
    rng = random.Random(seed)
    for text in texts:
        request = {"op": "encode", "text": text}
        kind = rng.random()
        pretokenized = kind > 0.9
        if pretokenized:
            request["text"] = text.split(" ")
        if 0.5 < kind < 0.75 or kind > 0.95:
            other = rng.choice(texts)
            request["pair"] = other.split(" ") if pretokenized else other
        if rng.random() < 0.2:
            request["add_special_tokens"] = False
        tokenizer.no_truncation()
        tokenizer.no_padding()
        if rng.random() < 0.4:
            cut = {"max_length": rng.choice([4, 5, 6, 7, 8, 12, 20, 33]),
                   "stride": rng.choice([0, 0, 1, 2, 3, 5]),
                   "strategy": rng.choice(["longest_first", "only_first", "only_second"]),
                   "side": rng.choice(["right", "left"])}
            error = guarded(lambda: tokenizer.enable_truncation(
                cut["max_length"], stride=cut["stride"], strategy=cut["strategy"],
                direction=cut["side"]))
            request["truncation"] = cut
            if error:
                yield request, error
                continue
        if rng.random() < 0.2:
            pad = {"side": rng.choice(["right", "left"]), "id": 0, "type_id":
                   rng.choice([0, 1])}
            if rng.random() < 0.6:
                pad["length"] = rng.choice([3, 10, 40])
            if rng.random() < 0.4:
                pad["multiple_of"] = rng.choice([2, 8])
            request["padding"] = pad
            tokenizer.enable_padding(direction=pad["side"], pad_id=0, pad_type_id=pad[
                "type_id"], length=pad.get("length"),
                pad_to_multiple_of=pad.get("multiple_of"))
        yield request, guarded(lambda: encoding_of(tokenizer.encode(
            request["text"], request.get("pair"), is_pretokenized=pretokenized,
            add_special_tokens=request.get("add_special_tokens", True))))
    tokenizer.no_truncation()
    tokenizer.no_padding()


def batch_requests(tokenizer, texts, seed):
    rng = random.Random(seed)
    for at in range(0, len(texts) - 7, 7):
        inputs = [[t] if rng.random() < 0.7 else [t, rng.choice(texts)]
                  for t in texts[at:at + 7]]
        tokenizer.no_truncation()
        request = {"op": "batch", "inputs": inputs,
                   "padding": {"id": 0, "side": rng.choice(["right", "left"])}}
        if rng.random() < 0.5:
            request["truncation"] = {"max_length": 12, "stride": 2}
            tokenizer.enable_truncation(12, stride=2)
        tokenizer.enable_padding(direction=request["padding"]["side"], pad_id=0)

        def answer():
            encodings, owners = [], []
            batch = tokenizer.encode_batch([i[0] if len(i) == 1 else tuple(i)
                                            for i in inputs])
            for i, encoding in enumerate(batch):
                for e in [encoding, *encoding.overflowing]:
                    encodings.append(encoding_of(e, False))
                    owners.append(i)
            return {"encodings": encodings, "inputs": owners}

        yield request, guarded(answer)
    tokenizer.no_truncation()
    tokenizer.no_padding()


def decode_requests(tokenizer, ids_of, seed):
    rng = random.Random(seed)
    size = tokenizer.get_vocab_size()
    for ids in ids_of:
        if rng.random() < 0.3:
            ids = [rng.randrange(size + 5) for _ in range(rng.randrange(30))]
        skip = rng.random() < 0.5
        request = {"op": "decode", "ids": ids, "skip_special_tokens": skip,
                   "clean_up": False}
        yield request, guarded(
            lambda: {"text": tokenizer.decode(ids, skip_special_tokens=skip)})


def lookup_requests(tokenizer):
    tokens = [*tokenizer.get_vocab(), "no such token", ""]
    for token in tokens:
        yield ({"op": "token_to_id", "token": token},
               {"id": tokenizer.token_to_id(token)})
    for i in range(tokenizer.get_vocab_size() + 3):
        yield {"op": "id_to_token", "id": i}, {"token": tokenizer.id_to_token(i)}


def compare(comparison, name, folder, texts, seed):
    """All operations of the tokenizer.json in a folder."""
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pairs = [({"op": "encode", "text": t}, guarded(
        lambda: encoding_of(tokenizer.encode(t)))) for t in texts]
    ids = [want["ids"] for _, want in pairs if want and "ids" in want]
    pairs += encode_requests(tokenizer, texts, seed)
    pairs += batch_requests(tokenizer, texts[:2000], seed)
    pairs += decode_requests(tokenizer, ids, seed)
    pairs += lookup_requests(tokenizer)
    comparison.run(name, folder, [p[0] for p in pairs], [p[1] for p in pairs])


def code_points(comparison, folder_of):
    """Every code point there is, through normalizers and pre-tokenizers."""
    points = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    texts = ["".join("a" + chr(c) + "b " for c in points[i:i + 256])
             for i in range(0, len(points), 256)]
    for name in ("uncased", "cased", "NFKC", "NFD", "Lowercase", "StripAccents",
                 "pre Whitespace", "pre numbers", "pre punctuation Isolated"):
        folder = folder_of(name)
        tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        requests = [{"op": "encode", "text": t} for t in texts]
        expected = [encoding_of(tokenizer.encode(t)) for t in texts]
        comparison.run("every code point, " + name, folder, requests, expected)


def transformers_folders(root, vocab):
    """Folders as transformers finds them, with the model type to assume."""
    lines = "\n".join(sorted(vocab, key=vocab.get)) + "\n"
    uncased = configurations()["uncased"][2]
    uncased = {**uncased, "model": {**uncased["model"], "vocab": vocab}}
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


def compare_transformers(comparison, root, vocab, texts):
    from transformers import AutoTokenizer
    names = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"]
    for name, folder, model_type in transformers_folders(root, vocab):
        theirs = AutoTokenizer.from_pretrained(folder)
        found = {n: [getattr(theirs, n + "_token"), getattr(theirs, n + "_token_id")]
                 for n in names if getattr(theirs, n + "_token", None) is not None}
        info = {"special": found, "all_special_ids": theirs.all_special_ids,
                "size": len(theirs), "model_input_names": theirs.model_input_names,
                "padding_side": theirs.padding_side == "left",
                "truncation_side": theirs.truncation_side == "left",
                "added_single": theirs.num_special_tokens_to_add(False),
                "added_pair": theirs.num_special_tokens_to_add(True),
                "largest_id": max(theirs.get_vocab().values())}
        if theirs.model_max_length < 1e20:
            info["model_max_length"] = theirs.model_max_length
        pairs = [({"op": "info"}, info)]
        backend = theirs.backend_tokenizer
        backend.no_truncation()
        backend.no_padding()
        for text in texts:
            encoding = encoding_of(backend.encode(text))
            pairs.append(({"op": "encode", "text": text}, encoding))
            for skip in (False, True):
                pairs.append(({"op": "decode", "ids": encoding["ids"],
                               "skip_special_tokens": skip},
                              {"text": theirs.decode(encoding["ids"],
                                                     skip_special_tokens=skip)}))
        comparison.run("transformers, " + name, folder, [p[0] for p in pairs],
                       [p[1] for p in pairs], ("--model-type", model_type))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--real", action="append", default=[])
    parser.add_argument("--only", help="only configurations whose name contains this")
    parser.add_argument("--transformers", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    comparison = Comparison(options.tool)
    texts = adversarial.strings(options.seed, options.count)
    with tempfile.TemporaryDirectory() as root:
        made = configurations()
        vocabularies = {lower: adversarial.vocabulary(options.seed, lower)
                        for lower in (False, True)}

        def folder_of(name):
            folder = os.path.join(root, name)
            _, lower, config = made[name]
            config["model"]["vocab"] = vocabularies[lower]
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "tokenizer.json"), "w",
                      encoding="utf-8") as out:
                json.dump(config, out)
            return folder

        for number, (name, (share, _, _)) in enumerate(made.items()):
            if options.only and options.only not in name:
                continue
            rng = random.Random(options.seed + number)
            count = max(1, int(len(texts) * share))
            chosen = texts if share == 1 else rng.sample(texts, count)
            compare(comparison, name, folder_of(name), chosen, options.seed + number)
        for folder in options.real:
            work = os.path.join(root, "real " + str(len(os.listdir(root))))
            os.makedirs(work)
            with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as source:
                with open(os.path.join(work, "tokenizer.json"), "w",
                          encoding="utf-8") as out:
                    out.write(source.read())
            compare(comparison, folder, work, texts, options.seed)
        if not options.only:
            code_points(comparison, folder_of)
        if options.transformers:
            compare_transformers(comparison, root, vocabularies[True],
                                 texts[:max(50, len(texts) // 10)])
    print(f"{comparison.checked} answers compared, {comparison.different} different, "
          f"{comparison.panics} not compared as the library panics")
    print(f"{comparison.checked - comparison.different} passed, "
          f"{comparison.different} failed")
    return comparison.different != 0


if __name__ == "__main__":
    sys.exit(main())
