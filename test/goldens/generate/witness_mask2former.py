"""Mask2Former: deformable attention of the pixel decoder, a layer of the masked decoder."""

import torch
from transformers import Mask2FormerConfig
from transformers.models.mask2former import modeling_mask2former as m2f

from .cases import MARGIN
from .weights import fill
from .witness import Built, Random, Witness

# From 1/32 to 1/8: the order in the sequence.
LEVELS = [(2, 3), (4, 5), (7, 9)]


def deformable(module, inputs):
    x = inputs["hidden_states"]
    ratios = torch.ones(x.shape[0], len(LEVELS), 2, dtype=x.dtype)
    reference = m2f.Mask2FormerPixelDecoderEncoderOnly.get_reference_points(LEVELS, ratios, "cpu")
    output, weights = module(
        hidden_states=x,
        encoder_hidden_states=x,
        position_embeddings=inputs["position_embeddings"],
        reference_points=reference,
        spatial_shapes_list=LEVELS,
    )
    query = x + inputs["position_embeddings"]
    offsets = module.sampling_offsets(query).view(*x.shape[:2], module.n_heads, len(LEVELS), -1, 2)
    sizes = torch.tensor([[w, h] for h, w in LEVELS])
    places = reference[:, :, None, :, None] + offsets / sizes[None, None, None, :, None]
    return {
        "output.hidden_states": output,
        "tap.attention_weights": weights,
        "tap.reference_points": reference[:1],
        "tap.sampling_locations": places,
    }


def samples_everywhere(outputs):
    places = outputs["tap.sampling_locations"]
    outside = float(((places < 0) | (places > 1)).any(-1).float().mean())
    return None if 0.1 < outside < 0.6 else "too few or too many samples outside the maps"


def build_deformable(seed):
    dim, heads, points = 20, 4, 4
    module = m2f.Mask2FormerPixelDecoderEncoderMultiscaleDeformableAttention(
        dim, heads, len(LEVELS), points
    ).eval()
    fill(module, seed)
    random = Random(seed)
    length = sum(h * w for h, w in LEVELS)
    inputs = dict(
        hidden_states=random.normal(2, length, dim),
        position_embeddings=random.normal(1, length, dim, scale=0.5),
    )
    described = dict(
        config=dict(
            model_type="mask2former", feature_size=dim, num_attention_heads=heads,
            num_feature_levels=len(LEVELS), encoder_n_points=points,
        ),
        dims=dict(B=2, levels=[dict(H=h, W=w) for h, w in LEVELS]),
        entries="hidden_states [B, sum(H*W), dim], position_embeddings [1, sum(H*W), dim] -> "
        "hidden_states, before the residual and the norm. Sampling locations are (x, y) in 0..1.",
    )  # fmt: skip
    return Built(
        module, module.state_dict(), inputs, described, deformable, samples_everywhere
    )


def masked_decoder(decoder, inputs):
    """The body of Mask2FormerMaskedAttentionDecoder.forward for one layer, kept apart to see the
    values between its parts; the result is compared with the module's own."""
    hidden, pixels = inputs["queries"], inputs["pixel_embeddings"]
    result = {}
    normed = decoder.layernorm(hidden)
    predicted, blocked = decoder.mask_predictor(normed, pixels, LEVELS[0])
    result["output.mask0"] = predicted
    result["tap.resized0"] = torch.nn.functional.interpolate(
        predicted, size=LEVELS[0], mode="bilinear", align_corners=False
    )
    result["output.blocked0"] = blocked
    where = (blocked.sum(-1) != blocked.shape[-1]).to(blocked.dtype)
    unblocked = blocked * where.unsqueeze(-1)
    result["output.unblocked0"] = unblocked
    sources, positions = [inputs["source"]] * 3, [inputs["source_position"]] * 3
    hidden = decoder.layers[0](
        hidden, 0, None, positions, inputs["query_position"], sources,
        encoder_attention_mask=unblocked,
    )[0]  # fmt: skip
    result["output.hidden_states"] = hidden
    normed = decoder.layernorm(hidden)
    result["output.normed"] = normed
    predicted, blocked = decoder.mask_predictor(normed, pixels, LEVELS[1])
    result["output.mask1"] = predicted
    result["tap.resized1"] = torch.nn.functional.interpolate(
        predicted, size=LEVELS[1], mode="bilinear", align_corners=False
    )
    result["output.blocked1"] = blocked

    whole = decoder(
        inputs_embeds=inputs["queries"],
        multi_stage_positional_embeddings=positions,
        pixel_embeddings=pixels,
        encoder_hidden_states=sources,
        query_position_embeddings=inputs["query_position"],
        feature_size_list=LEVELS,
        return_dict=True,
    )
    if not torch.equal(whole.last_hidden_state, hidden.transpose(0, 1)):
        raise ValueError("the parts aren't the decoder")
    if not torch.equal(whole.masks_queries_logits[-1], result["output.mask1"]):
        raise ValueError("the parts aren't the mask predictor")
    return result


def sharp_masks(outputs):
    """Thresholds far from 0.5, one row at least blocked in full, and others in part."""
    for i in (0, 1):
        largest = float(outputs[f"output.mask{i}"].abs().max())
        if float(outputs[f"tap.resized{i}"].abs().min()) < MARGIN * largest:
            return "a mask value near the threshold"
    blocked = outputs["output.blocked0"]
    full = blocked.all(-1)
    if not full.any() or full.all() or not blocked.any(-1).logical_and(~full).any():
        return "no fully blocked row beside partly blocked ones"
    return None


def build_decoder(seed):
    dim, heads, channels, queries, batch = 20, 4, 13, 5, 2
    settings = dict(
        hidden_dim=dim, num_attention_heads=heads, dim_feedforward=37, mask_feature_size=channels,
        pre_norm=False, activation_function="relu",
    )  # fmt: skip
    decoder = m2f.Mask2FormerMaskedAttentionDecoder(
        Mask2FormerConfig(decoder_layers=2, dropout=0.0, use_auxiliary_loss=True, **settings)
    ).eval()
    fill(decoder, seed)
    random = Random(seed)
    h, w = LEVELS[0]
    inputs = dict(
        queries=random.normal(queries, batch, dim),
        query_position=random.normal(queries, batch, dim, scale=0.7),
        source=random.normal(h * w, batch, dim),
        source_position=random.normal(h * w, batch, dim, scale=0.7),
        pixel_embeddings=random.normal(batch, channels, 13, 18, scale=0.8),
    )
    described = dict(
        config=dict(settings, model_type="mask2former"),
        dims=dict(B=batch, Q=queries, levels=[dict(H=h, W=w) for h, w in LEVELS[:2]], H4=13, W4=18),
        entries="queries [Q, B, dim] -> layer norm -> mask0 [B, Q, H4, W4] and blocked0 [B*heads, "
        "Q, H*W] at level 0 -> unblocked0 (rows blocked in full are freed) -> the layer over "
        "source -> hidden_states -> normed -> mask1 and blocked1 at level 1. bool: 1 is blocked.",
    )
    return Built(decoder, decoder.state_dict(), inputs, described, masked_decoder, sharp_masks)


WITNESSES = {
    "deformable-attention": Witness(
        "multi-scale deformable attention: 3 levels, 4 points, samples outside the maps",
        build_deformable,
    ),
    "mask2former-decoder-layer": Witness(
        "masked cross-attention with data-dependent masks, self-attention, FFN, mask prediction",
        build_decoder,
    ),
}
