#!/usr/bin/env python3
"""Compares the tokenizers of the runtime with the `tokenizers` library.

    python differential.py --tool build/bin/tokenize_tool [--count 10000]
                           [--real DIR]... [--transformers]

needs tokenizers==0.22.2. --real adds the tokenizer.json of a folder;
--transformers (4.57.6) adds loading from vocab.txt, vocab.json, merges.txt and
tokenizer_config.json, in all combinations. One process for each processor.
Prints the first differences; the exit status is 1 if there are any.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unicodedata

# Processes that fork behind the library's threads would hang.
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer

import adversarial
from configurations import configurations
from folders import transformers_folders
from vocabularies import make_models


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


# Decoders that change the text of earlier tokens: not for streams.
TAKE_BACK = ("ByteFallback", 'BPEDecoder(suffix="e")')


class Comparison:
    def __init__(self, tool):
        self.tool, self.checked, self.panics, self.different = tool, 0, 0, 0
        self.names = {}  # to the number of differences

    def run(self, name, folder, requests, expected, options=("--json-only",)):
        path = os.path.join(folder, "requests.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            for request in requests:
                out.write(json.dumps(request) + "\n")
        with open(path, encoding="utf-8") as source:
            result = subprocess.run([self.tool, *options, folder], stdin=source,
                                    stdout=subprocess.PIPE, check=False)
        lines = result.stdout.split(b"\n")[:-1]  # text has line separators of its own
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
        self.names[name] = self.names.get(name, 0) + 1
        if self.names[name] > 2:
            return
        print(f"{name}: {json.dumps(request)[:300]}")
        for key in want:
            if got.get(key) != want[key]:
                print(f"  {key}: want {str(want[key])[:200]}")
                print(f"  {' ' * len(key)}   got {str(got.get(key))[:200]}")
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


def cleaned_up(text):
    """As clean_up_tokenization of transformers."""
    for what in (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"):
        text = text.replace(what, what.strip())
    return text


def decode_requests(tokenizer, ids_of, seed):
    rng = random.Random(seed)
    size = tokenizer.get_vocab_size()
    for ids in ids_of:
        if rng.random() < 0.3:
            ids = [rng.randrange(size + 5) for _ in range(rng.randrange(30))]
        skip = rng.random() < 0.5
        clean = rng.random() < 0.3
        request = {"op": "decode", "ids": ids, "skip_special_tokens": skip,
                   "clean_up": clean}
        answer = guarded(lambda: {"text": (cleaned_up if clean else str)(
            tokenizer.decode(ids, skip_special_tokens=skip))})
        yield request, answer
        if not any(kind in str(tokenizer.decoder) for kind in TAKE_BACK):
            yield {**request, "op": "stream"}, answer


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


CODE_POINTS = ("uncased", "cased", "NFKC", "NFD", "NFC characters", "NFKD characters",
               "Lowercase", "StripAccents", "pre Whitespace", "pre numbers",
               "pre punctuation Isolated", "gpt2")
COMPOSITIONS = ("NFC characters", "NFD characters")


def code_points(all_of_them):
    """Texts with every code point there is, or those that anything is known of:
    the rest, planes without characters, in steps."""
    assigned = [range(0x32400), range(0xE0000, 0xE0200)]
    rest = [range(0x32400, 0xE0000, 251), range(0xE0200, 0x110000, 251)]
    points = [c for part in ([range(0x110000)] if all_of_them else assigned + rest)
              for c in part if not 0xD800 <= c <= 0xDFFF]
    return ["".join("a" + chr(c) + "b " for c in points[i:i + 256])
            for i in range(0, len(points), 256)]


def compositions():
    """Every first with every second half of a canonical decomposition."""
    firsts, seconds = {"\u1100", "\uac00", "\uac01"}, {"\u1161", "\u11a7", "\u11a8"}
    for c in range(0x110000):
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            firsts.add(chr(int(parts[0], 16)))
            seconds.add(chr(int(parts[1], 16)))
    texts = [" ".join(first + second for second in sorted(seconds))
             for first in sorted(firsts)]
    return texts + [" ".join(first + other + second for first in "aeq\u0627\u1100")
                    for other in sorted(seconds) for second in sorted(seconds)]


def compare_encodings(comparison, name, folder, texts):
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    requests = [{"op": "encode", "text": t} for t in texts]
    expected = [encoding_of(tokenizer.encode(t)) for t in texts]
    comparison.run(name, folder, requests, expected)


def compare_transformers(comparison, root, models, texts, seed, count):
    from transformers import AutoTokenizer
    names = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"]
    for name, folder, model_type in transformers_folders(root, models, seed, count):
        try:
            theirs = AutoTokenizer.from_pretrained(folder)
        except Exception:  # what the reference refuses isn't compared
            comparison.panics += 1
            comparison.checked += 1
            continue
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
            encoding = guarded(lambda: encoding_of(backend.encode(text)))
            pairs.append(({"op": "encode", "text": text}, encoding))
            if "ids" not in (encoding or {}):
                continue
            for skip in (False, True):
                pairs.append(({"op": "decode", "ids": encoding["ids"],
                               "skip_special_tokens": skip},
                              {"text": theirs.decode(encoding["ids"],
                                                     skip_special_tokens=skip)}))
        comparison.run("transformers, " + name, folder, [p[0] for p in pairs],
                       [p[1] for p in pairs], ("--model-type", model_type))


class Jobs:
    """Everything to compare, in pieces that processes share."""

    def __init__(self, options):
        self.options = options
        self.made = configurations()
        self.models = make_models(options.seed)
        self.texts = adversarial.strings(options.seed, options.count)

    def names(self):
        chosen = [n for n in self.made if not self.options.only or self.options.only in n]
        # The longest first.
        jobs = [(self.transformers, "")] if self.options.transformers else []
        jobs += [(self.configuration, name) for name in sorted(
            chosen, key=lambda name: -self.made[name][0])]
        if not self.options.only:
            jobs += [(self.code_points, name) for name in CODE_POINTS]
            jobs += [(self.compositions, name) for name in COMPOSITIONS]
        return jobs + [(self.real, folder) for folder in self.options.real]

    def write(self, root, name):
        _, model, config = self.made[name]
        config["model"].update(self.models[model])
        with open(os.path.join(root, "tokenizer.json"), "w", encoding="utf-8") as out:
            json.dump(config, out)

    def configuration(self, comparison, root, name):
        seed = self.options.seed + list(self.made).index(name)
        share, chosen = self.made[name][0], self.texts
        if share < 1:
            others = min(self.options.others or len(chosen), len(chosen))
            chosen = random.Random(seed).sample(chosen, max(1, int(others * share)))
        self.write(root, name)
        compare(comparison, name, root, chosen, seed)

    def code_points(self, comparison, root, name):
        self.write(root, name)
        compare_encodings(comparison, "every code point, " + name, root,
                          code_points(not self.options.others))

    def compositions(self, comparison, root, name):
        self.write(root, name)
        compare_encodings(comparison, "compositions, " + name, root, compositions())

    def real(self, comparison, root, folder):
        shutil.copy(os.path.join(folder, "tokenizer.json"), root)
        compare(comparison, folder, root, self.texts, self.options.seed)

    def transformers(self, comparison, root, _):
        count = max(50, (self.options.others or len(self.texts)) // 10)
        compare_transformers(comparison, root, self.models, self.texts[:count],
                             self.options.seed, self.options.folders)

    def run(self, number):
        job, name = self.names()[number]
        comparison = Comparison(self.options.tool)
        with tempfile.TemporaryDirectory() as root:
            job(comparison, root, name)
        return comparison.checked, comparison.different, comparison.panics


JOBS = None


def run_job(number):
    return JOBS.run(number)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--count", type=int, default=10000,
                        help="strings for the most important configurations")
    parser.add_argument("--others", type=int,
                        help="strings that the other configurations have a share of, "
                             "and only code points that exist: quick")
    parser.add_argument("--real", action="append", default=[])
    parser.add_argument("--only", help="only configurations whose name contains this")
    parser.add_argument("--transformers", action="store_true")
    parser.add_argument("--folders", type=int, default=100,
                        help="random folders that --transformers tries")
    parser.add_argument("--seed", type=int, default=1)
    global JOBS
    JOBS = Jobs(parser.parse_args())

    checked = different = panics = 0
    # Processes of a fork have the jobs already.
    with multiprocessing.get_context("fork").Pool() as pool:
        for result in pool.imap_unordered(run_job, range(len(JOBS.names()))):
            checked += result[0]
            different += result[1]
            panics += result[2]
    # What makes the library panic isn't compared.
    print(f"{checked - different - panics} passed, {different} failed, {panics} skipped")
    return different != 0


if __name__ == "__main__":
    sys.exit(main())
