"""Compares the media layer with Pillow, bit by bit: differential.py --tool TOOL [--count N].

Sizes are small and odd, ratios extreme; every set of CPU features that this machine has is used.
"""

import argparse
import io
import random
import struct
import sys

import numpy as np
from PIL import Image, ImageOps

from tool import Tool

FILTERS = [Image.Resampling(i) for i in range(6)]
problems = []


def check(what, ours, theirs):
    if isinstance(ours, str):
        problems.append(f"{what}: {ours}")
    elif ours.shape != theirs.shape:
        problems.append(f"{what}: {ours.shape}, not {theirs.shape}")
    elif not np.array_equal(ours, theirs):
        y, x, c = np.argwhere(ours != theirs)[0]
        problems.append(f"{what}: {(ours != theirs).sum()} differ, first [{y}, {x}, {c}]: "
                        f"{ours[y, x, c]}, not {theirs[y, x, c]}")


def random_side(rng):
    return rng.choice([rng.randint(1, 12), rng.randint(1, 70), rng.randint(1, 300),
                       rng.choice([1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 224, 255, 256, 257])])


def random_pixels(rng, width, height):
    kind = rng.randrange(4)
    numbers = np.random.default_rng(rng.getrandbits(32))
    if kind == 0:
        return numbers.integers(0, 256, (height, width, 3), np.uint8)
    if kind == 1:  # The extremes only: the most that filters overshoot.
        return (numbers.integers(0, 2, (height, width, 3)) * 255).astype(np.uint8)
    if kind == 2:
        ramp = np.arange(height * width * 3).reshape(height, width, 3)
        return (ramp * rng.randint(1, 9) // 3 % 256).astype(np.uint8)
    return np.full((height, width, 3), rng.randrange(256), np.uint8)


def resizes(tool, rng, count, levels):
    for _ in range(count):
        width, height = random_side(rng), random_side(rng)
        if rng.random() < 0.05:
            width = rng.randint(1000, 5000)
        to = [random_side(rng), random_side(rng)]
        if rng.random() < 0.1:
            to[rng.randrange(2)] = (width, height)[rng.randrange(2)]
        pixels = random_pixels(rng, width, height)
        image = Image.fromarray(pixels)
        filter = rng.choice(FILTERS)
        options, theirs = {}, {}
        if rng.random() < 0.25:
            left, top = rng.uniform(0, width * 0.7), rng.uniform(0, height * 0.7)
            box = [left, top, rng.uniform(left + 0.01, width), rng.uniform(top + 0.01, height)]
            if rng.random() < 0.5 and width > 1 and height > 1:
                box = [int(left), int(top), rng.randint(int(left) + 1, width),
                       rng.randint(int(top) + 1, height)]
            options["box"] = theirs["box"] = box
        if rng.random() < 0.3:
            options["gap"] = theirs["reducing_gap"] = rng.choice([1.0, 1.5, 2.0, 3.0])
        level = rng.choice(levels)
        what = f"resize {width} x {height} to {to}, {filter.name} {options} {level}"
        expected = np.array(image.resize(to, filter, **theirs))
        ours = tool.pixels(pixels, op="resize", to=to, filter=int(filter), level=level, **options)
        check(what, ours, expected)


def reduces(tool, rng, count, levels):
    for _ in range(count):
        width, height = random_side(rng), random_side(rng)
        pixels = random_pixels(rng, width, height)
        factor = [rng.randint(1, 9), rng.randint(1, 9)]
        level = rng.choice(levels)
        ours = tool.pixels(pixels, op="reduce", factor=factor, level=level)
        check(f"reduce {width} x {height} by {factor} {level}", ours,
              np.array(Image.fromarray(pixels).reduce(tuple(factor))))


def smooth_pixels(rng, width, height):
    """What a JPEG file is made for: noise would only be cut off."""
    small = random_pixels(rng, rng.randint(1, 9), rng.randint(1, 9))
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def with_orientation(rng, image):
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    exif[0x0112] = rng.randint(0, 9)
    return exif


def random_jpeg(rng):
    image = smooth_pixels(rng, random_side(rng), random_side(rng))
    mode = rng.choice(["RGB", "RGB", "RGB", "L", "CMYK"])
    image = image.convert(mode)
    options = {"quality": rng.randint(5, 100), "progressive": rng.random() < 0.4,
               "optimize": rng.random() < 0.3}
    if mode != "L":
        options["subsampling"] = rng.choice([0, 1, 2])
    if mode == "RGB" and rng.random() < 0.1:
        options["keep_rgb"] = True
        del options["subsampling"]
    if rng.random() < 0.3:
        options["restart_marker_blocks"] = rng.randint(1, 9)
    if rng.random() < 0.4:
        options["exif"] = with_orientation(rng, image)
    elif rng.random() < 0.2:
        options["xmp"] = (b'<x:xmpmeta><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>' %
                          rng.randint(1, 8))
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return f"JPEG {image.size} {mode} {options}", out.getvalue()


def random_png(rng):
    width, height = random_side(rng), random_side(rng)
    pixels = random_pixels(rng, width, height)
    mode = rng.choice(["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
    options = {}
    if mode == "I;16":
        image = Image.fromarray(np.random.default_rng(rng.getrandbits(32)).integers(
            0, rng.choice([300, 65536]), (height, width), np.uint16))
    else:
        image = Image.fromarray(pixels).convert("RGBA" if mode in ("RGBA", "LA") else "RGB")
        if mode == "RGBA":
            image.putalpha(Image.fromarray(pixels[:, :, 1].copy()))
        if mode == "P":
            image = image.quantize(rng.choice([2, 3, 4, 16, 17, 256]))
            options["bits"] = rng.choice([4, 8])
            if rng.random() < 0.5:
                options["transparency"] = 0
        else:
            image = image.convert(mode)
        if mode in ("RGB", "L") and rng.random() < 0.2:
            options["transparency"] = 0 if mode == "L" else (0, 0, 0)
    if rng.random() < 0.4:
        options["exif"] = with_orientation(rng, image)
    out = io.BytesIO()
    if mode == "RGB" and rng.random() < 0.2:  # An animation: the first frame counts.
        image.save(out, "PNG", save_all=True, append_images=[ImageOps.invert(image)])
    else:
        image.save(out, "PNG", **options)
    return f"PNG {image.size} {mode} {options}", out.getvalue()


def chunk(kind, data):
    import zlib
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(rng):
    """A PNG file of any kind there is, interlaced too: Pillow writes only some."""
    import zlib
    color, depth = rng.choice([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1),
                               (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)])
    width, height = rng.randint(1, 40), rng.randint(1, 40)
    interlaced = rng.random() < 0.5
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    palette = rng.randint(1, min(2 ** depth, 256)) if color == 3 else 0
    whole = palette and rng.random() < 0.5
    raw = b""
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                  (1, 0, 2, 2), (0, 1, 1, 2)]
    for left, top, step_x, step_y in passes:
        columns = len(range(left, width, step_x))
        for _ in range(top, height, step_y):
            if columns:
                raw += bytes([rng.randrange(5) if not palette else 0])
                row = rng.randbytes((columns * bits + 7) // 8)
                if palette and depth == 8 and not whole:
                    row = bytes(b % palette for b in row)
                raw += row
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(
        ">IIBBBBB", width, height, depth, color, 0, 0, interlaced))
    if rng.random() < 0.3:
        out += chunk(b"gAMA", struct.pack(">I", 20000))
    if palette:
        out += chunk(b"PLTE", rng.randbytes(3 * palette))
    if palette and rng.random() < 0.4:
        out += chunk(b"tRNS", rng.randbytes(rng.randint(1, palette)))
    data = zlib.compress(raw)
    cut = rng.randint(0, len(data))
    out += chunk(b"IDAT", data[:cut]) + chunk(b"IDAT", data[cut:])
    out += chunk(b"IEND", b"")
    return f"PNG {width} x {height} color {color} depth {depth} {interlaced} {palette}", out


def loaded(data):
    """As load_image of transformers; None if it fails."""
    try:
        image = Image.open(io.BytesIO(data))
        return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except Exception:
        return None


def decodes(tool, rng, count):
    for i in range(count):
        what, data = rng.choice([random_jpeg, random_png, raw_png])(rng)
        expected = loaded(data)
        ours = tool.image(data, op="decode")
        if expected is None:
            if not isinstance(ours, str):
                problems.append(f"{what}: isn't an error")
        else:
            check(what, ours, expected)
        # Cut short: an error for both, or the same image.
        cut = rng.randrange(len(data))
        expected, ours = loaded(data[:cut]), tool.image(data[:cut], op="decode")
        # Behind the pixels come up to 40 bytes: the checksum, in an IDAT chunk of its own at times,
        # and IEND. A file cut there is an error of ours, and none of Pillow's.
        if len(data) - cut < 40 and data[:4] == b"\x89PNG" and isinstance(ours, str):
            continue  # Without its end, which Pillow doesn't miss once it has all pixels.
        if (expected is None) != isinstance(ours, str):
            problems.append(f"{what}, cut to {cut} of {len(data)}: ours is "
                            f"{ours if isinstance(ours, str) else 'an image'}, Pillow's "
                            f"{'an error' if expected is None else 'an image'}")
        elif expected is not None:
            check(what + " cut", ours, expected)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    tool = Tool(arguments.tool)
    levels = tool.ask(op="levels")[0]["levels"]
    rng = random.Random(arguments.seed)
    resizes(tool, rng, arguments.count, levels)
    reduces(tool, rng, arguments.count // 5, levels)
    decodes(tool, rng, arguments.count // 3)
    for problem in problems[:20]:
        print(problem)
    print(f"{len(problems)} problems; levels: {', '.join(levels)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
