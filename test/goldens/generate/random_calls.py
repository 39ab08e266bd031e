"""Random calls of the pipelines: every option, in and out of range."""

import json

from .random_text import masked, sentence, text
from .vocabulary import TEXT

WORDS = TEXT.split()


def pick(rng, table, chance):
    """Options of `table` (name: function of rng), each with the chance that it is given."""
    return {name: value(rng) for name, value in table.items() if rng.random() < chance}


def small(rng):
    return rng.choice([1, 1, 2, 3, 4, 5, 7, 10, 20, 100, 0, -1, 10**6])


def length(rng):
    return rng.choice(
        [None, 1, 2, 3, 4, 5, 6, 8, 9, 12, 15, 17, 20, 25, 30, 40, 64, 200, 512, 0, -1]
    )


def flag(rng):
    return rng.random() < 0.6


def some(rng, one):
    """One input, a list of one or several, or none."""
    kind = rng.random()
    if kind < 0.6:
        return one(rng)
    return [one(rng) for _ in range(rng.choice([1, 1, 2, 2, 3, 5] + [0] * (kind > 0.98)))]


def pair(rng):
    return {"text": text(rng), "text_pair": text(rng)}


TOKENIZER = {
    "truncation": lambda rng: rng.choice(
        [
            True,
            True,
            True,
            False,
            "longest_first",
            "only_first",
            "only_second",
            "do_not_truncate",
            None,
        ]
        + ["nonsense"] * (rng.random() < 0.1)
    ),
    "max_length": length,
    "padding": lambda rng: rng.choice([True, False, "longest", "max_length", "do_not_pad"]),
    "add_special_tokens": flag,
}


def limited(rng, chance=0.8):
    """Arguments for the tokenizer; mostly such that a long text fits."""
    options = pick(rng, TOKENIZER, 0.12)
    if rng.random() < chance:
        options["truncation"] = rng.choice([True, True, "longest_first", "only_first"])
    return options


def text_classification(rng, spec):
    def one(rng):
        kind = rng.random()
        if kind < 0.7:
            return text(rng)
        if kind < 0.93:
            return pair(rng)
        return rng.choice(
            [
                [[text(rng), text(rng)]],
                [text(rng), text(rng)],
                {"text": text(rng)},
                [[text(rng)]],
                {"text_pair": text(rng)},
                {"text": text(rng), "other": "x"},
                [[["a", "b"]]],
                {"text": text(rng), "text_pair": None},
            ]
        )

    options = limited(rng)
    options.update(
        pick(
            rng,
            {
                "top_k": lambda rng: rng.choice([None, None, 1, 1, 2, 3, 5, 0, -1, -2, 100]),
                "function_to_apply": lambda rng: rng.choice(
                    ["sigmoid", "softmax", "none", "SoftMax", "x", "default", None]
                ),
                "return_all_scores": flag,
            },
            0.25,
        )
    )
    return some(rng, one), options


def token_classification(rng, spec):
    names = [n for n in spec["names"]] + ["PER", "LOC", "O", "nope", ""]
    options = pick(
        rng,
        {
            "aggregation_strategy": lambda rng: rng.choice(
                ["none", "simple", "first", "average", "max"] * 3 + ["SIMPLE", "First", "bad", None]
            ),
            "ignore_labels": lambda rng: rng.choice(
                [[], rng.sample(names, rng.randint(1, 3)), rng.sample(names, 1)]
            ),
        },
        0.65,
    )
    options.update(
        pick(
            rng,
            {
                "stride": lambda rng: rng.choice([0, 1, 2, 3, 5, 8, 11, 20, 50, 1000, -1]),
                "grouped_entities": flag,
                "ignore_subwords": flag,
                "delimiter": lambda rng: rng.choice(["", " ", "--", "\n"]),
            },
            0.15,
        )
    )
    if options.get("stride") and "aggregation_strategy" not in options and rng.random() < 0.8:
        options["aggregation_strategy"] = rng.choice(["simple", "first", "average", "max"])
    if rng.random() < 0.2:

        def words(rng):
            return [
                rng.choice([rng.choice(WORDS), text(rng)])
                for _ in range(rng.choice([1, 2, 3, 5, 9, 30]))
            ]

        options["is_split_into_words"] = rng.random() < 0.95
        return rng.choice(
            [words, words, lambda r: [words(r)], lambda r: [words(r), words(r)], text]
        )(rng), options
    return some(rng, text), options


def question_answering(rng, spec):
    def question(rng):
        return rng.choice([sentence(rng, rng.randint(1, 8)), text(rng), "Where does Anna work?"])

    options = pick(
        rng,
        {
            "top_k": lambda rng: rng.choice([1, 2, 3, 5, 10, 1000, 0, -1, None]),
            "doc_stride": lambda rng: rng.choice(
                [0, 1, 2, 3, 5, 8, 10, 16, 30, 100, 128, -1, None]
            ),
            "max_seq_len": lambda rng: rng.choice(
                [None, 5, 8, 12, 14, 17, 20, 24, 30, 40, 60, 384, 1000, 0]
            ),
            "max_answer_len": lambda rng: rng.choice([1, 2, 3, 5, 8, 15, 30, 1000, 0, None]),
            "max_question_len": lambda rng: rng.choice([0, 1, 2, 5, 64, None]),
            "handle_impossible_answer": flag,
            "align_to_words": flag,
            "padding": lambda rng: rng.choice(["do_not_pad", "longest", "max_length", True, False]),
        },
        0.3,
    )
    kind = rng.random()
    if kind < 0.65:
        return dict(question=question(rng), context=text(rng)), options
    count = rng.randint(1, 4)
    questions = [question(rng) for _ in range(count)]
    contexts = [text(rng) for _ in range(count + (rng.random() < 0.1))]
    if kind < 0.8:
        return dict(question=questions, context=text(rng)), options
    if kind < 0.95:
        return dict(question=questions, context=contexts), options
    return rng.choice([
        [dict(question=q, context=c) for q, c in zip(questions, contexts)],
        dict(question=question(rng), context=contexts), dict(question=question(rng)),
        dict(question=question(rng), context=None), dict(question="", context=text(rng)),
    ]), options  # fmt: skip


def fill_mask(rng, spec):
    def target(rng):
        return rng.choice(
            [
                rng.choice(WORDS).lower(),
                rng.choice(WORDS),
                "workshops",
                "é",
                "",
                " ",
                "[MASK]",
                "the",
                "##s",
                "Zzz",
                text(rng)[:20],
            ]
        )

    options = pick(
        rng,
        {
            "top_k": lambda rng: rng.choice([1, 2, 3, 5, 7, 20, 60, 10**6, 0, -1, None]),
            "targets": lambda rng: rng.choice(
                [
                    target(rng),
                    [target(rng) for _ in range(rng.randint(0, 6))],
                    [target(rng) for _ in range(2)],
                ]
            ),
            "tokenizer_kwargs": lambda rng: limited(rng),
        },
        0.3,
    )
    mask = spec["mask"]
    return some(rng, lambda rng: masked(rng, mask)), options


def zero_shot(rng, spec):
    def label(rng):
        return rng.choice([rng.choice(WORDS), sentence(rng, 2), text(rng)[:40], "music", "a, b"])

    options = pick(
        rng,
        {
            "multi_label": flag,
            "hypothesis_template": lambda rng: rng.choice(
                [
                    "It is about {}.",
                    "{}",
                    "{0} {0}!",
                    "No place.",
                    "{:>20}",
                    "{!s}",
                    "{{}} {}",
                    "{",
                    "}",
                    "{1}",
                    "{x}",
                    "{:.3}",
                    "{0:^9}",
                    "{:d}",
                    "This example is {}. {}",
                    "{!s:*<6}|",
                    "{}{{x}}",
                    "",
                    "{a.b}",
                ]
            ),
        },
        0.3,
    )
    options["candidate_labels"] = rng.choice(
        [
            [label(rng) for _ in range(rng.randint(1, 5))],
            [label(rng) for _ in range(rng.randint(1, 3))],
            ",".join(label(rng) for _ in range(rng.randint(1, 4))),
            label(rng),
            " a ,, b,",
            rng.choice([[], "", ",", ["x", "x"]]),
        ]
    )
    if rng.random() < 0.02:
        del options["candidate_labels"]
    return some(rng, text) or text(rng), options


def feature_extraction(rng, spec):
    options = {}
    if rng.random() < 0.7:
        options["truncation"] = rng.choice([True, True, True, False, "only_first", "longest_first"])
    if rng.random() < 0.3:
        options["tokenize_kwargs"] = limited(rng, 0.5 if "truncation" not in options else 0.05)
    return some(rng, text), options


def next_sentence(rng, spec):
    options = limited(rng)
    options.pop("add_special_tokens", None)
    return some(rng, pair), options


def sentence_embedding(rng, spec):
    return some(rng, text), {}


def sentence_similarity(rng, spec):
    return dict(
        source_sentence=text(rng), sentences=[text(rng) for _ in range(rng.randint(1, 5))]
    ), {}


CALLS = {
    "text-classification": text_classification,
    "token-classification": token_classification,
    "question-answering": question_answering,
    "fill-mask": fill_mask,
    "zero-shot-classification": zero_shot,
    "feature-extraction": feature_extraction,
    "next-sentence-prediction": next_sentence,
    "sentence-embedding": sentence_embedding,
    "sentence-similarity": sentence_similarity,
}


PIPELINES = list(CALLS)[:6]


def unusual(rng):
    """Inputs of other shapes than a task's."""
    a, b = sentence(rng, 3), sentence(rng, 3)
    return rng.choice(
        [5, None, True, {}, {"text": a}, {"text": a, "text_pair": b}, [[a]], [[a, b]], [[a], [b]]]
        + [[a, 5], [None], [[]], [{}], {"question": a, "context": b}, {"inputs": a}, [[[a]]], 1.5]
    )


def call(rng, task, spec):
    """A call of a task. `spec` has the model's label `names`, the tokenizer's `mask` and whether it
    can `batch`."""
    inputs, options = CALLS[task](rng, spec)
    # To zero-shot, a list in a list is several texts of which all but one are lost.
    if rng.random() < 0.04 and task != "zero-shot-classification":
        inputs = unusual(rng)
    if spec["batch"] and task in PIPELINES and rng.random() < 0.08:
        options["batch_size"] = rng.choice([1, 2, 7])
    # Several calls of a pipeline must not share what it changes.
    return json.loads(json.dumps(dict(task=task, inputs=inputs, options=options)))
