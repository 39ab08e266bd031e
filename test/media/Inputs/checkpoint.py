"""Makes a checkpoint of the tiny family: checkpoint.py FOLDER [CONFIG [PROCESSOR]], both JSON objects
whose members go into the files. Its logits are the means of red, green and blue, and minus the red."""

import json
import os
import struct
import sys

folder = sys.argv[1]
config = {"architectures": ["TinyForImageClassification"], "model_type": "tiny",
          "id2label": {"0": "red", "1": "green", "2": "blue", "3": "cyan"}}
processor = {"image_processor_type": "ViTImageProcessor", "size": {"height": 8, "width": 8}}
config.update(json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
processor.update(json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})
labels = len(config["id2label"])
rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0]][:labels]
weight = b"".join(struct.pack("<3f", *row) for row in rows)
header = json.dumps({
    "classifier.weight": {"dtype": "F32", "shape": [labels, 3], "data_offsets": [0, len(weight)]},
    "classifier.bias": {"dtype": "F32", "shape": [labels],
                        "data_offsets": [len(weight), len(weight) + 4 * labels]}}).encode()
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + weight + bytes(4 * labels))
for name, value in (("config.json", config), ("preprocessor_config.json", processor)):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file)
