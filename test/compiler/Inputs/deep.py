"""Writes a checkpoint like test/goldens' tiny ones, but of many layers:
deep.py GOLDEN FOLDER LAYERS. Each layer's tensors are copies of layer 0's."""

import json
import os
import re
import struct
import sys


def main(golden, folder, layers):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(golden, "config.json")) as file:
        config = json.load(file)
    config["num_hidden_layers"] = int(layers)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    with open(os.path.join(golden, "model.safetensors"), "rb") as file:
        contents = file.read()
    size = struct.unpack("<Q", contents[:8])[0]
    header, data = json.loads(contents[8:8 + size]), contents[8 + size:]
    header.pop("__metadata__", None)
    made, bytes_ = {}, []
    offset = 0
    for name, info in header.items():
        match = re.match(r"(.*\.layer\.)(\d+)(\..*)", name)
        if match and match[2] != "0":
            continue
        begin, end = info["data_offsets"]
        copies = [match[1] + str(i) + match[3] for i in range(int(layers))] if match else [name]
        for copy in copies:
            made[copy] = dict(info, data_offsets=[offset, offset + end - begin])
            bytes_.append(data[begin:end])
            offset += end - begin
    text = json.dumps(made).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(bytes_))


if __name__ == "__main__":
    main(*sys.argv[1:])
