"""Makes weights and inputs for mixer.arch, and checks what it answers.

  mixer.py make FOLDER      writes FOLDER/weights.safetensors and inputs.safetensors
  mixer.py check FOLDER     compares FOLDER/outputs.safetensors with the same network
                            written in plain Python, to 1e-5

Nothing but the standard library is needed.
"""

import json
import math
import os
import random
import struct
import sys

IMAGE, PATCH, CHANNELS, WIDTH, BLOCKS, TOKENS, HIDDEN, CLASSES = 15, 5, 3, 14, 2, 11, 19, 4
SIDE = IMAGE // PATCH
PLACES = SIDE * SIDE


def shapes():
    def linear(name, inputs, outputs):
        return {f"{name}.weight": [outputs, inputs], f"{name}.bias": [outputs]}

    def norm(name):
        return {f"{name}.weight": [WIDTH], f"{name}.bias": [WIDTH]}

    result = linear("stem", PATCH * PATCH * CHANNELS, WIDTH)
    for i in range(BLOCKS):
        result |= norm(f"block.{i}.token_norm") | norm(f"block.{i}.channel_norm")
        result |= linear(f"block.{i}.token_mlp.up", PLACES, TOKENS)
        result |= linear(f"block.{i}.token_mlp.down", TOKENS, PLACES)
        result |= linear(f"block.{i}.channel_mlp.up", WIDTH, HIDDEN)
        result |= linear(f"block.{i}.channel_mlp.down", HIDDEN, WIDTH)
    return result | norm("norm") | linear("head", WIDTH, CLASSES)


def write(path, tensors):
    header, data = {}, b""
    for name, (shape, numbers) in tensors.items():
        packed = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [len(data), len(data) + len(packed)],
        }
        data += packed
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            numbers = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
            tensors[name] = (entry["shape"], list(numbers))
    return tensors


def make(folder):
    rng = random.Random(3)
    weights = {}
    for name, shape in shapes().items():
        middle = 1.0 if "norm.weight" in name else 0.0
        spread = 0.3 if len(shape) == 1 else 1.5 / math.sqrt(shape[1])
        numbers = [rng.gauss(middle, spread) for _ in range(math.prod(shape))]
        weights[name] = (shape, numbers)
    write(os.path.join(folder, "weights.safetensors"), weights)
    shape = [2, IMAGE, IMAGE, CHANNELS]
    pixels = [rng.gauss(0, 1) for _ in range(math.prod(shape))]
    write(os.path.join(folder, "inputs.safetensors"), {"pixels": (shape, pixels)})


# ---- The network, row by row ------------------------------------------------------


def forward(weights, pixels):
    """The scores of one image; `pixels` is [y][x][channel], flat."""

    def linear(name, rows):
        (outputs, inputs), w = weights[name + ".weight"]
        bias = weights[name + ".bias"][1]
        return [
            [bias[o] + sum(row[i] * w[o * inputs + i] for i in range(inputs)) for o in range(outputs)]
            for row in rows
        ]

    def norm(name, rows):
        scale, shift = weights[name + ".weight"][1], weights[name + ".bias"][1]
        result = []
        for row in rows:
            mean = sum(row) / len(row)
            deviation = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + 1e-6)
            result.append([(x - mean) / deviation * a + b for x, a, b in zip(row, scale, shift)])
        return result

    def gelu(rows):
        def one(x):
            return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

        return [[one(x) for x in row] for row in rows]

    def mlp(name, rows):
        return linear(name + ".down", gelu(linear(name + ".up", rows)))

    def turned(rows):
        return [list(column) for column in zip(*rows)]

    def add(a, b):
        return [[x + y for x, y in zip(p, q)] for p, q in zip(a, b)]

    patches = []
    for row in range(SIDE):
        for column in range(SIDE):
            patch = []
            for y in range(PATCH):
                begin = ((row * PATCH + y) * IMAGE + column * PATCH) * CHANNELS
                patch += pixels[begin : begin + PATCH * CHANNELS]
            patches.append(patch)
    x = linear("stem", patches)
    for i in range(BLOCKS):
        mixed = mlp(f"block.{i}.token_mlp", turned(norm(f"block.{i}.token_norm", x)))
        x = add(x, turned(mixed))
        x = add(x, mlp(f"block.{i}.channel_mlp", norm(f"block.{i}.channel_norm", x)))
    features = [sum(column) / PLACES for column in turned(norm("norm", x))]
    logits = linear("head", [features])[0]
    powers = [math.exp(logit - max(logits)) for logit in logits]
    return [power / sum(powers) for power in powers]


def check(folder):
    weights = read(os.path.join(folder, "weights.safetensors"))
    shape, pixels = read(os.path.join(folder, "inputs.safetensors"))["pixels"]
    actual_shape, actual = read(os.path.join(folder, "outputs.safetensors"))["scores"]
    size = math.prod(shape[1:])
    expected = []
    for image in range(shape[0]):
        expected += forward(weights, pixels[image * size : (image + 1) * size])
    if actual_shape != [shape[0], CLASSES]:
        sys.exit(f"the scores have shape {actual_shape}")
    error = max(abs(a - b) for a, b in zip(actual, expected))
    for image in range(shape[0]):
        row = actual[image * CLASSES : (image + 1) * CLASSES]
        print(f"image {image}:", " ".join(f"{score:.3f}" for score in row))
    if not error <= 1e-5:
        sys.exit(f"differs by {error:.1e}")
    print("equal")


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
