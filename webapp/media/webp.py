"""Read the chunks of a WebP file: its size without a decoder, and its pixels without their metadata."""

from collections.abc import Iterator

_ANIMATION_FLAG = 0x02


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (tag, content) of each whole chunk, as far as the file's own header says that it goes."""
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        tag, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield tag, data[at + 8 : min(at + 8 + size, end)]
        at += 8 + size + size % 2


def header(data: bytes) -> tuple[int, int, int]:
    """Give (width, height, frames). ValueError where the file does not begin like a WebP.

    Asked before Pillow opens the file, since its decoder reserves the whole canvas while it opens.
    """
    tag, content = next(chunks(data), (b"", b""))
    if tag == b"VP8X" and len(content) >= 10:
        width, height = (1 + int.from_bytes(content[at : at + 3], "little") for at in (4, 7))
        animated = content[0] & _ANIMATION_FLAG
        return width, height, sum(tag == b"ANMF" for tag, _ in chunks(data)) if animated else 1
    if tag == b"VP8 " and content[3:6] == b"\x9d\x01\x2a" and len(content) >= 10:
        width, height = (int.from_bytes(content[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return width, height, 1
    if tag == b"VP8L" and content[:1] == b"\x2f" and len(content) >= 5:
        bits = int.from_bytes(content[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 1
    raise ValueError("no WebP header")


def strip(data: bytes) -> bytes | None:
    """Keep the one still picture of an opaque file in the simple form; None where there is not exactly one."""
    pictures = [(tag, content) for tag, content in chunks(data) if tag in (b"VP8 ", b"VP8L")]
    if len(pictures) != 1:
        return None
    tag, content = pictures[0]
    chunk = tag + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk
