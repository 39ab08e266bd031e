"""Calls of the transformers pipelines and their answers."""

import collections
import contextlib
import itertools
import zlib

import numpy as np
import torch
from transformers import pipeline

from .cases import TOLERANCE
from .files import plain

GOOD = "The food was great but the service was slow."
FILM = "What a wonderful film! The music was better."
ANNA = "Anna Berg lives in Paris and works for Tenon Labs."
JOHN = "John Smith of New York bought a table in March."
ODD = "Zoë  paid 42€ — naïve, isn't it? ok…"
STORY = (
    "Anna Berg lives in Paris and works for Tenon Labs. She works in a small workshop near the "
    "river, not far from the old market. The workshop makes tables, chairs and doors. John Smith "
    "of New York bought a table in March. He was happy with it and wrote a long letter. Marie "
    "Curie worked in Paris. She won two prizes: one in physics and one in chemistry."
)


def call(inputs, **options):
    return dict(inputs=inputs, options=options)


def fails(request):
    """Marks a call that raises."""
    return dict(request, fails=True)


def text_classification(spec):
    # Without model_max_length there is nothing that truncation=True could truncate to.
    limited = "max_length" in spec["tokenizer"]
    return [
        call(GOOD),
        call([GOOD]),
        call([GOOD, FILM, "Yes."]),
        call(FILM, top_k=1),
        call(FILM, top_k=2),
        call(FILM, top_k=None),
        call([FILM, GOOD], top_k=None),
        call([FILM, GOOD], top_k=2),
        call(FILM, top_k=99),
        call(ODD),
        call(""),
        call(GOOD, function_to_apply="sigmoid"),
        call(GOOD, function_to_apply="softmax"),
        call(GOOD, function_to_apply="none", top_k=None),
        call({"text": "The food", "text_pair": "was great"}),
        call([[["Anna", "is late"]]]),
        fails(call([["Anna", "is late"]])),
        call(STORY, truncation=True) if limited else fails(call(STORY, truncation=True)),
        call(STORY, truncation=True, max_length=9),
        call(GOOD, truncation=True, max_length=1),
        call({"text": "The food", "text_pair": None}, function_to_apply=None),
        fails(call(GOOD, truncation=True, max_length=-1)),
        call([GOOD, "No", FILM], batch_size=3, padding=True, top_k=None),
        fails(call(STORY)),
    ]


def text_classification_short(spec):
    pair = call({"text": "Is it?", "text_pair": "No."})
    return [
        call("It was late."),
        call(["A wood", ""], top_k=None),
        fails(pair) if spec["config"].get("type_vocab_size") == 1 else pair,
    ]


def text_classification_pairs():
    pair = {"text": "Anna works in Paris.", "text_pair": "She lives near the river."}
    other = {"text": "The train was late.", "text_pair": "The train was never late, sadly."}
    return [
        call(pair),
        call([pair]),
        call([pair, other]),
        call(pair, top_k=None),
        call([pair, other], top_k=2),
        call([[[pair["text"], pair["text_pair"]]]]),
        call({"text": STORY, "text_pair": GOOD}, truncation=True),
        call({"text": GOOD, "text_pair": STORY}, truncation="only_second", max_length=31),
    ]


def zero_shot():
    names = ["travel", "food", "music and film"]
    return [
        call(GOOD, candidate_labels=names),
        call(GOOD, candidate_labels="travel, food ,music"),
        call(GOOD, candidate_labels=names, multi_label=True),
        call(GOOD, candidate_labels=["food"]),
        call("The train was late.", candidate_labels=names, hypothesis_template="It is about {}!"),
        call([GOOD, "The train was late."], candidate_labels=["work", "travel"]),
        call(STORY, candidate_labels=["work", "travel"], multi_label=True),
        fails(call(GOOD, candidate_labels=["work"], hypothesis_template="no place for it")),
        fails(call(GOOD, candidate_labels=[])),
    ]


def feature_extraction():
    return [call("The old river."), call(["A dog", "Anna, works."]), call(STORY, truncation=True)]


def feature_extraction_short():
    return [call("The old river."), call("")]


def token_classification(options):
    strategies = ["none", "simple", "first", "average", "max"]
    calls = [call(ANNA)]
    calls += [call(t, aggregation_strategy=s) for t in (JOHN, ODD) for s in strategies]
    calls += [call(ANNA, aggregation_strategy=s, ignore_labels=[]) for s in strategies]
    calls += [call(STORY, aggregation_strategy=s, stride=8) for s in strategies[1:]]
    calls += [
        call(STORY),
        call(JOHN, grouped_entities=True),
        call(JOHN, grouped_entities=True, ignore_subwords=True),
        call(JOHN, aggregation_strategy=None, stride=None, ignore_labels=None),
        call([ANNA, JOHN], aggregation_strategy="simple"),
        call([ANNA]),
        call(JOHN, aggregation_strategy="simple", ignore_labels=options["ignore"]),
        call([ANNA, "Yes.", JOHN], aggregation_strategy="first", batch_size=3),
        call("", aggregation_strategy="simple"),
        call(["John", "Smith-Berg", "bought", "it."], is_split_into_words=True),
        call([["Anna", "Berg"], ["in", "New", "York"]], is_split_into_words=True,
             aggregation_strategy="average"),
        call(["New", "York", "labs"], is_split_into_words=True, delimiter="--",
             aggregation_strategy="simple"),
        fails(call(STORY, aggregation_strategy="none", stride=8)),
    ]  # fmt: skip
    return calls


def token_classification_short():
    return [call("Anna in Paris"), call("A dog, late.", aggregation_strategy="simple")]


def question_answering():
    def ask(question, context, **options):
        return call(dict(question=question, context=context), **options)

    where = "Where does Anna work?"
    return [
        ask(where, ANNA),
        ask(where, ANNA, top_k=3),
        ask(where, ANNA, top_k=3, align_to_words=False),
        ask("Who wrote a letter?", JOHN + " " + ODD, max_answer_len=3),
        ask("Who wrote a letter?", JOHN + " " + ODD, max_answer_len=1, top_k=2),
        ask(where, ANNA, handle_impossible_answer=True),
        ask(where, ANNA, handle_impossible_answer=True, top_k=4),
        ask(where, STORY),
        ask(where, STORY, top_k=3),
        ask(where, STORY, doc_stride=5, max_seq_len=27, top_k=2),
        ask(where, STORY, doc_stride=3, max_seq_len=21, handle_impossible_answer=True, top_k=5),
        ask(where, JOHN, max_question_len=2),
        ask([where, "Is it fast?"], ANNA),
        ask([where, "Who won?"], [ANNA, JOHN], top_k=2),
        ask([where], ANNA),
        ask("Paris?", "Paris paris PARIS, Paris.", top_k=3),
        ask("What?", "Dog"),
        ask(where, STORY, padding="max_length", max_seq_len=40, doc_stride=11),
        ask(where, ANNA, max_seq_len=0, top_k=None),
        fails(ask(STORY, JOHN)),
        fails(ask(where, "")),
        fails(ask(where, ANNA, top_k=0)),
        fails(ask(where, ANNA, doc_stride=30, max_seq_len=20)),
    ]


def fill_mask(options):
    return [
        call("The food was [MASK]."),
        call("The [MASK] was late, and the [MASK] was cold."),
        call("Anna [MASK] in Paris.", top_k=1),
        call("Anna [MASK] in Paris.", top_k=7),
        call(["The [MASK] is fast.", "[MASK] are long"]),
        call(["A [MASK]"]),
        call("The food was [MASK].", targets=["good", "the", "was"]),
        call("The food was [MASK].", targets=["the", "of", "in"], top_k=2),
        call("The food was [MASK].", targets="the"),
        call("The food was [MASK].", targets=["workshops", "The"]),
        call("[MASK] [MASK]", targets=["the", "of"]),
        call("[MASK]isn't it?", top_k=3),
        fails(call("There is none.")),
    ]


def fill_mask_short():
    return [call("The food was [MASK]."), call("[MASK] is [MASK]", top_k=3)]


def next_sentence():
    pairs = [("Anna works in Paris.", "She lives near the river."), (GOOD, FILM), ("Yes.", "")]
    return [call({"text": a, "text_pair": b}) for a, b in pairs]


CALLS = {
    "text-classification": text_classification,
    "text-classification-short": text_classification_short,
    "text-classification-pairs": lambda spec: text_classification_pairs(),
    "zero-shot-classification": lambda spec: zero_shot(),
    "feature-extraction": lambda spec: feature_extraction(),
    "feature-extraction-short": lambda spec: feature_extraction_short(),
    "token-classification": lambda spec: token_classification(
        dict(ignore=["PER", "O"] if spec["family"] == "bert" else ["NOUN"])
    ),
    "token-classification-short": lambda spec: token_classification_short(),
    "question-answering": lambda spec: question_answering(),
    "fill-mask": fill_mask,
    "fill-mask-short": lambda spec: fill_mask_short(),
    "next-sentence-prediction": lambda spec: next_sentence(),
}


def task_name(task):
    return task.removesuffix("-short").removesuffix("-pairs")


class NextSentence:
    """There is no such pipeline; this is the one Tenon documents."""

    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer

    def __call__(self, inputs, **options):
        if isinstance(inputs, list):
            return [self(pair, **options) for pair in inputs]
        with torch.no_grad():
            encoded = self.tokenizer(**inputs, return_tensors="pt", **options)
            logits = self.model(**encoded).logits[0]
        scores = torch.softmax(logits, -1).tolist()
        answer = [dict(label=k, score=s) for k, s in zip(("isNext", "notNext"), scores)]
        return sorted(answer, key=lambda a: -a["score"])


def runner(task, model, tokenizer):
    if task == "next-sentence-prediction":
        return NextSentence(model, tokenizer)
    return pipeline(task, model=model, tokenizer=tokenizer, framework="pt", device="cpu")


def run(pipe, task, request):
    """What the pipeline says: `answer`, or the `error` of a call that is marked to fail."""
    inputs, options = request["inputs"], request["options"]
    try:
        if task == "question-answering":
            value = pipe(**inputs, **options)
        else:
            value = pipe(inputs, **options)
    except Exception as error:  # the tokenizers library raises nothing narrower
        if not request.get("fails"):
            raise
        return dict(error=f"{type(error).__name__}: {error}".splitlines()[0])
    if request.get("fails"):
        raise ValueError(f"{task} {inputs} {options} was to fail")
    return dict(answer=plain(value))


@contextlib.contextmanager
def disturbed(model, seed, amount=5 * TOLERANCE):
    """Adds noise of `amount` times the largest magnitude to everything the model returns."""
    rng = np.random.RandomState(seed)

    def hook(module, args, result):
        for key, value in result.items():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                noise = torch.from_numpy(rng.uniform(-1, 1, tuple(value.shape))).float()
                result[key] = value + amount * value.abs().max() * noise
        return result

    handle = model.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def agree(task, a, b):
    """Whether two answers say the same: equal but for the last digits of their scores."""
    if isinstance(a, float) and isinstance(b, float):
        slack = 0.02 if task == "text-classification" else 1e-6  # raw logits may be near 0
        return abs(a - b) <= 0.05 * max(abs(a), abs(b)) + slack
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(agree(task, a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(agree(task, x, y) for x, y in zip(a, b))
    return a == b


def flat(value):
    """The innermost dictionaries of an answer."""
    if isinstance(value, dict):
        return [value]
    return [d for v in value for d in flat(v)] if isinstance(value, list) else []


def dull(task, calls):
    """Why the answers, though sharp, test little; or None."""
    found = [d for c in calls for d in flat(c.get("answer"))]
    if task == "question-answering" and any(d["score"] == 0 for d in found):
        # Spans of score 0 tie exactly, and numpy's partial sort picks any of them.
        return "an answer of score 0"
    if task == "token-classification":
        groups = {d["entity_group"] for d in found if "entity_group" in d}
        if len(groups) < 3 or not any(" " in d["word"] for d in found):
            return "too few different groups, or no group of several words"
        return dull_entities(calls)
    if task == "text-classification":
        best = {d["label"] for c in calls for d in flat(c.get("answer"))[:1]}
        known = {d["label"] for d in found}
        if len(known) > 1 and len(best) < 2:
            return "always the same label"
    return None


def dull_entities(calls):
    """One label nearly everywhere, or aggregation strategies that always agree; or None."""
    plain_calls = [c for c in calls if not c["options"] and isinstance(c["inputs"], str)]
    names = [d["entity"] for c in plain_calls for d in c["answer"]]
    if max(collections.Counter(names).values()) > 0.7 * len(names):
        return "one label nearly everywhere"
    chosen = {}
    for c in calls:
        strategy = c["options"].get("aggregation_strategy")
        if strategy in ("first", "average", "max") and len(c["options"]) == 1:
            labels = [(d["entity_group"], d["start"]) for d in flat(c["answer"])]
            chosen.setdefault(strategy, []).append(labels)
    kinds = list(chosen.values())
    if len(kinds) == 3 and any(a == b for a, b in itertools.combinations(kinds, 2)):
        return "two strategies always agree"
    return None


def answers(task, spec, model, tokenizer, trials=12):
    """(calls with their answers, None), or (None, why they are no goldens)."""
    name = task_name(task)
    pipe = runner(name, model, tokenizer)
    requests = CALLS[task](spec)
    result = [
        dict(task=name, inputs=r["inputs"], options=r["options"], **run(pipe, name, r))
        for r in requests
    ]
    problem = dull(name, result)
    if problem:
        return None, f"{name}: {problem}"
    if name != "feature-extraction":
        for trial in range(trials):
            with disturbed(model, zlib.crc32(f"{name}{trial}".encode())):
                for r, known in zip(requests, result):
                    now = run(pipe, name, r)
                    if not agree(name, now.get("answer"), known.get("answer")):
                        return None, f"{name} {r['inputs']!r:.60} {r['options']}: near-tie"
    return result, None


def texts_of(calls):
    """Every distinct (text, pair) the calls give to the tokenizer, in order of appearance."""
    found = {}

    def visit(value):
        if isinstance(value, str):
            found[(value, None)] = True
        elif isinstance(value, dict) and "text" in value:
            found[(value["text"], value.get("text_pair"))] = True
        elif isinstance(value, dict):
            pass
        elif isinstance(value, list):
            for v in value:
                visit(v)

    for c in calls:
        visit(c["inputs"])
    return list(found)


def tokenized(tokenizer, texts):
    result = []
    for text, pair in texts:
        e = tokenizer(text, pair, return_offsets_mapping=True, return_token_type_ids=True)
        item = dict(text=text) if pair is None else dict(text=text, text_pair=pair)
        item.update(
            input_ids=e["input_ids"],
            token_type_ids=e["token_type_ids"],
            attention_mask=e["attention_mask"],
            offsets=[list(o) for o in e["offset_mapping"]],
        )
        result.append(item)
    return result
