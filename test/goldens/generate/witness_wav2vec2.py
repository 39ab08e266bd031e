"""Wav2Vec2 from the samples to the input of its first layer."""

import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from .weights import fill
from .witness import Built, Random, Witness, lengths_mask

SAMPLES, LENGTHS = 187, [187, 118]


def compute(model, inputs):
    features = model.feature_extractor(inputs["input_values"]).transpose(1, 2)
    result = {"output.features": features}
    mask = model._get_feature_vector_attention_mask(
        features.shape[1], inputs["attention_mask"], add_adapter=False
    )
    result["output.frame_mask"] = mask
    hidden, normed = model.feature_projection(features)
    # transformers calls the normed features "extract_features" in the model's output.
    result["output.extract_features"] = normed
    result["tap.projected"] = hidden.clone()
    hidden = hidden.masked_fill(~mask[..., None], 0.0)
    position = model.encoder.pos_conv_embed(hidden)
    result["tap.position"] = position
    hidden = hidden + position
    if not model.config.do_stable_layer_norm:
        hidden = model.encoder.layer_norm(hidden)
    result["output.hidden_states"] = hidden
    result["tap.pos_conv_weight"] = model.encoder.pos_conv_embed.conv.weight

    # The same through the model's own forward; without layers its output is this input.
    whole = model(inputs["input_values"], attention_mask=inputs["attention_mask"])
    expected = model.encoder.layer_norm(hidden) if model.config.do_stable_layer_norm else hidden
    if not torch.equal(whole.last_hidden_state, expected):
        raise ValueError("the parts aren't the model")
    if not torch.equal(whole.extract_features, normed):
        raise ValueError("extract_features isn't what it was")
    return result


def builder(settings, old_names):
    def build(seed):
        config = Wav2Vec2Config(
            num_hidden_layers=0, num_feat_extract_layers=3, num_attention_heads=2,
            apply_spec_augment=False, **settings,
        )  # fmt: skip
        config._attn_implementation = "eager"
        model = Wav2Vec2Model(config).eval()
        fill(model, seed, gains={"original1": 2.0})
        with torch.no_grad():
            g = model.encoder.pos_conv_embed.conv.parametrizations.weight.original0
            g.copy_(2.0 + g.abs())
        weights = {k: v for k, v in model.state_dict().items() if k != "masked_spec_embed"}
        if config.do_stable_layer_norm:
            weights = {k: v for k, v in weights.items() if not k.startswith("encoder.layer_norm")}
        if old_names:
            weights = {
                k.replace("parametrizations.weight.original0", "weight_g").replace(
                    "parametrizations.weight.original1", "weight_v"
                ): v
                for k, v in weights.items()
            }
        random = Random(seed)
        inputs = dict(
            input_values=random.normal(2, SAMPLES), attention_mask=lengths_mask(SAMPLES, LENGTHS)
        )
        inputs["input_values"] *= inputs["attention_mask"]
        described = dict(
            config=dict(settings, model_type="wav2vec2"),
            dims=dict(B=2, N=SAMPLES),
            entries="input_values, attention_mask -> features [B, T, C] (T by the convolutions' "
            "formula) -> frame_mask -> extract_features (normed) -> projected, padded frames set "
            "to 0, position added, layer norm unless do_stable_layer_norm -> hidden_states.",
        )
        return Built(model, weights, inputs, described, compute)

    return build


WITNESSES = {
    "wav2vec2-group": Witness(
        "group norm over time in the first convolution, no bias, even positional kernel (its last "
        "frame is dropped), weight norm under parametrizations names",
        builder(
            dict(feat_extract_norm="group", conv_dim=[6, 7, 9], conv_kernel=[10, 3, 2],
                 conv_stride=[5, 2, 2], conv_bias=False, feat_extract_activation="gelu",
                 hidden_size=18, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=3,
                 do_stable_layer_norm=False, layer_norm_eps=1e-5), False),
    ),
    "wav2vec2-layer": Witness(
        "layer norm over channels in each convolution, bias, odd positional kernel, stable layer "
        "norm (none before the first layer), weight norm as weight_g and weight_v",
        builder(
            dict(feat_extract_norm="layer", conv_dim=[5, 11, 7], conv_kernel=[7, 3, 3],
                 conv_stride=[4, 3, 1], conv_bias=True, feat_extract_activation="gelu",
                 hidden_size=20, num_conv_pos_embeddings=5, num_conv_pos_embedding_groups=4,
                 do_stable_layer_norm=True, layer_norm_eps=1e-6), True),
    ),
}  # fmt: skip
