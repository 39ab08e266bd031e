"""Goldens of the generation stack: what transformers makes of scores and options.

Nothing here has weights: scores come from token_table.py. A file of generation/ each:
`processors` (scores before and after), `searches` (whole sequences), `options` (where values come
from), `stop_strings`, `perplexity`.
"""

import copy
import dataclasses
import math
import pathlib
from typing import Callable

import torch
from transformers import AutoTokenizer, GenerationConfig, TextGenerationPipeline
from transformers.generation.stopping_criteria import StoppingCriteriaList, StopStringCriteria

from . import group_beams
from .files import plain, write_json_rows
from .generation_cases import (
    CALLS,
    CHAINS,
    OPTIONS,
    PERPLEXITY,
    PROCESSORS,
    REFUSED,
    SEARCHES,
    STOPS,
)
from .token_table import make_model, scores


def prepare(model, options, prompt, source=None):
    """The configuration, processors and criteria that generate() uses."""
    groups = {k: options[k] for k in ("num_beam_groups", "diversity_penalty") if k in options}
    config, unused = model._prepare_generation_config(GenerationConfig(use_cache=False), **options)
    assert not unused, unused
    for name, value in groups.items():
        setattr(config, name, value)
    ids = torch.tensor([prompt])
    inputs = ids if source is None else torch.tensor([source])
    model._prepare_special_tokens(config, True, device="cpu")
    config = model._prepare_generated_length(
        config,
        has_default_max_length=options.get("max_length") is None,
        has_default_min_length=options.get("min_length") is None,
        model_input_name="input_ids",
        input_ids_length=len(prompt),
        inputs_tensor=inputs,
    )
    processors = model._get_logits_processor(
        config, input_ids_seq_length=len(prompt), encoder_input_ids=inputs, device="cpu"
    )
    return config, processors, model._get_stopping_criteria(config, StoppingCriteriaList())


def finite(values):
    """-inf is null in JSON."""
    return [None if v == -math.inf else v for v in values]


# Processors


def process(case):
    model = make_model(case["vocabulary"], case["seed"], case["scale"], "source" in case)
    row = case["row"]
    prompt, source = row[: case["prompt"]], case.get("source")
    _, processors, _ = prepare(model, case["options"], prompt, source)
    before = torch.from_numpy(scores(case["vocabulary"], case["seed"], case["scale"], row))[None]
    if case["options"].get("num_beams", 1) > 1:
        before = torch.log_softmax(before, dim=-1)
    after = processors(torch.tensor([row]), before)[0]
    assert not after.isnan().any(), case
    kept = [i for i, v in enumerate(after.tolist()) if v != -math.inf]
    return dict(**case, kept=kept, values=after[kept].tolist())


def is_steady(case, made):
    """Whether rounding can't change what is kept."""
    for nudge in (1 - 2e-6, 1 + 2e-6):
        options = dict(case["options"])
        for name in ("top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff"):
            if name in options:
                options[name] = options[name] * nudge
        if process(dict(case, options=options))["kept"] != made["kept"]:
            return False
    return True


def make_processors():
    rows = []
    for case in PROCESSORS + CHAINS:
        for seed in range(case["seed"], case["seed"] + 100):
            made = process(dict(case, seed=seed))
            if is_steady(dict(case, seed=seed), made):
                break
        else:
            raise RuntimeError(f"no good seed for {case}")
        rows.append(made)
    return dict(processors=rows)


# Searches


def run_search(case, noise=0.0):
    """New tokens and scores of each prompt by itself."""
    model = make_model(**case["model"])
    model.noise = noise
    answers = []
    for prompt in case["prompts"]:
        source = case.get("source")
        options = dict(case["options"])
        if "num_beam_groups" in options:
            config, processors, criteria = prepare(model, options, prompt)
            sequences, sums = group_beams.search(model, prompt, config, processors, criteria)
        else:
            inputs = torch.tensor([prompt if source is None else source])
            if source is not None:
                options["decoder_input_ids"] = torch.tensor([prompt])
            made = model.generate(
                inputs, attention_mask=torch.ones_like(inputs), return_dict_in_generate=True,
                output_scores=True, use_cache=False, **options,
            )  # fmt: skip
            sequences, sums = made.sequences, made.get("sequences_scores")
        found = [trim(s[len(prompt) :].tolist(), options) for s in sequences]
        answers.append(dict(tokens=found, scores=None if sums is None else sums.tolist()))
    return answers


def trim(tokens, options):
    """Without what fills up a sequence to the length of the longest."""
    eos = options.get("eos_token_id", [])
    eos = eos if isinstance(eos, list) else [eos]
    for i, token in enumerate(tokens):
        if token in eos:
            return tokens[: i + 1]
    return tokens


def margin(a, b):
    if [p["tokens"] for p in a] != [p["tokens"] for p in b]:
        return math.inf
    sums = [(p["scores"] or [], q["scores"] or []) for p, q in zip(a, b)]
    return max((abs(x - y) for p, q in sums for x, y in zip(p, q)), default=0.0)


def make_searches():
    rows = []
    for case in SEARCHES:
        for seed in range(200):
            tried = dict(case, model=dict(case["model"], seed=seed))
            answers = run_search(tried)
            if not case.get("wants", lambda a: True)(answers):
                continue
            torch.manual_seed(seed)
            noisy = [run_search(tried, noise=1e-4) for _ in range(3)]
            if all(margin(answers, n) < 1e-2 for n in noisy):
                break
        else:
            raise RuntimeError(f"no good seed for {case}")
        tried.pop("wants", None)
        rows.append(dict(**tried, answers=answers))
    return dict(searches=rows, drawn=[draw_beams()])


def draw_beams():
    """How often beam search that draws finds each pair of tokens."""
    model = dict(vocabulary=5, seed=3, scale=0.2)
    options = dict(do_sample=True, num_beams=2, max_new_tokens=2, eos_token_id=4, pad_token_id=4)
    options.update(top_k=0, temperature=0.8)
    table = make_model(**model)
    torch.manual_seed(0)
    counts = {}
    for _ in range(100):
        prompts = torch.tensor([[1, 2]] * 60)
        made = table.generate(
            prompts, attention_mask=torch.ones_like(prompts), use_cache=False, **options
        )
        for row in made[:, 2:].tolist():
            key = " ".join(map(str, trim(row, options)))
            counts[key] = counts.get(key, 0) + 1
    return dict(model=model, prompt=[1, 2], options=options, counts=counts)


# Options


class Pipeline(TextGenerationPipeline):
    def check_model_type(self, supported_models):
        """The table is no family that pipelines know."""


class Padding:
    """What a pipeline asks a tokenizer while it is made."""

    def __init__(self, pad_token_id):
        self.pad_token_id = pad_token_id

    def __call__(self, text, **kwargs):
        return dict(input_ids=torch.zeros((1, 2), dtype=torch.long))


def resolve(case):
    """What a pipeline's call to generate() works with."""
    # A copy: the pipeline takes things out of it.
    model = make_model(**copy.deepcopy(case["config"]))
    if case.get("generation_config") is not None:
        model.generation_config = GenerationConfig.from_dict(dict(case["generation_config"]))
    else:
        model.generation_config = GenerationConfig.from_model_config(model.config)
    tokenizer = Padding(case.get("tokenizer_pad"))
    pipeline = Pipeline(
        model=model, tokenizer=tokenizer, task=case["task"], framework="pt", device=-1
    )
    arguments = case.get("arguments", {})
    config, unused = model._prepare_generation_config(pipeline.generation_config, **arguments)
    assert not unused
    given = {"max_length": arguments.get("max_length"), "min_length": arguments.get("min_length")}
    values = {
        k: v
        for k, v in config.to_dict().items()
        if k in case["shown"] and not isinstance(v, torch.Tensor)
    }
    ids = torch.zeros((1, case.get("prompt", 3)), dtype=torch.long)
    model._prepare_special_tokens(config, True, device="cpu")
    config = model._prepare_generated_length(
        config, given["max_length"] is None, given["min_length"] is None, "input_ids", ids.shape[1], ids
    )
    lengths = [config.max_length, config.min_length]
    pad = config._pad_token_tensor
    return dict(
        **case, values=values, lengths=lengths, filler=None if pad is None else int(pad),
        prefix=pipeline.prefix,
    )  # fmt: skip


def refuse(options):
    """An error of the reference, or the case is none."""
    model = make_model()
    try:
        config, processors, _ = prepare(model, options, [1, 2, 3])
        processors(torch.tensor([[1, 2, 3]]), torch.zeros(1, model.config.vocab_size))
        model._validate_generated_length(config, 3, options.get("max_length") is None)
    except (ValueError, IndexError, RuntimeError, TypeError) as error:
        return dict(options=options, error=type(error).__name__)
    raise RuntimeError(f"the reference takes {options}")


def make_options():
    return dict(options=[resolve(c) for c in OPTIONS], refused=[refuse(o) for o in REFUSED])


# The pipeline

TOKENIZER = pathlib.Path(__file__).resolve().parents[1] / "tokenizers" / "uncased"


def make_pipeline(case, seed, noise=0.0):
    tokenizer = AutoTokenizer.from_pretrained(TOKENIZER)
    if case["model_max_length"]:
        tokenizer.model_max_length = case["model_max_length"]
    model = make_model(len(tokenizer), seed, 2.0, **copy.deepcopy(case["config"]))
    model.noise = noise
    model.generation_config = GenerationConfig.from_dict(dict(case["generation_config"]))
    model.generation_config.use_cache = False
    return Pipeline(model=model, tokenizer=tokenizer, task="text-generation", device=-1)


def answer(case, seed, noise=0.0):
    """The pipeline's answer, or the kind of its error."""
    pipeline = make_pipeline(case, seed, noise)
    try:
        return dict(answer=plain(pipeline(case["inputs"], **copy.deepcopy(case["options"]))))
    except (ValueError, IndexError, TypeError, KeyError) as error:
        return dict(error=type(error).__name__)


def make_calls():
    rows = []
    for case in CALLS:
        for seed in range(100):
            given = answer(case, seed)
            torch.manual_seed(seed)
            if all(answer(case, seed, 1e-4) == given for _ in range(2)):
                break
        else:
            raise RuntimeError(f"no good seed for {case}")
        rows.append(dict(**case, seed=seed, **given))
    return dict(calls=rows)


# Stop strings and perplexity


class Letters:
    """A tokenizer whose tokens are texts."""

    def __init__(self, tokens):
        self.tokens = tokens

    def get_vocab(self):
        return {token: i for i, token in enumerate(self.tokens)}

    def __call__(self, text, add_special_tokens):
        return dict(input_ids=[text])

    def _convert_id_to_token(self, token):
        return token

    def convert_tokens_to_string(self, tokens):
        return "".join(tokens)


def make_stop_strings():
    rows = []
    for case in STOPS:
        criteria = StopStringCriteria(Letters(case["vocabulary"]), case["stop_strings"])
        generator = torch.Generator().manual_seed(0)
        sequences = torch.randint(len(case["vocabulary"]), (600, 7), generator=generator)
        hits = criteria(sequences, None).tolist()
        # As many that don't stop as that do.
        chosen = [i for i, hit in enumerate(hits) if hit][:20]
        chosen += [i for i, hit in enumerate(hits) if not hit][:20]
        assert len(chosen) == 40, case
        checked = [[sequences[i].tolist(), hits[i]] for i in chosen]
        rows.append(dict(**case, checked=checked))
    return dict(stop_strings=rows)


def make_perplexity():
    """The sliding-window recipe of the documentation, with the loss that models have."""
    rows = []
    for case in PERPLEXITY:
        model = make_model(**case["model"]).config
        ids = torch.tensor(case["tokens"])
        total, count, reached = 0.0, 0, 0
        for begin in range(0, len(ids), case["stride"]):
            end = min(begin + case["window"], len(ids))
            window, labels = ids[begin:end], ids[begin:end].clone()
            labels[: -(end - reached)] = -100
            logits = torch.stack(
                [
                    torch.from_numpy(
                        scores(model.vocab_size, model.seed, model.scale, window[: i + 1].tolist())
                    )
                    for i in range(len(window))
                ]
            )
            loss = torch.nn.functional.cross_entropy(logits[:-1], labels[1:])
            weight = int((labels != -100).sum()) - 1
            total, count, reached = total + loss * weight, count + weight, end
            if end == len(ids):
                break
        rows.append(dict(**case, perplexity=float(torch.exp(total / count))))
    return dict(perplexity=rows)


@dataclasses.dataclass
class Fixture:
    purpose: str
    make: Callable

    def write(self, directory, name):
        directory.mkdir(parents=True, exist_ok=True)
        write_json_rows(directory / f"{name}.json", self.make())


FIXTURES = {
    "processors": Fixture("scores through every processor and through chains", make_processors),
    "searches": Fixture("greedy, beam and group beam search; draws of beams", make_searches),
    "options": Fixture("precedence of options, lengths, refused options", make_options),
    "pipeline": Fixture("answers of text-generation", make_calls),
    "stop_strings": Fixture("sequences that end a stop string", make_stop_strings),
    "perplexity": Fixture("the sliding-window recipe", make_perplexity),
}
