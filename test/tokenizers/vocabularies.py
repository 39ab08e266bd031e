"""Models to cut adversarial strings with: the `model` of a tokenizer.json.

Everything is made from a seed: the same call gives the same models.
"""

import json
import random

from adversarial import EMOJI, LETTERS, MARKS, PUNCTUATION, WHITESPACE, WORDS, strings


def word_pieces(seed, lower):
    """A small WordPiece vocabulary that splits most words into several tokens."""
    rng = random.Random(seed)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    seen = set(tokens)

    def add(token):
        if token and token not in seen:
            seen.add(token)
            tokens.append(token)

    characters = sorted({c for w in WORDS + LETTERS + PUNCTUATION for c in w})
    for c in characters:
        for form in (c.lower(), c.casefold()) if lower else (c, c.lower()):
            for d in form:
                # Some characters are missing on purpose, some only continue.
                if rng.random() < 0.9:
                    add(d)
                if rng.random() < 0.8:
                    add("##" + d)
    for word in WORDS:
        word = word.lower() if lower else word
        for _ in range(3):
            begin = rng.randrange(len(word))
            end = rng.randrange(begin, len(word)) + 1
            add(("##" if begin else "") + word[begin:end])
        if rng.random() < 0.3:
            add(word)
    for mark in MARKS[::3] + EMOJI:
        add(mark)
        add("##" + mark)
    # For the clean-up of decoders.
    for token in ("##", "do not", "##do not", "n't", "'m", "'s", "'ve", "'re", "' a"):
        add(token)
    return {token: i for i, token in enumerate(tokens)}


def trained(seed, size, special, pre_tokenizer=None, **options):
    """A BPE model of the library's own making; `options` are the trainer's."""
    from tokenizers import Tokenizer, models, trainers
    rng = random.Random(seed)
    tokenizer = Tokenizer(models.BPE())
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    texts = strings(seed + 1, 3000) + [" ".join(rng.choices(WORDS, k=20))
                                       for _ in range(400)]
    # A tame alphabet, so that strings have characters that it lacks.
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, show_progress=False, **options))
    model = json.loads(tokenizer.to_str())["model"]
    return {key: model[key] for key in ("vocab", "merges")}


def without(model, tokens):
    """The model without tokens, nor what is merged of them."""
    gone, merges = set(tokens), []
    for left, right in model["merges"]:
        if left in gone or right in gone or left + right in gone:
            gone.add(left + right)
        else:
            merges.append([left, right])
    vocab = {t: i for t, i in model["vocab"].items() if t not in gone}
    return {"vocab": vocab, "merges": merges}


def make_models(seed):
    """Name to the parts of a model that are too long to write down."""
    from tokenizers import pre_tokenizers
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"]
    byte_level = trained(seed, 3000, special, pre_tokenizers.ByteLevel(),
                         initial_alphabet=alphabet)
    tame = {"limit_alphabet": 300}
    words = trained(seed, 1500, special, pre_tokenizers.Whitespace(), **tame)
    spaces = trained(seed, 1500, special, **tame)
    bytes_too = dict(words["vocab"])
    for byte in range(256):
        bytes_too[f"<0x{byte:02X}>"] = len(bytes_too)
    some_bytes = {t: i for t, i in bytes_too.items()
                  if not t.startswith("<0x") or t[4] not in "37"}
    # Merges that fight over the same letters, and an unreachable token.
    letters = {c: i for i, c in enumerate("abcdefgh ")}
    rng, merges = random.Random(seed), []
    while len(merges) < 200:
        left, right = rng.choice(list(letters)), rng.choice(list(letters))
        if len(left + right) < 9 and [left, right] not in merges:
            merges.append([left, right])
            letters.setdefault(left + right, len(letters))
    letters["hgfedcba"] = len(letters)
    rng.shuffle(merges)
    return {
        "cased": {"vocab": word_pieces(seed, False)},
        "uncased": {"vocab": word_pieces(seed, True)},
        "byte level": byte_level,
        "byte level, old merges": {
            "vocab": byte_level["vocab"], "merges": ["#version: 0.2"] + [
                " ".join(pair) for pair in byte_level["merges"]]},
        "byte level, holes": without(byte_level, alphabet[1::7]),
        "words": words, "spaces": spaces,
        "words, suffix": trained(seed, 1500, special, pre_tokenizers.Whitespace(),
                                 end_of_word_suffix="</w>", **tame),
        "words, prefix": trained(seed, 1500, special, pre_tokenizers.Whitespace(),
                                 continuing_subword_prefix="##", **tame),
        "words, bytes": {"vocab": bytes_too, "merges": words["merges"]},
        "words, some bytes": {"vocab": some_bytes, "merges": words["merges"]},
        "letters": {"vocab": letters, "merges": merges},
    }
