"""Sentence embeddings as sentence-transformers computes them, in plain torch."""

import torch

from .cases import MARGIN
from .files import write_json

SENTENCES = [
    "The workshop makes tables, chairs and doors.",
    "A tenon is the end of a piece of wood, cut to fit into a mortise. It holds without glue.",
    "The train to Berlin was late.",
    "  Yes ",
    "Marie Curie worked in Paris.",
    "",
]
QUERY = "Where does Anna work?"

# The order in which sentence-transformers concatenates what several poolings give.
MODES = ["cls", "max", "mean"]


def write_layout(directory, family, width, settings):
    """modules.json, 1_Pooling/config.json, sentence_bert_config.json and the version file."""
    modules = [
        dict(idx=0, name="0", path="", type="sentence_transformers.models.Transformer"),
        dict(idx=1, name="1", path="1_Pooling", type="sentence_transformers.models.Pooling"),
    ]
    if settings["normalize"]:
        modules.append(
            dict(idx=2, name="2", path="2_Normalize", type="sentence_transformers.models.Normalize")
        )
    write_json(directory / "modules.json", modules, indent=2)
    pooling = dict(
        word_embedding_dimension=width,
        pooling_mode_cls_token="cls" in settings["pooling"],
        pooling_mode_mean_tokens="mean" in settings["pooling"],
        pooling_mode_max_tokens="max" in settings["pooling"],
        pooling_mode_mean_sqrt_len_tokens=False,
    )
    (directory / "1_Pooling").mkdir()
    write_json(directory / "1_Pooling" / "config.json", pooling, indent=2)
    write_json(
        directory / "sentence_bert_config.json",
        dict(
            max_seq_length=settings["max_seq_length"],
            do_lower_case=settings.get("do_lower_case", False),
        ),
        indent=2,
    )
    write_json(
        directory / "config_sentence_transformers.json",
        dict(similarity_fn_name="cosine", prompts={}, default_prompt_name=None),
        indent=2,
    )


def embed(model, tokenizer, settings, sentences):
    texts = [s.strip() for s in sentences]
    if settings.get("do_lower_case"):
        texts = [t.lower() for t in texts]
    limit = settings["max_seq_length"] or min(
        tokenizer.model_max_length, model.config.max_position_embeddings
    )
    batch = tokenizer(
        texts, padding=True, truncation="longest_first", max_length=limit, return_tensors="pt"
    )
    with torch.no_grad():
        tokens = model(**batch).last_hidden_state
    keep = batch["attention_mask"][..., None].expand(tokens.size()).float()
    parts = []
    for mode in MODES:
        if mode not in settings["pooling"]:
            continue
        if mode == "cls":
            parts.append(tokens[:, 0])
        elif mode == "max":
            parts.append(tokens.masked_fill(keep == 0, -1e9).max(1)[0])
        else:
            parts.append((tokens * keep).sum(1) / keep.sum(1).clamp(min=1e-9))
    result = torch.cat(parts, 1)
    if settings["normalize"]:
        result = torch.nn.functional.normalize(result, p=2, dim=1)
    return result


def similarity(a, b):
    normal = torch.nn.functional.normalize
    return normal(a, p=2, dim=1) @ normal(b, p=2, dim=1).T


def answers(spec, model, tokenizer):
    """(calls, None), or (None, why the ranking is a near-tie)."""
    settings = spec["sentence"]
    vectors = embed(model, tokenizer, settings, SENTENCES)
    single = embed(model, tokenizer, settings, [QUERY])
    scores = similarity(single, vectors)[0]
    ordered = scores.sort().values
    if float((ordered[1:] - ordered[:-1]).min()) < MARGIN:
        return None, "two similarities are nearly equal"
    result = [
        dict(task="sentence-embedding", inputs=QUERY, options={}, answer=single[0].tolist()),
        dict(task="sentence-embedding", inputs=SENTENCES, options={}, answer=vectors.tolist()),
        dict(
            task="sentence-similarity",
            inputs=dict(source_sentence=QUERY, sentences=SENTENCES),
            options={},
            answer=scores.tolist(),
        ),
    ]
    return result, None
