"""Writes tensors of i64 or f32 that count up from 1:
tensors.py FILE NAME=2x7 OTHER=f32:3 ..."""

import json
import struct
import sys


def main(path, *specs):
    header, data = {}, b""
    for spec in specs:
        name, shape = spec.split("=")
        kind, code = ("I64", "q")
        if shape.startswith("f32:"):
            kind, code, shape = "F32", "f", shape[4:]
        sizes = [int(size) for size in shape.split("x")]
        count = 1
        for size in sizes:
            count *= size
        begin = len(data)
        data += struct.pack(f"<{count}{code}", *range(1, count + 1))
        header[name] = {"dtype": kind, "shape": sizes, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main(*sys.argv[1:])
