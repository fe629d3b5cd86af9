"""Damaged picture files: none may raise anything but PictureError, or take long.

    python -m benchmarks.damaged_pictures [--count 2000] [--seed 0]

Saves a photograph-like picture in every format that is read, and damages its bytes at random:
changed, cut off, inserted, repeated, or set to the extremes in the header. Prints JSON: how many
files were refused and read, the longest times in seconds, and the process's peak memory in MB.
"""

import argparse
import io
import json
import resource
import time

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

from cnn.data.mnist import load_digits
from cnn.preprocessing.normalization import normalize_image
from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import read_picture
from cnn.preprocessing.segmentation import find_digits_in_ink

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "HEIF")
HEADER = 64  # bytes
SIZES = ((28, 28), (640, 480), (1600, 1200))


def photograph(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A digit on unevenly lit, grainy paper."""
    digit = Image.fromarray(load_digits("test").images[rng.integers(10_000)])
    ink = np.asarray(digit.resize(size, Image.Resampling.BICUBIC), np.float64) / 255
    paper = np.linspace(*rng.uniform(90, 240, 2), size[0]) + rng.normal(0, 3, ink.shape)
    return Image.fromarray((paper * (1 - 0.8 * ink)).clip(0, 255).astype(np.uint8)).convert("RGB")


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` with one to five random changes."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        end = HEADER if rng.random() < 0.5 else len(changed)
        at = int(rng.integers(max(1, min(end, len(changed)))))
        kind = rng.integers(5)
        if kind == 0:
            changed[at : at + int(rng.integers(1, 9))] = rng.bytes(int(rng.integers(1, 9)))
        elif kind == 1:
            del changed[at if rng.random() < 0.3 else len(changed) * 3 // 4 :]
        elif kind == 2:
            changed[at:at] = rng.bytes(int(rng.integers(1, 200)))
        elif kind == 3:
            changed[at:at] = changed[at : at + int(rng.integers(1, 200))]
        else:
            changed[at : at + 4] = rng.choice(
                [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"]
            )
        if not changed:
            return b""
    return bytes(changed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    register_heif_opener()
    rng = np.random.default_rng(options.seed)
    files = {}
    for form in FORMATS:
        for size in SIZES:
            buffer = io.BytesIO()
            photograph(size, rng).save(buffer, form)
            files[form, size] = buffer.getvalue()
    refused, times = 0, []
    for number in range(options.count):
        name, data = list(files.items())[number % len(files)]
        data = damaged(data, rng)
        started = time.perf_counter()
        try:
            ink = read_picture(data, "digit").ink
            find_digits_in_ink(ink)
            normalize_image(ink)
        except PictureError:
            refused += 1
        except Exception:
            print(f"File {number}, {name}, raised:")
            raise
        times.append((round(time.perf_counter() - started, 2), *map(str, name)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"files": options.count, "refused": refused, "read": options.count - refused}
    figures |= {"longest": sorted(times, reverse=True)[:5], "peak_mb": round(peak)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
