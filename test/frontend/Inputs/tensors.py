"""Writes a .safetensors file: tensors.py FILE NAME:TYPE:SHAPE[=VALUE]...

SHAPE is 2x3, or nothing for a scalar. Without a value the elements count up from 0.
"""

import json
import struct
import sys

FORMATS = {"F32": "f", "F16": "e", "I64": "q", "I32": "i", "BOOL": "?", "F64": "d"}


def write(path, specs):
    header, data = {}, b""
    for spec in specs:
        spec, _, value = spec.partition("=")
        name, dtype, shape = spec.rsplit(":", 2)
        sizes = [int(size) for size in shape.split("x") if size]
        count = 1
        for size in sizes:
            count *= size
        numbers = [float(value) if value else i for i in range(count)]
        if dtype == "BF16":
            packed = b"".join(struct.pack("<f", n)[2:] for n in numbers)
        else:
            cast = float if dtype.startswith("F") else int
            packed = struct.pack(f"<{count}{FORMATS[dtype]}", *map(cast, numbers))
        header[name] = {
            "dtype": dtype,
            "shape": sizes,
            "data_offsets": [len(data), len(data) + len(packed)],
        }
        data += packed
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2:])
