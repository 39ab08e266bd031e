"""The table of tiny image models. Sizes are odd on purpose.

A specification says `purpose`, the `architecture` that config.json names, the class whose
parameters are `stored` when it is another one, `config`, the `form` in which parameters are stored
(see weights.store()), the `sizes` of the images of each case ([batch, height, width]) and the
sizes of images of which positions are `resampled`.
"""

import torch

LABELS = ["cat", "dog", "bird", "fish", "none"]


def labels(names):
    return dict(id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})


def vit(layers, hidden, heads, intermediate, image, patch, channels=3, **more):
    return dict(
        num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=heads,
        intermediate_size=intermediate, image_size=image, patch_size=patch, num_channels=channels,
        **more,
    )  # fmt: skip


SPECS = {
    # ---- ViT
    "vit-classifier": dict(
        purpose="images and patches that aren't squares and don't divide, one channel, no "
        "qkv_bias; its positions can't be resampled",
        architecture="ViTForImageClassification",
        config=vit(2, 21, 3, 37, [19, 10], [4, 3], 1, qkv_bias=False, **labels(LABELS)),
        sizes=[(1, 19, 10), (5, 19, 10)],
    ),
    "vit-base": dict(
        purpose="hidden states and a pooler of its own size and activation; positions resampled "
        "to more, fewer and as many patches",
        architecture="ViTModel",
        config=vit(2, 22, 2, 41, 17, 5, hidden_act="gelu_new", layer_norm_eps=1e-3,
                   pooler_output_size=13, pooler_act="sigmoid"),
        sizes=[(1, 17, 17), (4, 17, 17)],
        resampled=[(1, 17, 17), (2, 31, 12), (1, 7, 9), (2, 5, 45), (1, 15, 19)],
    ),
    "vit-base-prefixed": dict(
        purpose="a base model of a classifier's file, without pooler: names start with vit., the "
        "head is unused; stored as fp16",
        architecture="ViTModel", stored="ViTForImageClassification", arguments=dict(add_pooling_layer=False),
        config=vit(1, 20, 4, 33, [14, 7], 7, hidden_act="relu"),
        form=dict(dtype=torch.float16), sizes=[(1, 14, 7), (3, 14, 7)],
    ),
    "vit-head-unprefixed": dict(
        purpose="a classifier whose encoder names lack vit.; transformers refuses to load it, the "
        "golden is what the same tensors give under their full names; one patch",
        architecture="ViTForImageClassification", reference_loads=False,
        config=vit(1, 18, 3, 25, 9, 6, **labels(LABELS[:3])),
        form=dict(prefix=("vit.", "")), sizes=[(1, 9, 9), (6, 9, 9)],
        resampled=[(2, 21, 14)],
    ),
    # ---- DeiT
    "deit-classifier": dict(
        purpose="a distillation token that the head doesn't use; images of every size with as many "
        "patches, and of others",
        architecture="DeiTForImageClassification",
        config=vit(2, 27, 3, 34, 13, 4, 2, **labels(LABELS)),
        sizes=[(1, 13, 13), (4, 12, 15)], resampled=[(2, 21, 8)],
    ),
    "deit-base": dict(
        purpose="hidden states with two tokens before those of the patches, pooler",
        architecture="DeiTModel",
        config=vit(1, 24, 4, 29, [12, 20], 4, qkv_bias=False, hidden_act="silu"),
        sizes=[(1, 12, 20), (2, 20, 13)],
    ),
    "deit-teacher": dict(
        purpose="both classifiers and their mean",
        architecture="DeiTForImageClassificationWithTeacher",
        config=vit(1, 26, 2, 31, 14, 7, **labels(LABELS)),
        sizes=[(1, 14, 14), (4, 14, 14)], resampled=[(3, 21, 16)],
    ),
    # ---- ConvNeXt
    "convnext-classifier": dict(
        purpose="depths 1, 2, 1, 3; maps of odd sizes lose their last row; layer scale",
        architecture="ConvNextForImageClassification",
        config=dict(hidden_sizes=[7, 11, 13, 18], depths=[1, 2, 1, 3], patch_size=3,
                    layer_scale_init_value=0.1, layer_norm_eps=1e-3, **labels(LABELS)),
        sizes=[(1, 24, 24), (3, 29, 51)],
    ),
    "convnext-base": dict(
        purpose="two stages, no layer scale, one channel, patches that aren't squares, hidden "
        "states and pooled output",
        architecture="ConvNextModel",
        config=dict(hidden_sizes=[9, 6], depths=[1, 2], num_stages=2, patch_size=[2, 5],
                    num_channels=1, layer_scale_init_value=0, hidden_act="relu"),
        sizes=[(1, 4, 10), (2, 23, 46)],
    ),
    "convnextv2-classifier": dict(
        purpose="response normalization, three stages, the head's file",
        architecture="ConvNextV2ForImageClassification",
        config=dict(hidden_sizes=[6, 9, 17], depths=[2, 1, 1], num_stages=3, patch_size=2,
                    **labels(LABELS)),
        sizes=[(1, 8, 8), (4, 17, 27)],
    ),
    "convnextv2-base": dict(
        purpose="a base model of a classifier's file, stored as bf16",
        architecture="ConvNextV2Model", stored="ConvNextV2ForImageClassification",
        config=dict(hidden_sizes=[5, 12], depths=[1, 1], num_stages=2, patch_size=4, num_channels=2,
                    hidden_act="silu", layer_norm_eps=1e-5),
        form=dict(dtype=torch.bfloat16), sizes=[(1, 8, 9), (2, 31, 22)],
    ),
    # ---- CvT
    "cvt-classifier": dict(
        purpose="a token for the image in the last stage; all its numbers differ from stage to "
        "stage",
        architecture="CvtForImageClassification",
        config=dict(embed_dim=[6, 10], num_heads=[1, 2], depth=[1, 2], mlp_ratio=[2.5, 3.0],
                    patch_sizes=[5, 3], patch_stride=[3, 2], patch_padding=[2, 0],
                    qkv_bias=[False, True], cls_token=[False, True],
                    qkv_projection_method=["dw_bn"] * 2, kernel_qkv=[3, 5], padding_kv=[1, 2],
                    stride_kv=[2, 3], padding_q=[1, 2], stride_q=[1, 1], drop_rate=[0.0] * 2,
                    attention_drop_rate=[0.0] * 2, drop_path_rate=[0.0, 0.1], **labels(LABELS)),
        sizes=[(1, 14, 14), (4, 25, 31)],
    ),
    "cvt-base": dict(
        purpose="no token for the image, keys and values without padding, one channel, patches "
        "that aren't squares",
        architecture="CvtModel",
        config=dict(embed_dim=[9], num_heads=[3], depth=[1], mlp_ratio=[1.5], num_channels=1,
                    patch_sizes=[[4, 3]], patch_stride=[[3, 2]], patch_padding=[[1, 2]],
                    qkv_bias=[True], cls_token=[False], qkv_projection_method=["dw_bn"],
                    kernel_qkv=[3], padding_kv=[0], stride_kv=[2], padding_q=[1], stride_q=[1],
                    drop_rate=[0.0], attention_drop_rate=[0.0], drop_path_rate=[0.0]),
        sizes=[(1, 9, 7), (2, 26, 17)],
    ),
    "cvt-base-token": dict(
        purpose="a base model of a classifier's file, with the token's value",
        architecture="CvtModel", stored="CvtForImageClassification",
        config=dict(embed_dim=[8], num_heads=[2], depth=[1], mlp_ratio=[2.0],
                    patch_sizes=[3], patch_stride=[2], patch_padding=[1],
                    qkv_bias=[False], cls_token=[True], qkv_projection_method=["dw_bn"],
                    kernel_qkv=[1], padding_kv=[0], stride_kv=[1], padding_q=[0], stride_q=[1],
                    drop_rate=[0.0], attention_drop_rate=[0.0], drop_path_rate=[0.0]),
        sizes=[(1, 5, 6), (3, 11, 12)],
    ),
    # ---- LeViT
    "levit-classifier": dict(
        purpose="three stages with grids of 5, 3 and 2; the file has what buffers were saved once",
        architecture="LevitForImageClassification",
        config=dict(image_size=80, num_channels=1, hidden_sizes=[16, 24, 30], key_dim=[5, 3, 4],
                    num_attention_heads=[3, 2, 4], depths=[1, 1, 1], attention_ratio=[2, 3, 1],
                    mlp_ratio=[2, 1, 2], **labels(LABELS)),
        form=dict(add={"levit.encoder.stages.0.layers.0.module.attention_bias_idxs":
                       torch.zeros(25, 25, dtype=torch.int64)}),
        sizes=[(1, 80, 80), (3, 67, 79)],
    ),
    "levit-teacher": dict(
        purpose="both classifiers and their mean; a stage without MLPs, a stem of other strides, "
        "images of every shape with as many places",
        architecture="LevitForImageClassificationWithTeacher",
        config=dict(image_size=13, patch_size=2, num_channels=2, kernel_size=2, stride=[1, 2],
                    padding=[1, 0], hidden_sizes=[24, 16, 16], key_dim=[3, 3, 3],
                    num_attention_heads=[2, 3, 1], depths=[2, 1, 1], attention_ratio=[1, 2, 3],
                    mlp_ratio=[0, 2, 0], **labels(LABELS)),
        sizes=[(1, 5, 64), (3, 2, 96)],
    ),
    "levit-base": dict(
        purpose="one stage and what follows it, hidden states and pooled output",
        architecture="LevitModel",
        config=dict(image_size=48, num_channels=1, hidden_sizes=[16, 20], key_dim=[4],
                    num_attention_heads=[3], depths=[2], attention_ratio=[2], mlp_ratio=[1]),
        sizes=[(1, 48, 48), (2, 40, 33)],
    ),
}  # fmt: skip
