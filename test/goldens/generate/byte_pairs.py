"""A small byte-level BPE, made by hand: trainers of the tokenizers library don't promise the same
result from one release to the next."""

import collections
import json

from transformers import GPT2TokenizerFast
from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

from .vocabulary import TEXT


def merges(count):
    """The most frequent pairs of neighbours in the words of TEXT, again and again."""
    table = bytes_to_unicode()
    words = collections.Counter(
        tuple(table[b] for b in (" " + word).encode()) for word in TEXT.split()
    )
    made = []
    while len(made) < count:
        pairs = collections.Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        made.append(best)
        merged = collections.Counter()
        for word, times in words.items():
            new, i = [], 0
            while i < len(word):
                joined = word[i : i + 2] == best
                new.append(word[i] + word[i + 1] if joined else word[i])
                i += 2 if joined else 1
            merged[tuple(new)] += times
        words = merged
    return made


def save_tokenizer(directory, count, max_length):
    """Writes the tokenizer's files; returns the tokenizer."""
    pairs = merges(count)
    tokens = list(bytes_to_unicode().values()) + [a + b for a, b in pairs] + ["<|endoftext|>"]
    vocabulary = directory / "vocab.json"
    vocabulary.write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    lines = ["#version: 0.2"] + [f"{a} {b}" for a, b in pairs]
    (directory / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = GPT2TokenizerFast(
        str(vocabulary), str(directory / "merges.txt"), model_max_length=max_length
    )
    tokenizer.save_pretrained(directory)
    return tokenizer
