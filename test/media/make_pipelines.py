"""Makes pipelines.json: what the pipelines of transformers answer for the files of images/ with image
checkpoints of the goldens (use_fast=False). Needs test/goldens/requirements.txt."""

import json
import logging
import shutil
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CHECKPOINTS = HERE / "../goldens/checkpoints"
SIZED = {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 40}, "crop_pct": 0.8,
         "resample": 3, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
CASES = [
    ("convnext-classifier", "image-classification", SIZED),
    ("convnextv2-classifier", "image-classification",
     {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 45, "crop_pct": None, "resample": 2}),
    ("cvt-classifier", "image-classification", {**SIZED, "do_rescale": True, "do_normalize": False}),
]
CALLS = [
    (["color.jpg"], {}, False),
    (["turned.jpg", "palette.png", "cmyk.jpg", "alpha.png"], {"top_k": 2}, True),
    (["progressive.jpg"], {"function_to_apply": "sigmoid", "top_k": 9}, False),
    (["deep.png", "bits.png"], {"function_to_apply": "none", "top_k": 3}, True),
]


def main():
    import torch
    from transformers import pipeline
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    rows = []
    for name, task, settings in CASES:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(CHECKPOINTS / name, folder, dirs_exist_ok=True)
            Path(folder, "preprocessor_config.json").write_text(json.dumps(settings))
            answer = pipeline(task, folder, use_fast=False, device="cpu",
                              model_kwargs={"attn_implementation": "eager"})
            for images, options, is_list in CALLS:
                paths = [str(HERE / "images" / image) for image in images]
                rows.append({"checkpoint": name, "task": task, "settings": settings, "images": images,
                             "options": options, "answer": answer(paths if is_list else paths[0], **options)})
    with open(HERE / "pipelines.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
