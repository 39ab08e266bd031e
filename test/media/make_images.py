"""Makes the small files of images/ and what Pillow reads of them: make_images.py [FOLDER].

Each file has one of pixels beside it, NAME.rgb; the files that can't be read have none. Needs what
requirements.txt says."""

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "images")


def picture(width, height):
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.stack([x * 9 % 256, y * 11 % 256, (x + y) * 5 % 256], 2).astype(np.uint8))


def save(name, image, **options):
    image.save(FOLDER / name, **options)


def write(name, data):
    (FOLDER / name).write_bytes(data)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows, depth=8, color=2):
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def jpeg(**options):
    out = io.BytesIO()
    picture(19, 13).save(out, "JPEG", quality=80, **options)
    return out.getvalue()


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    color = picture(19, 13)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("color.jpg", color, quality=90)
    save("progressive.jpg", color, quality=60, progressive=True, subsampling=2)
    save("gray.jpg", color.convert("L"))
    save("cmyk.jpg", color.convert("CMYK"))
    save("turned.jpg", color, exif=exif)
    save("color.png", color)
    save("turned.png", color, exif=exif)
    save("gray.png", color.convert("L"))
    save("bits.png", color.convert("1"))
    save("palette.png", color.quantize(11), transparency=3)
    rgba = color.convert("RGBA")
    rgba.putalpha(color.getchannel("B"))
    save("alpha.png", rgba)
    save("gray_alpha.png", rgba.convert("LA"))
    deep = np.arange(0, 19 * 13 * 7, 7, np.uint16).reshape(13, 19)
    save("deep.png", Image.fromarray(deep))
    save("animated.png", color, save_all=True, append_images=[ImageOps.invert(color)])
    # The content counts, not the name.
    write("really_jpeg.png", jpeg())

    whole = jpeg()
    write("truncated.jpg", whole[: len(whole) * 2 // 3])
    write("head_only.jpg", whole[:40])
    # A frame header that says 65500 x 65500.
    at = whole.index(b"\xff\xc0")
    write("huge.jpg", whole[: at + 5] + struct.pack(">HH", 65500, 65500) + whole[at + 9:])
    write("zero.jpg", whole[: at + 5] + struct.pack(">HH", 0, 19) + whole[at + 9:])
    pixels = b"".join(b"\0" + bytes(range(3 * 5)) for _ in range(4))
    write("truncated.png", png(5, 4, pixels)[:-30])
    write("too_few.png", png(5, 9, pixels))
    write("huge.png", png(60000, 60000, pixels))
    write("zero.png", png(0, 4, pixels))
    write("wide.png", png(2000000, 1, pixels))
    save("animated.gif", color, save_all=True, append_images=[ImageOps.invert(color)])
    save("color.bmp", color)
    save("color.webp", color)
    write("empty.jpg", b"")
    write("text.jpg", b"no image at all\n")
    for file in sorted(FOLDER.iterdir()):
        # Pillow leaves black what a file lacks if its data end as they should:
        # that is an error here.
        if file.suffix not in (".png", ".jpg") or file.name == "too_few.png":
            continue
        try:
            image = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        except Exception:
            continue
        pixels = struct.pack("<II", *image.size) + image.tobytes()
        file.with_suffix(file.suffix + ".rgb").write_bytes(pixels)


main()
