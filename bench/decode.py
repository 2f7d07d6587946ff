"""Decode one large photo again and again as the worker does: a process of its own, so that only decoding is in it.

`uploads` runs it as a child: the photo on its standard input, a JSON object on its standard output.
"""

import json
import resource
import sys
import time
from io import BytesIO
from random import Random
from statistics import median

from PIL import Image, ImageChops

from webapp.media import sandbox

SIZE = (4032, 3024)  # 12 megapixels
_HALF = (SIZE[0] // 2, SIZE[1] // 2)  # details finer than this are none in a camera's JPEG either
TIMES = 6  # of which the first does not count


def photo() -> bytes:
    """Draw a 12-megapixel JPEG with as much detail as a camera's, the same each time: some 4 MB."""
    rng = Random("photo")  # noqa: S311 (no secrets)
    made, smooth = Image.new("RGB", _HALF, (110, 120, 130)), Image.Resampling.BICUBIC
    for side, weight in ((6, 1.0), (48, 0.5), (400, 0.3), (1600, 0.3)):
        size = (side, side * 3 // 4)
        clouds = Image.frombytes("RGB", size, rng.randbytes(size[0] * size[1] * 3))
        made = Image.blend(made, ImageChops.overlay(made, clouds.resize(_HALF, smooth)), weight)
    file = BytesIO()
    made.resize(SIZE, smooth).save(file, "JPEG", quality=92)
    return file.getvalue()


def main() -> None:
    """Decode, and say the median CPU seconds, the median seconds, and the MB that a decoder has in memory at most."""
    data = sys.stdin.buffer.read()
    taken: list[tuple[float, float]] = []
    for _ in range(TIMES):
        began, before = time.perf_counter(), _children()
        sandbox.process(data)
        taken.append((_children() - before, time.perf_counter() - began))
    cpu, seconds = (median(column) for column in zip(*taken[1:], strict=True))
    whole = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"cpu": cpu, "seconds": seconds, "whole": whole, "size": len(data)}))


def _children() -> float:
    """Return the CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
