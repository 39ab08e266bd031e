"""WordPiece vocabularies made from the text below, and the tokenizer files of a checkpoint.

The vocabularies are built by hand (characters, then frequent words and endings): trainers of the
tokenizers library don't promise the same result from one release to the next.
"""

import collections
import json
import pathlib
import re

from transformers import BertTokenizerFast, DistilBertTokenizerFast

TEXT = """\
Anna Berg lives in Paris and works for Tenon Labs. The quick brown fox jumps over the lazy dog.
A tenon is the end of a piece of wood, cut to fit into a mortise. The joint holds without glue.
Where does Anna work? She works in a small workshop near the river, not far from the old market.
The workshop makes tables, chairs and doors. Every table takes two days; every door takes one.
John Smith of New York bought a table in March. He was happy with it and wrote a long letter.
The food was great but the service was slow. I would not go there again, sadly.
What a wonderful film! The actors were good, the music was better, the ending was the best.
It rained in London on Monday. The train to Berlin was late, and the station was cold and dark.
Marie Curie worked in Paris. She won two prizes: one in physics and one in chemistry.
The compiler reads a model and writes one file. The file answers questions without Python.
Is the model fast? Yes, the model is fast and small. Nobody waits for long.
Rivers run to the sea, yet the sea is never full. Birds were singing in the morning.
The price is 42 dollars and 50 cents. Call 555 1234 before 9 tomorrow, or write to us.
Don't worry: it isn't as hard as it looks, and we're here to help. That's all.
"""

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ENDINGS = ["##ing", "##ed", "##er", "##ly", "##en", "##on", "##es"]


def words_by_frequency(lowercase):
    text = TEXT.lower() if lowercase else TEXT
    counts = collections.Counter(re.findall(r"[^\W\d_]+", text))
    return [w for w, _ in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if len(w) > 1]


def wordpieces(size, lowercase=True, missing="", unused=0, specials_at=0, extra=()):
    """A vocabulary of `size` entries. Characters in `missing` have no entry, so that words with
    them become [UNK]. `specials_at` moves the special tokens away from the first ids."""
    lower = "abcdefghijklmnopqrstuvwxyz"
    letters = lower if lowercase else lower + "ABCDEFGHIJLMNPRSTWY"
    pieces = list(".,?!:;'-0123459") + list(letters) + ["##" + c for c in lower]
    pieces += list(extra) + ENDINGS
    pieces = [p for p in pieces if not (len(p.replace("##", "")) == 1 and p[-1] in missing)]
    pieces = list(dict.fromkeys(pieces))
    room = size - len(pieces) - len(SPECIALS) - unused
    if room < 0:
        raise ValueError(f"a vocabulary of {size} has no room for the letters")
    words = [w for w in words_by_frequency(lowercase) if w not in pieces]
    pieces += words[:room]
    pieces = [f"[unused{i}]" for i in range(unused)] + pieces
    pieces[specials_at:specials_at] = SPECIALS
    if len(pieces) != size or len(set(pieces)) != size:
        raise ValueError(f"the text has too few words for a vocabulary of {size}")
    return pieces


def save_tokenizer(directory, family, pieces, settings):
    """Writes the tokenizer's files as `save_pretrained` does. `settings`:

    lowercase, strip_accents, chinese: normalizer flags; max_length: model_max_length, None for
    absent; files: which of tokenizer.json, vocab.txt, tokenizer_config.json and
    special_tokens_map.json are kept.
    """
    directory = pathlib.Path(directory)
    vocab = directory / "vocab.txt"
    vocab.write_text("".join(p + "\n" for p in pieces), encoding="utf-8")
    kind = BertTokenizerFast if family == "bert" else DistilBertTokenizerFast
    options = {}
    if settings.get("max_length") is not None:
        options["model_max_length"] = settings["max_length"]
    tokenizer = kind(
        vocab_file=str(vocab),
        do_lower_case=settings.get("lowercase", True),
        strip_accents=settings.get("strip_accents"),
        tokenize_chinese_chars=settings.get("chinese", True),
        **options,
    )
    tokenizer.save_pretrained(directory)
    vocab.write_text("".join(p + "\n" for p in pieces), encoding="utf-8")
    keep = settings.get(
        "files", ["tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]
    )
    for name in ["tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]:
        if name not in keep:
            (directory / name).unlink()
    config = directory / "tokenizer_config.json"
    if config.exists():
        # save_pretrained writes its keys in the order of a set of names: sort them.
        value = json.loads(config.read_text(encoding="utf-8"))
        config.write_text(
            json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
        )
