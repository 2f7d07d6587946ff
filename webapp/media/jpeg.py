"""Walk the segments of a JPEG file: count its scans, and take its metadata off without touching a pixel."""

import re
from collections.abc import Iterator

# A progressive picture has about ten scans; each one costs a pass over every block, however few bytes it has,
# so a small file with thousands of them would keep the decoder busy for minutes.
MAX_SCANS = 64

_MARKER = re.compile(rb"\xff[^\x00\xff]")
_MARKER_AFTER_PIXELS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_RESTARTS = range(0xD0, 0xD8)
_ALONE = {_SOI, _TEM, *_RESTARTS}
_JFIF, _ADOBE, _COMMENT = 0xE0, 0xEE, 0xFE
_APPLICATION = range(0xE0, 0xF0)
# Huffman tables, quantisation, restart interval, and the three kinds of frame that every browser shows.
_NEEDED = {0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD}

_PLAIN_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of each segment's content; that of a scan runs to the end of its pixels.

    Stops at the end of the first picture or of the file. Like libjpeg, skips what lies between segments.
    """
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker == _EOI:
            yield marker, at, at
            return
        if marker in _ALONE:
            continue
        start = at + 2
        at += max(2, int.from_bytes(data[at:start], "big"))
        if marker == _SOS:
            following = _MARKER_AFTER_PIXELS.search(data, at)
            at = following.start() if following else len(data)
        yield marker, start, at


def scans(data: bytes) -> int:
    """Count the scans of the first picture, giving up once there are too many."""
    count = 0
    for marker, _, _ in segments(data):
        count += marker == _SOS
        if count > MAX_SCANS:
            break
    return count


def strip(data: bytes) -> bytes | None:
    """Keep the picture's own compressed data and nothing else; None where that is not surely the same picture.

    What decoding needs of application segments (that a JFIF or Adobe header was there, and which colours the
    latter means) is written anew, so that no thumbnail or resolution rides along.
    """
    kept = {}  # one header of each kind, in the file's order
    body = []
    for marker, start, end in segments(data):
        content = data[start:end]
        if marker == _EOI:
            return b"".join([b"\xff\xd8", *kept.values(), *body, b"\xff\xd9"])
        if marker == _SOS or marker in _NEEDED:
            body.append(data[start - 4 : end])
        elif marker == _JFIF and content.startswith(b"JFIF\0"):
            kept.setdefault(marker, _PLAIN_JFIF)
        elif marker == _ADOBE and content.startswith(b"Adobe") and len(content) >= 12:
            kept.setdefault(marker, b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + content[11:12])
        elif marker not in _APPLICATION and marker != _COMMENT:
            return None
    return None
