"""Checkpoints of decoders without tokenizer, and calls of their entries.

A call is about tokens that are appended to rows; what it must give is computed by one pass over
all of a row's tokens, alone and without a cache. So the goldens say that a cache, batches, rows of
different lengths and reordering change nothing.
"""

import logging

import torch
import transformers
from transformers import GPT2Config, pipeline

from . import byte_pairs, cases, weights
from .files import plain, write_json, write_json_rows, write_tensors

SEEDS = 50


class Decoder:
    """One folder of decoders/: config.json, model.safetensors, and

    calls.safetensors     what the calls are given, call i's tensors as `i.NAME`
    expected.safetensors  what they must give, under the same names
    calls.json            the entries, one for each call, separated by commas

    and, with `merges`, a byte-level tokenizer of so many and the answers of text-generation:

    pipeline.json         as in checkpoints/
    """

    def __init__(self, purpose, architecture, script, config, form=None, merges=0):
        self.purpose, self.architecture, self.merges = purpose, architecture, merges
        self.script, self.config, self.form = script, config, form or {}

    def write(self, root, name):
        directory = root / name
        directory.mkdir(parents=True, exist_ok=True)
        for seed in range(SEEDS):
            problem = self.attempt(directory, name, seed)
            if problem is None:
                return
            logging.info("%s: seed %d rejected: %s", name, seed, problem)
        raise RuntimeError(f"{name}: no good seed in {SEEDS}")

    def attempt(self, directory, name, seed):
        end = self.config["vocab_size"] - 1 if self.merges else 1
        config = GPT2Config(**self.config, bos_token_id=end, eos_token_id=end)
        config.architectures = [self.architecture]
        config._attn_implementation = "eager"
        model = getattr(transformers, self.architecture)(config).eval()
        weights.fill(model, seed, gain=1.3)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name.endswith(("ln_1.weight", "ln_2.weight", "ln_f.weight")):
                    parameter.mul_(1.5).add_(1)
                if "dtype" in self.form:
                    parameter.copy_(parameter.to(self.form["dtype"]))
        model.tie_weights()
        random = torch.Generator().manual_seed(seed)
        calls = Calls(model, config, random)
        SCRIPTS[self.script](calls)
        problem = calls.problem()
        if problem:
            return problem
        weights.write_config(directory, config, False)
        tensors = model.state_dict()
        if config.tie_word_embeddings:
            tensors.pop("lm_head.weight", None)
        form = dict(self.form)
        if form.pop("buffers", False):
            for i in range(config.n_layer):
                prefix = f"transformer.h.{i}.attn."
                size = config.n_positions
                tensors[prefix + "bias"] = torch.ones(size, size).tril()[None, None]
                tensors[prefix + "masked_bias"] = torch.tensor(-1e4)
        weights.store(directory, tensors, form)
        write_tensors(directory / "calls.safetensors", calls.given)
        write_tensors(directory / "expected.safetensors", calls.expected)
        write_json(directory / "calls.json", dict(entries=",".join(calls.entries)))
        if not self.merges:
            return None
        tokenizer = byte_pairs.save_tokenizer(directory, self.merges, config.n_positions)
        answers = [generated(model, tokenizer, *call) for call in TEXTS]
        # A choice between nearly equal scores would come out differently in double.
        if answers != [generated(model.double(), tokenizer, *call) for call in TEXTS]:
            return "an answer depends on rounding"
        model.float()
        task = "text-generation"
        write_json_rows(directory / "pipeline.json", dict(calls=[
            dict(task=task, inputs=inputs, options=options, answer=answer)
            for (inputs, options), answer in zip(TEXTS, answers)
        ]))  # fmt: skip
        return None


def generated(model, tokenizer, inputs, options):
    run = pipeline("text-generation", model=model, tokenizer=tokenizer, device="cpu")
    return plain(run(inputs, **options))


GREEDY = dict(do_sample=False, max_new_tokens=9)
TEXTS = [
    ("The workshop makes", GREEDY),
    ([" tables", "Every door takes two days;", "A"], GREEDY),
    ("Where does", dict(do_sample=False, max_new_tokens=40, return_full_text=False)),
    ("Birds were", dict(GREEDY, num_beams=3)),
    ("Birds were", dict(GREEDY, num_beams=4, num_return_sequences=3, length_penalty=0.5)),
    (["I", "The price is"], dict(GREEDY, num_beams=2, early_stopping=True)),
    ("It rained in", dict(GREEDY, repetition_penalty=1.7, no_repeat_ngram_size=2)),
    ("what a day: naïve 北京", dict(GREEDY, min_new_tokens=5)),
]  # fmt: skip


class Calls:
    def __init__(self, model, config, random):
        self.model, self.config, self.random = model, config, random
        self.entries, self.given, self.expected = [], {}, {}
        self.rows = []
        self.exact = {}

    def ids(self, *shape):
        return torch.randint(0, self.config.vocab_size, shape, generator=self.random)

    def add(self, entry, given, expected, exact):
        prefix = f"{len(self.entries)}."
        self.entries.append(entry)
        self.given.update({prefix + k: v for k, v in given.items()})
        self.expected.update({prefix + k: v for k, v in expected.items()})
        self.exact.update({prefix + k: v for k, v in exact.items()})

    def both(self, compute):
        """What `compute` gives of the model, and of the model in fp64."""
        with torch.no_grad():
            result = compute(self.model)
            # In float, as it always computes; in double it would refuse.
            attentions = [m for m in self.model.modules() if hasattr(m, "reorder_and_upcast_attn")]
            for attention in attentions:
                attention.reorder_and_upcast_attn = False
            exact = compute(self.model.double())
            self.model.float()
            for attention in attentions:
                attention.reorder_and_upcast_attn = self.config.reorder_and_upcast_attn
        return result, exact

    def forward(self, **given):
        def compute(model):
            out = model(**given, use_cache=False)
            return {k: v for k, v in out.items() if v is not None}

        self.add("forward", given, *self.both(compute))

    def append(self, entry, count, rows=None, reorder=None):
        """`count` new tokens for each of `rows`."""
        given = {}
        if reorder is not None:
            given["state_reorder"] = torch.tensor(reorder)
            self.rows = [list(self.rows[i]) for i in reorder]
        if rows is not None:
            given["state_rows"] = torch.tensor(rows)
            while len(self.rows) <= max(rows):
                self.rows.append([])
        chosen = range(len(self.rows)) if rows is None else rows
        given["input_ids"] = self.ids(len(chosen), count)
        for row, new in zip(chosen, given["input_ids"].tolist()):
            self.rows[row] += new

        def compute(model):
            alone = [model(torch.tensor([self.rows[r]]), use_cache=False) for r in chosen]
            return {"logits": torch.cat([out.logits[:, -1] for out in alone])}

        self.add(entry, given, *self.both(compute))

    def score(self, rows, length):
        """`length` new tokens for each of `rows`, and how likely the token behind each is."""
        tokens = self.ids(len(rows), length + 1)
        ids, targets = tokens[:, :-1], tokens[:, 1:]
        for row, new in zip(rows, ids.tolist()):
            self.rows[row] += new

        def compute(model):
            alone = [model(torch.tensor([self.rows[r]]), use_cache=False) for r in rows]
            logits = torch.cat([out.logits[:, -length:] for out in alone])
            return {"log_probs": logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0]}

        given = dict(input_ids=ids, targets=targets, state_rows=torch.tensor(rows))
        self.add("score", given, *self.both(compute))

    def problem(self):
        for name, value in self.exact.items():
            error = cases.relative_difference(self.expected[name], value)
            if not error < cases.REFERENCE_ERROR:
                return f"{name}: fp32 is {error:.1e} off fp64"
        return None


def passes(calls):
    """Whole passes: ids alone; padding on the left; a hole, a fully masked row, positions."""
    longest = calls.config.n_positions
    calls.forward(input_ids=calls.ids(1, 1))
    calls.forward(input_ids=calls.ids(1, longest))
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[0, :4] = 0
    mask[1, :7] = 0
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    calls.forward(input_ids=calls.ids(3, 9), attention_mask=mask, position_ids=positions)
    mask = torch.ones(2, 11, dtype=torch.long)
    mask[0, 3:5] = 0
    mask[1] = 0
    calls.forward(input_ids=calls.ids(2, 11), attention_mask=mask)


def classify(calls):
    """As passes(), with types, and with ids that end in padding."""
    passes(calls)
    ids = calls.ids(2, 9)
    calls.forward(input_ids=ids, token_type_ids=calls.ids(2, 9))
    if calls.config.pad_token_id is not None:
        ids = calls.ids(3, 8)
        ids[0, 5:] = calls.config.pad_token_id
        ids[1, :3] = calls.config.pad_token_id
        ids[2] = calls.config.pad_token_id
        calls.forward(input_ids=ids)


def generate(calls):
    """Rows of different lengths; beams; more tokens for some; up to the end of the context."""
    passes(calls)
    calls.append("prefill", 7, [0, 2])
    calls.append("prefill", 18, [1])
    calls.append("step", 1)
    calls.append("step", 1)
    calls.append("step", 1, reorder=[2, 1, 1, 0])
    calls.append("step", 1, reorder=[1, 3, 3])
    calls.append("step", 1, reorder=[2, 1, 0, 0, 1])
    calls.append("prefill", 3, [4, 1])
    calls.append("step", 1, [3, 0, 4])
    longest = max(map(len, calls.rows))
    row = next(i for i, r in enumerate(calls.rows) if len(r) == longest)
    calls.append("prefill", calls.config.n_positions - longest - 1, [row])
    calls.append("step", 1, [row])
    calls.score([2], 1)
    calls.score([4, 1], 17)


SCRIPTS = dict(passes=passes, classify=classify, generate=generate)


def gpt2(vocabulary, positions, width, layers, heads, **more):
    return dict(
        vocab_size=vocabulary, n_positions=positions, n_embd=width, n_layer=layers, n_head=heads,
        **more,
    )  # fmt: skip


FIXTURES = {
    "gpt2-text": Decoder(
        "texts that go on, with a byte-level tokenizer: greedy, beams, penalties",
        "GPT2LMHeadModel", "generate", gpt2(317, 64, 28, 2, 4), merges=60,
    ),
    "gpt2-lm": Decoder(
        "3 heads of 10, n_inner 53, tied head that the file lacks",
        "GPT2LMHeadModel", "generate", gpt2(97, 41, 30, 2, 3, n_inner=53),
    ),
    "gpt2-lm-switches": Decoder(
        "scale_attn_weights off, scale_attn_by_inverse_layer_idx on, relu, 5 heads of 7; buffers "
        "attn.bias and attn.masked_bias in the file, which has no prefix",
        "GPT2LMHeadModel", "generate",
        gpt2(83, 39, 35, 3, 5, scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True,
             activation_function="relu", layer_norm_epsilon=1e-6),
        form=dict(buffers=True, prefix=("transformer.", "")),
    ),
    "gpt2-lm-upcast": Decoder(
        "reorder_and_upcast_attn with both scales, silu, a head of its own, 130 positions: several "
        "blocks of the cache and tiles of queries; stored as fp16",
        "GPT2LMHeadModel", "generate",
        gpt2(71, 130, 34, 2, 2, reorder_and_upcast_attn=True, tie_word_embeddings=False,
             scale_attn_by_inverse_layer_idx=True, activation_function="silu", n_inner=131),
        form=dict(dtype=torch.float16),
    ),
    "gpt2-base": Decoder(
        "GPT2Model from a file whose names have the prefix; one head",
        "GPT2Model", "passes", gpt2(67, 29, 17, 2, 1), form=dict(prefix=("", "transformer.")),
    ),
    "gpt2-seqcls": Decoder(
        "GPT2ForSequenceClassification: the last token that isn't padding",
        "GPT2ForSequenceClassification", "classify",
        gpt2(61, 23, 22, 1, 2, num_labels=5, pad_token_id=3),
    ),
    "gpt2-token": Decoder(
        "GPT2ForTokenClassification", "GPT2ForTokenClassification", "passes",
        gpt2(59, 21, 21, 1, 3, num_labels=4),
    ),
}  # fmt: skip
