#!/usr/bin/env python3
"""Times the tokenizers of the runtime beside the `tokenizers` library.

    python bench_tokenizers.py --tool build/bin/tokenize_tool --real DIR

DIR holds a tokenizer.json with a vocabulary of English. One thread each; the
library is called in one batch, so that the time is its own and not Python's.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time

import adversarial

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


def corpora():
    from pydoc_data import topics

    paragraphs = [p.replace("\n", " ") for text in topics.topics.values()
                  for p in text.split("\n\n") if len(p) > 60]
    sentences = [s + "." for p in paragraphs for s in p.split(". ") if len(s) > 20]
    rng = random.Random(1)
    mixed = adversarial.strings(1, 20000)[-10000:]
    foreign = [w for w in adversarial.WORDS if not w.isascii()]
    return {
        "English sentences": sentences[:10000],
        "English paragraphs": paragraphs[:5000],
        "one long text": [" ".join(paragraphs[:1500])],
        "words of many scripts": [" ".join(rng.choices(foreign, k=20))
                                  for _ in range(5000)],
        "adversarial": mixed,
    }


def best(call, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--real", required=True)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    from tokenizers import Tokenizer

    path = os.path.join(options.real, "tokenizer.json")
    load = best(lambda: Tokenizer.from_file(path), 5)
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with tempfile.TemporaryDirectory() as root:
        for name, texts in corpora().items():
            file = os.path.join(root, "texts.jsonl")
            with open(file, "w", encoding="utf-8") as out:
                out.writelines(json.dumps(t) + "\n" for t in texts)
            theirs = best(lambda: tokenizer.encode_batch(texts), options.repeats)
            fast = best(lambda: tokenizer.encode_batch_fast(texts), options.repeats)
            ours = json.loads(subprocess.run(
                [options.tool, "--bench", str(options.repeats), file, options.real],
                stdout=subprocess.PIPE, check=True).stdout)
            tokens = sum(len(e.ids) for e in tokenizer.encode_batch(texts))
            assert tokens == ours["tokens"], (tokens, ours["tokens"])
            size = sum(len(t.encode()) for t in texts) / len(texts)
            per_text = ours["texts_per_s"]
            print(f"{name}: {size:.0f} bytes a text; ours {per_text:,.0f} texts/s "
                  f"({per_text * size / 1e6:.0f} MB/s), library "
                  f"{len(texts) / theirs:,.0f} texts/s ({per_text * theirs / len(texts):.1f}x), "
                  f"without offsets {len(texts) / fast:,.0f} "
                  f"({per_text * fast / len(texts):.1f}x)")
        print(f"load: ours {ours['load_ms']:.2f} ms, library {load * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
