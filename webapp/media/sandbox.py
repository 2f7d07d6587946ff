"""Decode photos in a child process: whatever hostile bytes do to a decoder, they do it there.

The child is a fork, so Pillow need not be loaded again (5 ms). It has limits on memory and processor time, no files
but its pipe, and is not believed afterwards: what it sends is held against bounds, and nothing of it is unpickled.
"""

import json
import os
import resource
import select
import signal
import struct
import time
import warnings
from typing import Any, NoReturn

from webapp.media import processing
from webapp.media.formats import BOUNDS, ENCODINGS, SENTENCES, Rejected
from webapp.media.placeholder import PALETTE
from webapp.media.processing import Processed, Variant

_LENGTH = struct.Struct(">I")
_MOST_HEADER = 64 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_CHUNK = 1 << 16


def process(data: bytes, *, seconds: float = 20, megabytes: int = 1024) -> Processed:
    """Make the variants of a photo under limits. Rejected if it is refused, too costly, or kills its decoder."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks among threads; the child only decodes and leaves by _exit
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _decode(data, reading, writing, int(seconds) + 1, megabytes)
    os.close(writing)
    try:
        answer = _read(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return _unpack(answer)


def _decode(data: bytes, reading: int, writing: int, seconds: int, megabytes: int) -> NoReturn:
    """Be the child: limit oneself, decode, answer, leave. Nothing above this frame ever runs again."""
    try:
        _limit(seconds, megabytes)
        os.closerange(3, writing)
        os.closerange(writing + 1, 4096)

        _send(writing, _attempt(data))
    finally:
        os._exit(0)


def _limit(seconds: int, megabytes: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    for kind, most in (
        (resource.RLIMIT_AS, megabytes * 1024 * 1024),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))


def _attempt(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    try:
        made = processing.variants(data)
    except Rejected as refusal:
        return {"rejected": refusal.code}, []
    except MemoryError:
        return {"rejected": "too_costly"}, []
    rows = [[v.name, v.format, v.width, v.height, len(v.data)] for v in made.variants]
    header = {"width": made.width, "height": made.height, "placeholder": made.placeholder, "variants": rows}
    return header, [v.data for v in made.variants]


def _send(writing: int, answer: tuple[dict[str, Any], list[bytes]]) -> None:
    header = json.dumps(answer[0]).encode()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(_LENGTH.pack(len(header)) + header)
        for body in answer[1]:
            pipe.write(body)


def _read(reading: int, until: float) -> bytes:
    """Read all that the child sends until it closes the pipe. Rejected when time or space run out."""
    parts: list[bytes] = []
    size = 0
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            raise Rejected("too_costly")
        part = os.read(reading, _CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise Rejected("unsafe")


def _unpack(answer: bytes) -> Processed:
    """Hold the child's answer against what a sane one looks like. A dead child's is empty."""
    if len(answer) < _LENGTH.size:
        raise Rejected("unsafe")
    length = _LENGTH.unpack_from(answer)[0]
    if length > _MOST_HEADER or len(answer) < _LENGTH.size + length:
        raise Rejected("unsafe")
    try:
        header = json.loads(answer[_LENGTH.size : _LENGTH.size + length])
        if "rejected" in header:
            code = header["rejected"]
            raise Rejected(code if code in SENTENCES else "unsafe")
        return _believe(header, answer[_LENGTH.size + length :])
    except (ValueError, TypeError, KeyError) as error:
        raise Rejected("unsafe") from error


def _believe(header: dict[str, Any], body: bytes) -> Processed:
    found: list[Variant] = []
    at = 0
    for name, form, width, height, size in header["variants"]:
        if name not in BOUNDS or form not in ENCODINGS or not 0 < size <= len(body) - at:
            raise ValueError("a variant that no picture has")
        if not (0 < width <= BOUNDS[name] and 0 < height <= BOUNDS[name]):
            raise ValueError("a variant larger than it may be")
        found.append(Variant(name, form, int(width), int(height), body[at : at + size]))
        at += size
    if at != len(body) or {(v.name, v.format) for v in found} != {(n, f) for n in BOUNDS for f in ENCODINGS}:
        raise ValueError("not all variants, or more")
    if header["placeholder"] not in PALETTE:
        raise ValueError("a colour that is none of ours")
    return Processed(int(header["width"]), int(header["height"]), header["placeholder"], tuple(found))
