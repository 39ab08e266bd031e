"""Times resizing of images, decoding apart, beside Pillow and, where it is installed, Pillow-SIMD: one
thread each, in turn, the best and the median of several rounds, in time of the processor. The pixels
must be those of Pillow; Pillow-SIMD's differ, as it rounds weights to 16 bits. See bench/media."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "test/media"))
from tool import Tool  # noqa: E402

FILTERS = {"bilinear": 2, "bicubic": 3, "lanczos": 1, "box": 4, "hamming": 5, "nearest": 0}
SIZES = "4000x3000:224x224,1024x1024:224x224,640x427:336x224"

# A Pillow of another environment: images come in files, requests and times on lines.
PEER = """
import json, sys, time
from PIL import Image
for line in sys.stdin:
    request = json.loads(line)
    image = Image.frombytes("RGB", request["size"], open(request["file"], "rb").read())
    times = []
    for _ in range(request["count"]):
        begin = time.thread_time()
        image.resize(request["to"], request["filter"])
        times.append(time.thread_time() - begin)
    print(min(times), flush=True)
"""


def best(function, count):
    times = []
    for _ in range(count):
        begin = time.thread_time()
        function()
        times.append(time.thread_time() - begin)
    return min(times)


class Peer:
    def __init__(self, python):
        self.process = subprocess.Popen([python, "-c", PEER], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def seconds(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default=str(ROOT / "build/bin/media_tool"))
    parser.add_argument("--simd", default=str(ROOT / "build/venv-media-simd/bin/python"),
                        help="the Python that has Pillow-SIMD")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filters", default="bilinear,bicubic")
    parser.add_argument("--sizes", default=SIZES, help="FROM:TO,... each WIDTHxHEIGHT")
    parser.add_argument("--level", default="", help="the set of CPU features, such as x86-64-v3")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rng = np.random.RandomState(1)
    small = Image.fromarray(rng.randint(0, 256, (75, 100, 3)).astype(np.uint8))
    description = json.loads((ROOT / "models/image_processors.json").read_text())
    tool = Tool(arguments.tool)
    simd = Peer(arguments.simd) if Path(arguments.simd).exists() else None
    results = {}
    for sizes in arguments.sizes.split(","):
        (width, height), to = (tuple(map(int, size.split("x"))) for size in sizes.split(":"))
        image = small.resize((width, height), Image.Resampling.BICUBIC)
        data = np.asarray(image).tobytes()
        count = 3 if width * height > 4_000_000 else 20
        for name in arguments.filters.split(","):
            results[f"{sizes} {name}"] = compare(tool, simd, image, data, to, FILTERS[name], count,
                                                 description, arguments)
    if arguments.json:
        print(json.dumps(results))
        return
    print(f"One thread, the best and the median in milliseconds; {os.cpu_count()} CPUs. "
          f"Pillow-SIMD: {'installed' if simd else 'missing'}")
    for name, row in results.items():
        def times(key):
            return f"{row[key + '_ms']:6.2f} {row[key + '_median_ms']:6.2f}"
        text = f"{name:<26} Tenon {times('tenon')}  Pillow {times('pillow')} ({row['ratio']:.1f} times)"
        if simd:
            text += f"  Pillow-SIMD {times('simd')} ({row['simd_ms'] / row['tenon_ms']:.2f} times)"
        print(f"{text};  to a tensor {row['tenon_to_planes_ms']:6.2f}, with numpy "
              f"{row['numpy_to_planes_ms']:6.2f};  "
              f"{'the same pixels' if row['same_pixels'] else 'OTHER PIXELS'}")


def compare(tool, simd, image, data, to, filter, count, description, arguments):
    width, height = image.size
    request = dict(width=width, height=height, repeat=count)
    settings = {"image_processor_type": next(iter(description)), "resample": filter,
                "size": {"width": to[0], "height": to[1]}}

    def resized():
        return image.resize(to, Image.Resampling(filter))

    def prepared():
        array = np.array(resized())
        array = (array.astype(np.float64) * (1 / 255)).astype(np.float32)
        half = np.array([0.5] * 3, np.float32)
        return np.ascontiguousarray(((array - half) / half).transpose(2, 0, 1))

    times = {"tenon": [], "pillow": [], "tenon_to_planes": [], "numpy_to_planes": []}
    if simd:
        times["simd"] = []
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        for _ in range(arguments.rounds):
            times["pillow"].append(best(resized, count))
            if simd:
                times["simd"].append(simd.seconds(file=file.name, size=image.size, to=to, filter=filter,
                                                  count=count))
            answer, pixels = tool.ask(data, op="resize", to=to, filter=filter, level=arguments.level,
                                      **request)
            times["tenon"].append(answer["seconds"])
            answer, _ = tool.ask(data, op="prepare", settings=settings,
                                 descriptions=json.dumps(description), **request)
            times["tenon_to_planes"].append(answer["seconds"])
            times["numpy_to_planes"].append(best(prepared, count))
    row = {"ratio": min(times["pillow"]) / min(times["tenon"]),
           "same_pixels": pixels == resized().tobytes()}
    for key, values in times.items():
        row[key + "_ms"] = min(values) * 1e3
        row[key + "_median_ms"] = statistics.median(values) * 1e3
    return row


if __name__ == "__main__":
    main()
