"""Random specifications of tiny image models, as in vision_specs.py."""

import math

import torch

from .vision_specs import labels, vit

ACTIVATIONS = ["gelu"] * 4 + [
    "relu", "silu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "hardswish", "tanh", "mish",
]  # fmt: skip
HEADS = {
    "vit": ["ViTModel", "ViTForImageClassification"],
    "deit": ["DeiTModel", "DeiTForImageClassification", "DeiTForImageClassificationWithTeacher"],
    "convnext": ["ConvNextModel", "ConvNextForImageClassification"],
    "convnextv2": ["ConvNextV2Model", "ConvNextV2ForImageClassification"],
    "cvt": ["CvtModel", "CvtForImageClassification"],
    "levit": [
        "LevitModel", "LevitForImageClassification", "LevitForImageClassificationWithTeacher",
    ],
}  # fmt: skip


def pair(x):
    return list(x) if isinstance(x, (list, tuple)) else [x, x]


def near(rng, size):
    """An image's size: mostly the given one, or near it, or another."""
    kind = rng.random()
    if kind < 0.4:
        return size
    if kind < 0.8:
        return [max(1, n + rng.randint(-3, 3)) for n in size]
    return [rng.randint(1, 40), rng.randint(1, 40)]


def batches(rng, size, count):
    return [(rng.choice([1, 1, 2, 3, 5]), *near(rng, size)) for _ in range(count)]


def transformer(rng, family):
    heads = rng.choice([1, 2, 3, 5])
    hidden = heads * rng.choice([1, 3, 4, 7, 9])
    square = rng.random() < 0.5
    patch = rng.randint(1, 6) if rng.random() < 0.7 else [rng.randint(1, 6), rng.randint(1, 6)]
    h, w = pair(patch)
    image = [rng.randint(h, h * 5), rng.randint(w, w * 5)]
    if square:
        image = rng.randint(max(h, w), 5 * max(h, w))
    config = vit(
        rng.choice([0, 1, 1, 2]), hidden, heads, rng.choice([1, 16, 29, 37]), image, patch,
        rng.choice([1, 2, 3]), qkv_bias=rng.random() < 0.7, hidden_act=rng.choice(ACTIVATIONS),
        layer_norm_eps=rng.choice([1e-12, 1e-6, 1e-2]), pooler_act=rng.choice(["tanh", "relu"]),
        pooler_output_size=rng.choice([None, None, 5]),
    )  # fmt: skip
    size = pair(image)
    sizes = batches(rng, size, 2)
    sizes.append((2, *size))
    patches = (size[0] // h) * (size[1] // w)
    # Positions of other patches can't be resampled, and there is no entry that does.
    resizable = isinstance(patch, int) and math.isqrt(patches) ** 2 == patches
    return config, sizes, batches(rng, size, 2) if resizable else ()


def convnext(rng, family):
    stages = rng.choice([1, 2, 2, 3, 4])
    patch = rng.randint(1, 5) if rng.random() < 0.8 else [rng.randint(1, 4), rng.randint(1, 4)]
    config = dict(
        hidden_sizes=[rng.randint(1, 20) for _ in range(stages)],
        depths=[rng.choice([1, 1, 2]) for _ in range(stages)], num_stages=stages, patch_size=patch,
        num_channels=rng.choice([1, 3, 4]), hidden_act=rng.choice(ACTIVATIONS),
        layer_norm_eps=rng.choice([1e-12, 1e-6, 1e-2]),
    )  # fmt: skip
    if family == "convnext":
        config["layer_scale_init_value"] = rng.choice([0, 1e-6, 1.0, -1.0])
    least = [n * 2 ** (stages - 1) for n in pair(patch)]
    return config, batches(rng, [n + rng.randint(0, 2 * n) for n in least], 3), ()


def cvt(rng, family):
    stages = rng.choice([1, 1, 2, 3])
    heads = [rng.choice([1, 2, 3]) for _ in range(stages)]
    same = rng.random() < 0.3  # then every stage may have a token
    dims = [n * rng.choice([2, 3, 5]) for n in heads]
    if same:
        dims = [6] * stages
    kernels = [rng.choice([1, 3, 3, 5]) for _ in range(stages)]

    def each(make):
        return [make(i) for i in range(stages)]

    config = dict(
        embed_dim=dims, num_heads=heads, depth=each(lambda i: i + rng.choice([1, 1, 2])),
        mlp_ratio=each(lambda i: rng.choice([1.0, 2.5, 4.0])),
        patch_sizes=each(lambda i: rng.choice([1, 2, 3, 7, [2, 3]])),
        patch_stride=each(lambda i: rng.choice([1, 2, 2, 4, [1, 2]])),
        patch_padding=each(lambda i: rng.choice([0, 1, 2])),
        qkv_bias=each(lambda i: rng.random() < 0.6),
        cls_token=each(
            lambda i: rng.random() < 0.7 if i == stages - 1 else same and rng.random() < 0.5
        ),
        qkv_projection_method=["dw_bn"] * stages, kernel_qkv=kernels,
        padding_kv=each(lambda i: rng.randint(0, kernels[i] // 2)),
        stride_kv=each(lambda i: rng.choice([1, 2, 2, 3])),
        padding_q=each(lambda i: kernels[i] // 2), stride_q=[1] * stages,
        drop_rate=[0.0] * stages, attention_drop_rate=[0.0] * stages,
        drop_path_rate=[0.1] * stages, num_channels=rng.choice([1, 3]),
    )  # fmt: skip
    return config, batches(rng, [rng.randint(5, 30), rng.randint(5, 30)], 3), ()


def levit(rng, family):
    stages = rng.choice([1, 2, 3])
    side = rng.randint(1, 5)
    count = max(stages, min(stages + 1, 3))  # what follows the stages has features, too
    hidden = [rng.randint(8, 40) for _ in range(max(count, 2))]
    config = dict(
        image_size=16 * side, num_channels=rng.choice([1, 3]), hidden_sizes=hidden,
        key_dim=[rng.randint(1, 8) for _ in range(stages)],
        num_attention_heads=[rng.randint(1, 4) for _ in range(stages)],
        depths=[rng.choice([0, 1, 1, 2]) for _ in range(stages)],
        attention_ratio=[rng.randint(1, 3) for _ in range(stages)],
        mlp_ratio=[rng.choice([0, 1, 2]) for _ in range(stages)],
    )  # fmt: skip
    if rng.random() < 0.2:
        config.update(stride=[2, 1], kernel_size=[3, 2], padding=[1, 0])
    return config, batches(rng, [16 * side] * 2, 3), ()


def specification(rng):
    family = rng.choice([*HEADS])
    architecture = rng.choice(HEADS[family])
    make = {"vit": transformer, "deit": transformer, "cvt": cvt, "levit": levit}
    config, sizes, resampled = make.get(family, convnext)(rng, family)
    config.update(labels([f"L{i}" for i in range(rng.choice([1, 2, 3, 7]))]))
    spec = dict(
        architecture=architecture, config=config, sizes=sizes, resampled=resampled, form={},
        minimal_config=rng.random() < 0.2,
    )  # fmt: skip
    if rng.random() < 0.3:
        spec["form"]["dtype"] = rng.choice([torch.float16, torch.bfloat16])
    if architecture.endswith("Model") and rng.random() < 0.4:
        spec["stored"] = rng.choice(HEADS[family][1:2])
        if family in ("vit", "deit"):
            spec["arguments"] = dict(add_pooling_layer=False)
    return spec
