"""One Swin stage as the backbone of Mask2Former runs it: a plain block, a shifted block, patch
merging. Windows are never shrunk (always_partition)."""

import torch
from transformers import SwinConfig
from transformers.models.swin.modeling_swin import SwinPatchMerging, SwinStage

from .weights import fill
from .witness import Built, Random, Witness

# Neither side a multiple of the window; smaller than the window; one row above a multiple.
GRIDS = [(7, 9), (3, 4), (6, 5)]


def compute(stage, inputs):
    result = {}
    for i, grid in enumerate(GRIDS):
        x = inputs[f"case{i}.hidden_states"]
        for j, block in enumerate(stage.blocks):
            x = block(x, grid, always_partition=True)[0]
            result[f"output.case{i}.block{j}"] = x
        result[f"output.case{i}.downsample"] = stage.downsample(x, grid)
        whole = stage(inputs[f"case{i}.hidden_states"], grid, always_partition=True)
        if not torch.equal(whole[0], result[f"output.case{i}.downsample"]):
            raise ValueError("the stage isn't its blocks and the merging")
    window = stage.blocks[1].window_size
    padded = [-(-side // window) * window for side in GRIDS[0]]
    result["tap.case0.attention_mask"] = stage.blocks[1].get_attn_mask(
        *padded, dtype=inputs["case0.hidden_states"].dtype, device="cpu"
    )
    return result


def builder(settings, dim, heads):
    def build(seed):
        config = SwinConfig(embed_dim=dim, depths=[2], num_heads=[heads], **settings)
        config._attn_implementation = "eager"
        stage = SwinStage(config, dim, GRIDS[0], 2, heads, [0.0, 0.0], SwinPatchMerging).eval()
        fill(stage, seed, gains={"relative_position_bias_table": 1.5})
        random = Random(seed)
        inputs = {
            f"case{i}.hidden_states": random.normal(2, h * w, dim) for i, (h, w) in enumerate(GRIDS)
        }
        described = dict(
            config=dict(settings, model_type="swin", dim=dim, num_heads=heads, depth=2),
            dims={f"case{i}": dict(B=2, H=h, W=w) for i, (h, w) in enumerate(GRIDS)},
            entries="hidden_states [B, H*W, dim] -> block0 (no shift) -> block1 (shift "
            "window_size/2) -> downsample [B, ceil(H/2)*ceil(W/2), 2*dim]. The tap is the mask of "
            "the shifted block, [windows, w*w, w*w].",
        )
        return Built(stage, stage.state_dict(), inputs, described, compute)

    return build


WITNESSES = {
    "swin-stage": Witness(
        "window 5: padding after the norm, roll, -100 regions, odd patch merging",
        builder(dict(window_size=5, mlp_ratio=2.5, qkv_bias=True, hidden_act="gelu",
                     layer_norm_eps=1e-5), 15, 3),
    ),
    "swin-stage-nobias": Witness(
        "window 4, no query/key/value bias, gelu_new",
        builder(dict(window_size=4, mlp_ratio=1.5, qkv_bias=False, hidden_act="gelu_new",
                     layer_norm_eps=1e-6), 14, 2),
    ),
}  # fmt: skip
