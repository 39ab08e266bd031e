"""Makes processors.json: random settings of image processors, and what transformers makes of random
images with them (use_fast=False). make_processors.py [COUNT], with test/goldens/requirements.txt.

Pixels are recalled by their seed, see pixels(); results as their shape and the hash of their bytes."""

import hashlib
import json
import logging
import random
import sys
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "processors.json"
CLASSES = ["ViTImageProcessor", "DeiTImageProcessor", "ConvNextImageProcessor", "LevitImageProcessor"]


def pixels(seed, width, height):
    """numpy's generators give the same numbers in every version."""
    return np.random.RandomState(seed).randint(0, 256, (height, width, 3)).astype(np.uint8)


def hashed(values):
    return hashlib.sha256(np.ascontiguousarray(values, np.float32).tobytes()).hexdigest()[:32]


def side(rng):
    return rng.choice([rng.randint(1, 9), rng.randint(5, 40), rng.randint(20, 120)])


def size(rng, square):
    shapes = [lambda: side(rng), lambda: {"height": side(rng), "width": side(rng)},
              lambda: {"shortest_edge": side(rng)}, lambda: [side(rng), side(rng)]]
    # Now and then what the processor doesn't take.
    weights = [3, 4, 0.3, 1] if square else [3, 1, 4, 0.3]
    return rng.choices(shapes, weights)[0]()


def settings(rng, name):
    given = {}

    def maybe(key, make, share=0.6):
        if rng.random() < share:
            given[key] = make()

    square = name in ("ViTImageProcessor", "DeiTImageProcessor")
    form = rng.choice(["new", "new", "old", "fast"])
    if form == "old":
        given["feature_extractor_type"] = name.replace("ImageProcessor", "FeatureExtractor")
    else:
        given["image_processor_type"] = name + ("Fast" if form == "fast" else "")
    maybe("do_resize", lambda: rng.random() < 0.8)
    given["size"] = size(rng, square)
    if name == "ConvNextImageProcessor" and rng.random() < 0.15:
        given["size"] = rng.choice([383, 384, 385, {"shortest_edge": 384}])
    if rng.random() < 0.03:
        given["size"] = rng.choice([0, -3, "big", {"height": 3}, {"longest_edge": 9}, [3], 2.5])
    maybe("resample", lambda: rng.choice([0, 1, 2, 3, 4, 5]), 0.8)
    if name == "ConvNextImageProcessor":
        maybe("crop_pct", lambda: rng.choice([0.875, 0.9, 0.95, 1.0, 0.37, 1.2, None]))
    if name in ("DeiTImageProcessor", "LevitImageProcessor"):
        maybe("do_center_crop", lambda: rng.random() < 0.8)
        maybe("crop_size", lambda: size(rng, True), 0.9)
    maybe("do_rescale", lambda: rng.random() < 0.8)
    maybe("rescale_factor", lambda: rng.choice([1 / 255, 1 / 127.5, 1, 2.0, 0.001]), 0.4)
    maybe("do_normalize", lambda: rng.random() < 0.8)
    numbers = lambda low: rng.choice([
        lambda: round(rng.uniform(low, 1), 3), lambda: None,
        lambda: [round(rng.uniform(low, 1), 3) for _ in range(3)],
        lambda: [round(rng.uniform(low, 1), 3) for _ in range(3)]])()
    maybe("image_mean", lambda: numbers(-0.5))
    maybe("image_std", lambda: numbers(0.05))
    maybe("do_convert_rgb", lambda: rng.choice([True, False, None]), 0.2)
    return given


def main():
    from PIL import Image
    from transformers import AutoImageProcessor
    import tempfile
    logging.disable(logging.WARNING)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    rng = random.Random(6)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            given = settings(rng, rng.choice(CLASSES))
            width, height = rng.choice([(rng.randint(2, 60), rng.randint(2, 60)),
                                        (rng.randint(2, 300), rng.randint(2, 300)),
                                        (rng.randint(200, 900), rng.randint(2, 20))])
            if rng.random() < 0.3:
                width, height = height, width
            Path(folder, "preprocessor_config.json").write_text(json.dumps(given))
            row = {"settings": given, "width": width, "height": height}
            try:
                processor = AutoImageProcessor.from_pretrained(folder, use_fast=False)
                image = Image.fromarray(pixels(seed, width, height))
                made = processor(image, return_tensors="np")["pixel_values"][0]
                row["shape"] = list(made.shape)
                row["hash"] = hashed(made)
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {error}".split("\n")[0][:100]
            rows.append(row)
    with open(FILE, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
