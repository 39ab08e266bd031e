"""Times resizing of a 12-megapixel image to 224 x 224, decoding apart, beside Pillow: one thread each,
in turn, the best of several rounds, in time of the processor. The pixels must be the same. See
bench/media."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "test/media"))
from tool import Tool  # noqa: E402

FILTERS = {"bilinear": 2, "bicubic": 3, "lanczos": 1, "box": 4, "hamming": 5}


def best(function, rounds):
    times = []
    for _ in range(rounds):
        begin = time.thread_time()
        function()
        times.append(time.thread_time() - begin)
    return min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default=str(ROOT / "build/bin/media_tool"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filters", default="bilinear,bicubic")
    parser.add_argument("--level", default="", help="the set of CPU features, such as x86-64-v3")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    width, height, to = 4000, 3000, (224, 224)
    rng = np.random.RandomState(1)
    small = Image.fromarray(rng.randint(0, 256, (75, 100, 3)).astype(np.uint8))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(image)
    data = pixels.tobytes()
    description = json.loads((ROOT / "models/image_processors.json").read_text())
    tool = Tool(arguments.tool)
    results = {}
    for name in arguments.filters.split(","):
        number = FILTERS[name]
        request = dict(width=width, height=height, to=to, filter=number, level=arguments.level)
        settings = {"image_processor_type": next(iter(description)), "resample": number}
        ours = theirs = planes = numpy_time = 1e9
        for _ in range(arguments.rounds):
            theirs = min(theirs, best(lambda: image.resize(to, Image.Resampling(number)), 2))
            answer, resized = tool.ask(data, op="resize", repeat=3, **request)
            ours = min(ours, answer["seconds"])
            answer, _ = tool.ask(data, op="prepare", repeat=3, width=width, height=height,
                                 settings=settings, descriptions=json.dumps(description))
            planes = min(planes, answer["seconds"])

            def whole():
                array = np.array(image.resize(to, Image.Resampling(number)))
                array = (array.astype(np.float64) * (1 / 255)).astype(np.float32)
                half = np.array([0.5] * 3, np.float32)
                return np.ascontiguousarray(((array - half) / half).transpose(2, 0, 1))

            numpy_time = min(numpy_time, best(whole, 2))
        same = np.array_equal(np.frombuffer(resized, np.uint8).reshape(*to[::-1], 3),
                              np.array(image.resize(to, Image.Resampling(number))))
        results[name] = {"tenon_ms": ours * 1e3, "pillow_ms": theirs * 1e3, "ratio": theirs / ours,
                         "tenon_to_planes_ms": planes * 1e3, "numpy_to_planes_ms": numpy_time * 1e3,
                         "same_pixels": bool(same)}
    if arguments.json:
        print(json.dumps(results))
        return
    print(f"{width} x {height} to {to[0]} x {to[1]}, one thread, milliseconds; {os.cpu_count()} CPUs")
    for name, row in results.items():
        print(f"{name:<10} Tenon {row['tenon_ms']:6.2f}  Pillow {row['pillow_ms']:6.2f}  "
              f"{row['ratio']:.1f} times;  to a tensor {row['tenon_to_planes_ms']:6.2f}, with numpy "
              f"{row['numpy_to_planes_ms']:6.2f};  {'the same pixels' if row['same_pixels'] else 'OTHER PIXELS'}")


if __name__ == "__main__":
    main()
