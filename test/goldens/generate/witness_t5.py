"""T5: an encoder, and a decoder that reads a prompt and then takes two single steps."""

import torch
from transformers import T5Config, T5ForConditionalGeneration
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from .weights import fill
from .witness import Built, Random, Witness, lengths_mask

PROMPT, STEPS = 7, 2


def compute(model, inputs):
    mask = inputs["attention_mask"]
    encoded = model.encoder(input_ids=inputs["input_ids"], attention_mask=mask).last_hidden_state
    result = {"output.encode.last_hidden_state": encoded}
    attention = model.encoder.block[0].layer[0].SelfAttention
    source = encoded.shape[1]
    result["tap.encode.buckets"] = buckets(attention, source, bidirectional=True)
    result["tap.encode.position_bias"] = attention.compute_bias(source, source)

    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    entries = ["prefill"] + [f"step{i}" for i in range(STEPS)]
    for entry in entries:
        out = model(
            encoder_outputs=BaseModelOutput(last_hidden_state=encoded),
            attention_mask=mask,
            decoder_input_ids=inputs[f"{entry}.decoder_input_ids"],
            past_key_values=cache,
            use_cache=True,
        )
        cache = out.past_key_values
        result[f"output.{entry}.logits"] = out.logits
    attention = model.decoder.block[0].layer[0].SelfAttention
    target = PROMPT + STEPS
    result["tap.decode.buckets"] = buckets(attention, target, bidirectional=False)
    result["tap.decode.position_bias"] = attention.compute_bias(
        target, target, cache_position=torch.arange(target)
    )
    for kind in ("self", "cross"):
        for i, layer in enumerate(getattr(cache, f"{kind}_attention_cache").layers):
            result[f"output.cache.{kind}.{i}.key"] = layer.keys
            result[f"output.cache.{kind}.{i}.value"] = layer.values
    return result


def buckets(attention, length, bidirectional):
    position = torch.arange(length)
    return attention._relative_position_bucket(
        position[None] - position[:, None],
        bidirectional=bidirectional,
        num_buckets=attention.relative_attention_num_buckets,
        max_distance=attention.relative_attention_max_distance,
    )


def problem(model, inputs):
    """Prompt and steps have to give what one pass over all tokens gives."""

    def check(outputs):
        entries = ["prefill"] + [f"step{i}" for i in range(STEPS)]
        with torch.no_grad():
            whole = model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                decoder_input_ids=torch.cat([inputs[f"{e}.decoder_input_ids"] for e in entries], 1),
            ).logits
        stepped = torch.cat([outputs[f"output.{e}.logits"] for e in entries], 1)
        if (whole - stepped).abs().max() > 1e-5 * whole.abs().max():
            raise ValueError("the cached steps disagree with one pass")

    return check


def builder(settings, source, lengths):
    def build(seed):
        config = T5Config(
            **settings, decoder_start_token_id=0, pad_token_id=0, dropout_rate=0.0, use_cache=True
        )
        config._attn_implementation = "eager"
        model = T5ForConditionalGeneration(config).eval()
        # Scores are not scaled: smaller queries keep the softmax from saturating.
        fill(model, seed, gains={".q.weight": 0.7, "relative_attention_bias": 1.2})
        random = Random(seed)
        inputs = dict(
            input_ids=random.integers(config.vocab_size, 2, source),
            attention_mask=lengths_mask(source, lengths),
        )
        inputs["prefill.decoder_input_ids"] = random.integers(config.vocab_size, 2, PROMPT)
        for i in range(STEPS):
            inputs[f"step{i}.decoder_input_ids"] = random.integers(config.vocab_size, 2, 1)
        weights = {k: v for k, v in model.state_dict().items() if "embed_tokens" not in k}
        if config.tie_word_embeddings:
            del weights["lm_head.weight"]
        described = dict(
            config=dict(settings, model_type="t5", pad_token_id=0, decoder_start_token_id=0),
            dims=dict(B=2, S=source, T=PROMPT, steps=STEPS),
            entries="encode(input_ids, attention_mask); prefill(decoder_input_ids) over the "
            "encoder's output; step0 and step1 one token each, reading and extending the cache. "
            "The decoder has no mask of its own. output.cache.* is the state after the last step.",
        )
        return Built(model, weights, inputs, described, compute, problem(model, inputs))

    return build


RELU = dict(
    vocab_size=43, d_model=20, d_kv=6, d_ff=37, num_layers=2, num_decoder_layers=2, num_heads=3,
    relative_attention_num_buckets=32, relative_attention_max_distance=128,
    layer_norm_epsilon=1e-6, feed_forward_proj="relu", tie_word_embeddings=True,
)  # fmt: skip
GATED = dict(
    vocab_size=51, d_model=18, d_kv=5, d_ff=29, num_layers=2, num_decoder_layers=2, num_heads=4,
    relative_attention_num_buckets=10, relative_attention_max_distance=21,
    layer_norm_epsilon=1e-5, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
)  # fmt: skip

WITNESSES = {
    "t5-relu": Witness(
        "T5 v1.0: relu, head tied and scaled by d_model^-0.5, 3 heads of 6 beside a width of 20",
        builder(RELU, 23, [23, 14]),
    ),
    "t5-gated-gelu": Witness(
        "T5 v1.1: gated gelu_new, untied head, 10 buckets up to distance 21",
        builder(GATED, 27, [9, 27]),
    ),
}
