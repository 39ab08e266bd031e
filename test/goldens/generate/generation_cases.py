"""What generation.py asks transformers: options by their Python names."""

# Processors: a row of tokens, of which the first `prompt` are the prompt; scores of the next.


def case(options, row=(3, 7, 5, 3, 7), prompt=3, vocabulary=23, seed=0, scale=1.0, **more):
    return dict(
        options=options, row=list(row), prompt=prompt, vocabulary=vocabulary, seed=seed,
        scale=scale, **more,
    )  # fmt: skip


def sampled(seed=0, scale=1.0, vocabulary=23, row=(3, 7, 5, 3, 7), prompt=3, **options):
    return case(
        dict(do_sample=True, **options), row, prompt, vocabulary, seed, scale
    )


SOURCE = [9, 2, 3, 7, 11, 2, 3, 4]

PROCESSORS = [
    case(dict(sequence_bias=[[[4], 2.5], [[3, 7, 6], -1.25], [[7, 6], 0.5], [[5, 7, 1], 9.0]])),
    case(dict(sequence_bias=[[[1, 2, 3, 4, 5, 6, 7], 1.0], [[8], -3.0]])),
    case(dict(encoder_repetition_penalty=1.5)),
    case(dict(encoder_repetition_penalty=0.5), source=SOURCE, row=[1, 7, 5], prompt=1),
    case(dict(repetition_penalty=1.3)),
    case(dict(repetition_penalty=0.7), row=[3, 3, 3, 7, 9, 11], prompt=4),
    case(dict(no_repeat_ngram_size=3), row=[3, 7, 5, 1, 3, 7, 6, 3, 7], prompt=2),
    case(dict(no_repeat_ngram_size=1)),
    case(dict(no_repeat_ngram_size=9)),
    case(dict(encoder_no_repeat_ngram_size=3), row=[1, 2, 3], prompt=1, source=SOURCE),
    case(dict(encoder_no_repeat_ngram_size=2)),
    case(dict(bad_words_ids=[[4], [3, 7, 6], [7, 8], [2, 7, 9], [1]], eos_token_id=[1, 2])),
    case(dict(min_length=6, max_length=9, eos_token_id=[1, 2])),
    case(dict(min_length=5, max_length=9, eos_token_id=[1, 2])),
    case(dict(min_new_tokens=3, max_length=9, eos_token_id=4)),
    case(dict(min_new_tokens=2, max_length=9, eos_token_id=4)),
    case(dict(forced_bos_token_id=6), row=[1], prompt=1),
    case(dict(forced_bos_token_id=6), row=[1, 2], prompt=1),
    case(dict(forced_eos_token_id=6, max_length=6)),
    case(dict(forced_eos_token_id=[6, 2], max_new_tokens=3)),
    case(dict(forced_eos_token_id=6, max_length=7)),
    case(dict(remove_invalid_values=True, bad_words_ids=[[4]])),
    case(dict(exponential_decay_length_penalty=[1, 1.5], eos_token_id=[4, 6])),
    case(dict(exponential_decay_length_penalty=[2, 1.5], eos_token_id=4)),
    case(dict(suppress_tokens=[4, 6, 22])),
    case(dict(begin_suppress_tokens=[4, 6]), row=[3, 7, 5], prompt=3),
    case(dict(begin_suppress_tokens=[4, 6])),
    case(dict(begin_suppress_tokens=[4], forced_bos_token_id=6), row=[1, 6], prompt=1),
    case(dict(begin_suppress_tokens=[4], forced_bos_token_id=6), row=[1, 6], prompt=2),
    case(dict(renormalize_logits=True)),
    case(dict(top_k=3, temperature=0.3)),  # Without do_sample: nothing.
    sampled(top_k=0, temperature=0.7),
    sampled(),
    sampled(top_k=4),
    sampled(top_k=1),
    sampled(top_k=100),
    sampled(top_k=0, top_p=0.9),
    sampled(top_k=0, top_p=0.5, scale=2.0),
    sampled(top_k=0, top_p=0.01),
    sampled(top_k=0, min_p=0.1),
    sampled(top_k=0, min_p=0.6),
    sampled(top_k=0, min_p=0.0),
    sampled(top_k=0, typical_p=0.9),
    sampled(top_k=0, typical_p=0.2),
    sampled(top_k=0, typical_p=0.2, scale=3.0),
    sampled(top_k=0, epsilon_cutoff=0.05),
    sampled(top_k=0, epsilon_cutoff=0.9),
    sampled(top_k=0, eta_cutoff=0.1),
    sampled(top_k=0, eta_cutoff=0.0009),
]

# Real sizes, where selecting is not sorting, and several at once.
WIDE = dict(vocabulary=5003, scale=3.0)

CHAINS = [
    sampled(**WIDE),
    sampled(**WIDE, top_k=0, top_p=0.6),
    sampled(vocabulary=5003, scale=0.25, top_k=0, top_p=0.01),
    sampled(**WIDE, top_k=0, typical_p=0.05),
    sampled(**WIDE, top_k=0, min_p=0.3),
    sampled(**WIDE, top_k=0, epsilon_cutoff=0.002),
    sampled(**WIDE, top_k=0, eta_cutoff=0.2),
    sampled(**WIDE, temperature=0.7, top_k=40, top_p=0.8, min_p=0.05),
    sampled(**WIDE, temperature=1.4, top_p=0.9, typical_p=0.8, epsilon_cutoff=0.01),
    sampled(
        scale=2.0, temperature=0.6, top_k=12, top_p=0.95, typical_p=0.95, eta_cutoff=0.01,
        repetition_penalty=1.2, no_repeat_ngram_size=2, bad_words_ids=[[2]], min_new_tokens=4,
        eos_token_id=[1, 9], suppress_tokens=[8], renormalize_logits=True,
    ),
    sampled(num_beams=3, top_k=1, eos_token_id=[1, 2]),
    sampled(num_beams=3, top_k=0, top_p=0.05, eos_token_id=[1, 2]),
    sampled(num_beams=3, top_k=0, min_p=0.95, eos_token_id=[1, 2]),
    sampled(num_beams=3, top_k=0, typical_p=0.01),
    sampled(num_beams=3, top_k=0, epsilon_cutoff=0.99, eos_token_id=[1, 2, 3]),
    sampled(num_beams=3, top_k=0, eta_cutoff=0.99, renormalize_logits=True),
    case(dict(num_beams=2, repetition_penalty=1.4, no_repeat_ngram_size=2, min_length=8,
              max_length=12, eos_token_id=2, renormalize_logits=True)),
    case(dict(sequence_bias=[[[4], 2.5]], encoder_repetition_penalty=1.2, repetition_penalty=0.9,
              encoder_no_repeat_ngram_size=2, bad_words_ids=[[7, 2]], forced_bos_token_id=5,
              exponential_decay_length_penalty=[0, 1.1], eos_token_id=[12, 13],
              suppress_tokens=[1], begin_suppress_tokens=[0, 6]),
         row=[1, 2, 3, 7], prompt=1, source=SOURCE),
]  # fmt: skip


# Searches, each over several prompts.

PROMPTS = [[1], [5, 2], [3, 1, 4, 1, 5, 9, 2, 6]]


def search(vocabulary=16, scale=1.0, prompts=PROMPTS, wants=None, source=None, **options):
    prompts = [[token % vocabulary for token in prompt] for prompt in prompts]
    made = dict(model=dict(vocabulary=vocabulary, scale=scale), prompts=prompts, options=options)
    if source is not None:
        made["model"]["encoder"] = True
        made["source"] = source
    if wants is not None:
        made["wants"] = wants
    return made


def lengths(answers):
    return [len(t) for a in answers for t in a["tokens"]]


def ends_early(limit):
    """Some sequences end before `limit` tokens, and some not at the first."""
    return lambda answers: min(lengths(answers)) < limit and max(lengths(answers)) > 2


def beams(num_beams=4, max_new_tokens=9, eos_token_id=2, vocabulary=16, wants=True, **options):
    return search(
        vocabulary=vocabulary, num_beams=num_beams, max_new_tokens=max_new_tokens,
        eos_token_id=eos_token_id, pad_token_id=0,
        wants=ends_early(max_new_tokens) if wants else None, **options,
    )  # fmt: skip


SEARCHES = [
    search(max_new_tokens=12),
    search(max_new_tokens=12, eos_token_id=2, wants=ends_early(12)),
    search(max_new_tokens=12, eos_token_id=[2, 7, 11], wants=ends_early(12)),
    search(),
    search(max_length=10),
    search(max_new_tokens=9, repetition_penalty=1.6, eos_token_id=3, pad_token_id=3),
    search(max_new_tokens=20, no_repeat_ngram_size=2, vocabulary=5),
    search(max_new_tokens=9, min_new_tokens=5, eos_token_id=[2, 3], vocabulary=6),
    search(max_new_tokens=9, forced_eos_token_id=7, eos_token_id=7),
    search(max_new_tokens=9, bad_words_ids=[[4], [3, 1]], suppress_tokens=[5], vocabulary=7),
    search(max_new_tokens=9, exponential_decay_length_penalty=[2, 1.4], eos_token_id=2),
    beams(wants=False, eos_token_id=None),
    beams(num_beams=2),
    beams(),
    beams(num_return_sequences=3),
    beams(num_return_sequences=4, early_stopping=True),
    beams(num_return_sequences=4, early_stopping="never"),
    beams(num_return_sequences=2, length_penalty=2.0),
    beams(num_return_sequences=2, length_penalty=-1.0),
    beams(num_return_sequences=2, length_penalty=0.0, early_stopping="never"),
    beams(num_return_sequences=2, length_penalty=2.0, early_stopping="never", max_new_tokens=14),
    beams(num_return_sequences=3, length_penalty=0.3, early_stopping=True, vocabulary=6),
    beams(num_beams=5, num_return_sequences=5, eos_token_id=[2, 7, 9]),
    beams(num_beams=3, num_return_sequences=2, vocabulary=301, scale=2.0, wants=False),
    beams(num_beams=3, num_return_sequences=3, no_repeat_ngram_size=2, repetition_penalty=1.3),
    beams(num_return_sequences=2, min_new_tokens=4, bad_words_ids=[[4, 5], [3]]),
    beams(num_return_sequences=2, forced_eos_token_id=2, renormalize_logits=True),
    beams(num_return_sequences=2, max_new_tokens=1, wants=False),
    search(num_beams=2, max_length=14, eos_token_id=2),
    # With an encoder: the decoder's prompt is its start token, or more.
    search(prompts=[[1], [1, 6]], source=SOURCE, max_new_tokens=8, eos_token_id=2),
    search(prompts=[[1]], source=SOURCE, max_length=9, num_beams=4, length_penalty=2.0,
           min_length=4, no_repeat_ngram_size=3, early_stopping=True, forced_bos_token_id=0,
           forced_eos_token_id=2, eos_token_id=2, num_return_sequences=2),
    search(prompts=[[1]], source=SOURCE, max_new_tokens=8, num_beams=3, eos_token_id=2,
           encoder_repetition_penalty=1.4, encoder_no_repeat_ngram_size=2),
    # Groups.
    beams(num_beam_groups=2, diversity_penalty=0.5),
    beams(num_beam_groups=4, diversity_penalty=1.0, num_return_sequences=4),
    beams(num_beams=6, num_beam_groups=2, diversity_penalty=0.3, num_return_sequences=5,
          early_stopping=True, length_penalty=1.5),
    beams(num_beams=6, num_beam_groups=3, diversity_penalty=2.0, num_return_sequences=6,
          early_stopping="never", eos_token_id=[2, 7]),
    beams(num_beam_groups=2, diversity_penalty=0.7, num_return_sequences=3, min_new_tokens=3,
          repetition_penalty=1.2, sequence_bias=[[[4], 1.5]]),
    beams(num_beams=2, num_beam_groups=2, diversity_penalty=0.2, vocabulary=6,
          early_stopping=True, num_return_sequences=2, length_penalty=-0.5),
]  # fmt: skip


# Options: files, task, call.

ALL = [
    "max_length", "max_new_tokens", "min_length", "min_new_tokens", "do_sample", "temperature",
    "top_k", "top_p", "num_beams", "early_stopping", "length_penalty", "repetition_penalty",
    "no_repeat_ngram_size", "eos_token_id", "bos_token_id", "pad_token_id",
    "num_return_sequences", "forced_eos_token_id",
]  # fmt: skip


def option(generation_config=None, config=None, arguments=None, task="text-generation", **more):
    return dict(
        generation_config=generation_config, config=config or {}, arguments=arguments or {},
        task=task, shown=ALL, **more,
    )  # fmt: skip


SAMPLED = {"task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}}}
OLD = {"transformers_version": "4.26.0.dev0"}
NEW = {"transformers_version": "4.51.3"}

OPTIONS = [
    option(),
    option(dict(eos_token_id=5, bos_token_id=5, **OLD), SAMPLED),
    option(config=dict(eos_token_id=5, bos_token_id=4, num_beams=3, **SAMPLED)),
    option(dict(eos_token_id=[5, 6], temperature=0.6, top_p=0.9, do_sample=True, **NEW)),
    option(dict(eos_token_id=[5, 6], top_p=0.9, pad_token_id=2, **NEW), tokenizer_pad=3),
    option(dict(eos_token_id=7, **NEW), tokenizer_pad=3),
    option(dict(max_length=40, **NEW)),
    option(dict(max_length=40, max_new_tokens=7, **NEW)),
    option(dict(max_length=40, max_new_tokens=7, **OLD)),
    option(dict(max_new_tokens=7, **NEW)),
    option(dict(max_length=40, **NEW), arguments=dict(max_new_tokens=5)),
    option(dict(max_length=40, **NEW), arguments=dict(max_length=9)),
    option(arguments=dict(max_length=9)),
    option(arguments=dict(max_new_tokens=None)),
    option(arguments=dict(max_new_tokens=None, max_length=20)),
    option(arguments=dict(min_new_tokens=2, min_length=9, max_new_tokens=4)),
    option(dict(do_sample=True, **NEW), {"task_specific_params": {"text-generation":
                                                                 {"do_sample": False}}}),
    option(dict(do_sample=True, **OLD), {"task_specific_params": {"text-generation":
                                                                 {"do_sample": False}}}),
    option(dict(temperature=0.0, **NEW)),
    option(dict(temperature=None, top_k=None, **NEW)),
    option(arguments=dict(do_sample=False, num_beams=2, top_k=None, temperature=None)),
    option(config={"prefix": "one ", "task_specific_params": {"text-generation":
                                                              {"prefix": "two ", "top_k": 7}}}),
    option(config={"prefix": "one ", "task_specific_params": {"summarization": {"top_k": 7}}}),
    option(config={"max_position_embeddings": 12}, arguments=dict(max_new_tokens=None)),
    option(dict(repetition_penalty=1.2, no_repeat_ngram_size=3, forced_eos_token_id=4,
                early_stopping="never", unknown_thing=[1], **OLD), {"top_k": 9}),
]  # fmt: skip

# What the reference refuses, and so must we.
REFUSED = [
    dict(early_stopping="maybe"),
    dict(max_new_tokens=0),
    dict(max_length=3),
    dict(num_return_sequences=2),
    dict(num_beams=2, num_return_sequences=3),
    dict(do_sample=True, temperature=0.0),
    dict(do_sample=True, temperature=-1.0),
    dict(do_sample=True, top_k=-1),
    dict(do_sample=True, top_p=-0.5),
    dict(do_sample=True, min_p=1.5),
    dict(do_sample=True, typical_p=-0.1),
    dict(repetition_penalty=-1.0),
    dict(encoder_repetition_penalty=-1.0),
    dict(bad_words_ids=[]),
    dict(bad_words_ids=[[16]]),
    dict(bad_words_ids=[[-1]]),
    dict(sequence_bias=[]),
    dict(sequence_bias=[[[99], 1.0]]),
    dict(exponential_decay_length_penalty=[1, 1.5]),
    dict(forced_eos_token_id=-2),
]

STOPS = [
    dict(vocabulary=["s", "st", "t", "op", "o", "p", "stop", "opera", "pper", "xs", "topper"],
         stop_strings=["stop"]),
    dict(vocabulary=["a", "b", "ab", "ba", "aba", "c", ""], stop_strings=["abab", "cc", "aab"]),
    dict(vocabulary=["é", "né", "e", "n", "né e", " ", "e n"], stop_strings=["é e", "né"]),
    dict(vocabulary=["\n", "\n\n", "User", ":", "x", "Us", "er", " User"],
         stop_strings=["\n\n", "User:"]),
]  # fmt: skip

TEXT = [(7 * i * i + 3 * i) % 13 for i in range(50)]
TABLE = dict(vocabulary=13, seed=5, scale=1.0)

PERPLEXITY = [
    dict(model=TABLE, tokens=TEXT[:9], window=16, stride=16),
    dict(model=TABLE, tokens=TEXT, window=16, stride=16),
    dict(model=TABLE, tokens=TEXT, window=16, stride=8),
    dict(model=TABLE, tokens=TEXT, window=16, stride=5),
    dict(model=TABLE, tokens=TEXT[:2], window=16, stride=5),
    dict(model=TABLE, tokens=TEXT[:16], window=16, stride=5),
    dict(model=TABLE, tokens=TEXT[:18], window=16, stride=16),
]

# The pipeline: calls of text-generation over a table with the tokens of tokenizers/uncased.


def call(inputs, config=None, generation_config=None, model_max_length=None, **options):
    return dict(
        inputs=inputs, options=options, config=config or {},
        generation_config=generation_config or {}, model_max_length=model_max_length,
    )  # fmt: skip


TEXTS = ["what a day", "One, two , three!", "the cat"]
GREEDY = dict(do_sample=False, max_new_tokens=7)
BEAMS = dict(do_sample=False, max_new_tokens=9, num_beams=4, num_return_sequences=3)

CALLS = [
    call(TEXTS[0], **GREEDY),
    call(TEXTS, **GREEDY),
    call(TEXTS[:1], **GREEDY),
    call(TEXTS[1], **GREEDY, return_full_text=False),
    call(TEXTS[1], **GREEDY, return_full_text=True),
    call(TEXTS[:2], **GREEDY, return_tensors=True),
    call(TEXTS[0], **GREEDY, return_tensors=False),
    call(TEXTS[0], **GREEDY, return_text=False),
    call(TEXTS[1], **GREEDY, clean_up_tokenization_spaces=False, skip_special_tokens=False),
    call(TEXTS[1], **GREEDY, clean_up_tokenization_spaces=True, return_full_text=False),
    call(TEXTS[0], **BEAMS, eos_token_id=[11, 35, 60, 83]),
    call(TEXTS[:2], **BEAMS, eos_token_id=[11, 35, 60, 83], pad_token_id=7, return_tensors=True),
    call(TEXTS[0], **BEAMS, eos_token_id=[11, 35, 60, 83], pad_token_id=0, return_tensors=True),
    call(TEXTS[0], **GREEDY, prefix="the "),
    call(TEXTS[0], **GREEDY, prefix="the ", return_full_text=False, add_special_tokens=False),
    call(TEXTS[0], prefix="the ", do_sample=False, max_new_tokens=None, max_length=12),
    call(TEXTS[0], config=dict(prefix="one two "), do_sample=False, max_length=16,
         max_new_tokens=None, min_length=3),
    call(TEXTS[0], config=dict(task_specific_params={"text-generation": {
        "prefix": "a ", "max_length": 12, "do_sample": False}}), max_new_tokens=5),
    call(TEXTS[0], config=dict(prefix="one "), generation_config=dict(max_length=11),
         do_sample=False),
    call(TEXTS[0], **GREEDY, stop_sequence="day two"),
    call(TEXTS[1], **GREEDY, tokenizer_encode_kwargs=dict(truncation=True, max_length=5)),
    call(TEXTS[1], do_sample=False, max_length=6),
    call(TEXTS[1], do_sample=False, max_length=6, max_new_tokens=4),
    call(TEXTS[1], **GREEDY, add_special_tokens=False),
    call("", **GREEDY),
    call("", **GREEDY, add_special_tokens=False, bos_token_id=5),
    call("", **GREEDY, add_special_tokens=False, bos_token_id=5, return_tensors=True),
    call("", **GREEDY, add_special_tokens=False),
    call(TEXTS[1], model_max_length=12, handle_long_generation="hole", **GREEDY),
    call(TEXTS[1], model_max_length=7, handle_long_generation="hole", **GREEDY),
    call(TEXTS[1], model_max_length=100, handle_long_generation="hole", **GREEDY),
    call(TEXTS[0], model_max_length=18, generation_config=dict(max_length=16),
         handle_long_generation="hole", do_sample=False),
    call(TEXTS[0] + " the" * 20, handle_long_generation="hole", do_sample=False),
    call(TEXTS[0], **GREEDY, handle_long_generation="pole"),
    call(TEXTS[0], **GREEDY, return_full_text=True, return_tensors=True),
    call(TEXTS[0], **GREEDY, return_full_text=True, return_text=True),
    call(TEXTS[0], **GREEDY, return_tensors=True, return_text=True),
    call([], **GREEDY),
    call(5, **GREEDY),
    call([TEXTS[0], 5], **GREEDY),
    call(TEXTS[0], do_sample=False, max_new_tokens=0),
    call(TEXTS[0], **GREEDY, unknown_thing=5),
]  # fmt: skip
