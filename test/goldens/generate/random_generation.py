"""Random calls of text-generation whose answers no chance decides."""

from .random_calls import flag, pick
from .random_text import sentence, text

PENALTIES = [0.5, 0.9, 1.0, 1.1, 1.3, 1.7, 3.0]


def tokens(rng, spec, least=1, most=3):
    """Ids, mostly ones that the model is likely to come up with."""
    count = rng.randint(least, most)
    likely = spec["likely"] or [0]
    return [
        rng.choice(likely) if rng.random() < 0.75 else rng.randrange(spec["config"]["vocab_size"])
        for _ in range(count)
    ]


def words(rng, spec):
    return [run(rng, spec) for _ in range(rng.randint(1, 6))]


def run(rng, spec):
    """Ids that follow each other in what the model came up with."""
    likely = spec["likely"]
    if len(likely) < 4 or rng.random() < 0.3:
        return tokens(rng, spec)
    at, count = rng.randrange(len(likely) - 3), rng.choice([1, 1, 2, 2, 3])
    return likely[at : at + count]


def stops(rng, spec):
    if spec["texts"] and rng.random() < 0.8:
        whole = rng.choice(spec["texts"])
        at = rng.randrange(len(whole) or 1)
        made = whole[at : at + rng.choice([1, 2, 3, 5])] or "x"
    else:
        made = rng.choice(["the", " ", "e", "\n", "é", ".", "zz"])
    return rng.choice([made, [made], [made, "qq", " t"]])


LENGTHS = {
    "max_new_tokens": lambda rng, spec: rng.choice([1, 2, 3, 5, 7, 9, 12, 17]),
    "max_length": lambda rng, spec: rng.choice([5, 9, 12, 15, 20, 21, 25, 33, None]),
    "min_length": lambda rng, spec: rng.choice([0, 3, 9, 15, 40]),
    "min_new_tokens": lambda rng, spec: rng.choice([0, 1, 3, 7, 30, None]),
}
PROCESSORS = {
    "repetition_penalty": lambda rng, spec: rng.choice(PENALTIES),
    "encoder_repetition_penalty": lambda rng, spec: rng.choice(PENALTIES),
    "no_repeat_ngram_size": lambda rng, spec: rng.choice([0, 1, 2, 2, 3, 4, 9]),
    "encoder_no_repeat_ngram_size": lambda rng, spec: rng.choice([0, 1, 2, 3, 9]),
    "bad_words_ids": words,
    "sequence_bias": lambda rng, spec: [
        [w, rng.choice([-9.0, -1.5, 0.5, 4.0, 20.0])] for w in words(rng, spec)
    ],
    "forced_bos_token_id": lambda rng, spec: tokens(rng, spec)[0],
    "forced_eos_token_id": lambda rng, spec: rng.choice(
        [tokens(rng, spec)[0], tokens(rng, spec, 1, 3)]
    ),
    "suppress_tokens": lambda rng, spec: tokens(rng, spec, 1, 8),
    "begin_suppress_tokens": lambda rng, spec: tokens(rng, spec, 1, 8),
    "exponential_decay_length_penalty": lambda rng, spec: [
        rng.choice([0, 1, 3, 8]), rng.choice([0.5, 1.01, 1.2, 2.0])
    ],
    "remove_invalid_values": lambda rng, spec: flag(rng),
    "renormalize_logits": lambda rng, spec: flag(rng),
}  # fmt: skip
ENDS = {
    "eos_token_id": lambda rng, spec: rng.choice(
        [None, tokens(rng, spec)[0], tokens(rng, spec), tokens(rng, spec, 2, 5), -1]
    ),
    "pad_token_id": lambda rng, spec: rng.choice([0, None, tokens(rng, spec)[0], spec["end"]]),
    "stop_strings": stops,
}
BEAMS = {
    "early_stopping": lambda rng, spec: rng.choice([True, False, "never"]),
    "length_penalty": lambda rng, spec: rng.choice([-2.0, -0.5, 0.0, 0.3, 1.0, 1.5, 3.0]),
}
SAMPLERS = {
    "temperature": lambda rng, spec: rng.choice([0.1, 0.7, 1.0, 1.3, 5.0]),
    "top_k": lambda rng, spec: rng.choice([0, 1, 2, 5, 50, 10**6]),
    "top_p": lambda rng, spec: rng.choice([0.0, 0.1, 0.5, 0.9, 1.0]),
    "min_p": lambda rng, spec: rng.choice([0.0, 0.05, 0.3, 1.0]),
    "typical_p": lambda rng, spec: rng.choice([0.05, 0.5, 0.95, 1.0]),
    "epsilon_cutoff": lambda rng, spec: rng.choice([0.0, 0.001, 0.05, 0.5]),
    "eta_cutoff": lambda rng, spec: rng.choice([0.0, 0.001, 0.05, 0.5]),
}
PIPELINE = {
    "return_full_text": lambda rng, spec: flag(rng),
    "clean_up_tokenization_spaces": lambda rng, spec: flag(rng),
    "skip_special_tokens": lambda rng, spec: flag(rng),
    "prefix": lambda rng, spec: rng.choice(["", "The ", "x", "A day."]),
    "handle_long_generation": lambda rng, spec: rng.choice(["hole", "hole", None]),
    "stop_sequence": lambda rng, spec: rng.choice(["the", "a", ".", " river", "é"]),
    "truncation": lambda rng, spec: rng.choice([True, False, "only_first"]),
    "add_special_tokens": lambda rng, spec: flag(rng),
    "return_tensors": lambda rng, spec: True,
}
# What is out of range, or of another type.
WRONG = {
    "max_new_tokens": [0, -1, 10**9, "3", 2.5],
    "min_new_tokens": [-1],
    "max_length": [0, -4, 1],
    "num_beams": [0, -1],
    "num_return_sequences": [0, 3, 9],
    "early_stopping": ["sometimes"],
    "repetition_penalty": [0.0, -1.0],
    "no_repeat_ngram_size": [-1],
    "bad_words_ids": [[], [[]], [[10**6]], [[-1]], [3]],
    "sequence_bias": [[], [[[], 1.0]], [[[10**6], 1.0]]],
    "forced_eos_token_id": [10**6],
    "top_kk": [1],
    "stop_strings": [5],
    "handle_long_generation": ["x"],
    "eos_token_id": ["x"],
}


def defaults(rng, spec=None):
    """Options as files of a checkpoint set them: nothing that draws, nor tokens."""
    spec = spec or dict(likely=[], texts=[], config=dict(vocab_size=200), end=0)
    names = ["max_new_tokens", "max_length", "min_length", "repetition_penalty"]
    names += ["no_repeat_ngram_size", "suppress_tokens", "begin_suppress_tokens"]
    table = {k: v for k, v in {**LENGTHS, **PROCESSORS}.items() if k in names}
    made = bound(rng, table, spec, 0.25)
    if rng.random() < 0.3:
        made["num_beams"] = rng.choice([1, 2, 3])
    made.update(bound(rng, BEAMS, spec, 0.15))
    if rng.random() < 0.3:
        made["do_sample"] = rng.random() < 0.5
    made.update(bound(rng, SAMPLERS, spec, 0.1))
    return {k: v for k, v in made.items() if v is not None}


def bound(rng, table, spec, chance):
    return pick(rng, {k: lambda r, f=f: f(r, spec) for k, f in table.items()}, chance)


def texts(rng):
    def one(rng):
        kind = rng.random()
        if kind < 0.06:
            return ""
        return sentence(rng, rng.randint(1, 5)) if kind < 0.7 else text(rng)[:60]

    if rng.random() < 0.75:
        return one(rng)
    return [one(rng) for _ in range(rng.choice([1, 2, 3, 5]))]


def common(rng, spec):
    options = bound(rng, LENGTHS, spec, 0.2)
    if "max_length" not in options and rng.random() < 0.85:
        options["max_new_tokens"] = LENGTHS["max_new_tokens"](rng, spec)
    options.update(bound(rng, PROCESSORS, spec, rng.choice([0.0, 0.1, 0.25])))
    options.update(bound(rng, ENDS, spec, 0.2))
    return options


def one_row(options):
    """transformers applies encoder_repetition_penalty to the first row only, of beams or sequences
    that a text gets: that is left alone."""
    if any(options.get(n, 1) != 1 for n in ("num_beams", "num_return_sequences")):
        options.pop("encoder_repetition_penalty", None)


def call(rng, spec):
    """A call without chance: greedy, beams, or a draw of one."""
    options = common(rng, spec)
    options["do_sample"] = False
    if rng.random() < 0.55:
        options["num_beams"] = beams = rng.choice([1, 2, 2, 3, 4, 5, 8])
        options.update(bound(rng, BEAMS, spec, 0.4))
        if rng.random() < 0.4:
            options["num_return_sequences"] = rng.randint(1, beams)
    elif rng.random() < 0.25:
        options.update(bound(rng, SAMPLERS, spec, 0.2))
        options.update(do_sample=True, top_k=1)
    options.update(bound(rng, PIPELINE, spec, 0.1))
    if rng.random() < 0.1:
        options.update(bound(rng, SAMPLERS, spec, 0.3) if not options["do_sample"] else {})
    if rng.random() < 0.12:
        name = rng.choice(list(WRONG))
        options[name] = rng.choice(WRONG[name])
    one_row(options)
    return dict(task="text-generation", inputs=texts(rng), options=options)


def drawn(rng, spec):
    """A call that draws, and answers with tokens."""
    options = {k: v for k, v in common(rng, spec).items() if k != "stop_strings"}
    options.update(do_sample=True, return_tensors=True, seed=rng.randrange(10**6))
    options.update(bound(rng, SAMPLERS, spec, 0.35))
    options["num_return_sequences"] = rng.choice([1, 2, 5])
    one_row(options)
    return dict(task="text-generation", inputs=sentence(rng, rng.randint(1, 4)), options=options)


def grouped(rng, spec):
    """A call with groups of beams, and what it says of the end."""
    groups, size = rng.choice([(2, 1), (2, 2), (3, 1), (2, 3), (3, 2), (4, 1)])
    names = ["repetition_penalty", "no_repeat_ngram_size", "bad_words_ids", "suppress_tokens"]
    names += ["sequence_bias", "forced_eos_token_id"]
    some = {k: v for k, v in PROCESSORS.items() if k in names}
    end = rng.choice([None, tokens(rng, spec)[0], tokens(rng, spec, 1, 3)])
    options = dict(
        do_sample=False, num_beams=groups * size, num_beam_groups=groups, return_tensors=True,
        diversity_penalty=rng.choice([0.1, 0.5, 1.0, 5.0]), max_new_tokens=rng.choice([1, 3, 6, 9]),
        num_return_sequences=rng.randint(1, groups * size), **bound(rng, BEAMS, spec, 0.4),
        **bound(rng, some, spec, 0.12), eos_token_id=end,
    )  # fmt: skip
    if end is not None and rng.random() < 0.5:
        options["pad_token_id"] = tokens(rng, spec)[0]
    return dict(task="text-generation", inputs=sentence(rng, rng.randint(1, 4)), options=options)
