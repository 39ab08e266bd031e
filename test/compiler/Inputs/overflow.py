"""overflow.py FOLDER: a product whose largest weight is no number of bf16, and inputs that leave it out
in fp32: 0 times what is infinite is no number.
"""

import json
import pathlib
import struct
import sys

FOLDER = pathlib.Path(sys.argv[1])


def write(name, tensors):
    header, data = {}, b""
    for key, (shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[key] = dict(dtype="F32", shape=shape, data_offsets=[len(data), len(data) + len(packed)])
        data += packed
    text = json.dumps(header).encode()
    (FOLDER / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


(FOLDER / "net.arch").write_text("""dim B in [1, 8] typical 2

model Net {
  head { weight: f32[3, 2] }
  entry forward(x: f32[B, 2]) {
    logits = matmul(x, head.weight, transpose_rhs = true)
  }
}
""")
write("weights.safetensors", {"head.weight": ([3, 2], [1, 3.4028e38, 2, 1, 3, 1])})
write("x.safetensors", {"x": ([1, 2], [1, 0])})
