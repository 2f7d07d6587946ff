"""Decode photos in a child process: whatever hostile bytes do to a decoder, they do it there.

The child is a fork, so Pillow need not be loaded again (5 ms). It has limits on memory and processor time, is nobody
where its parent is root, holds nothing open but its pipe and can open nothing: no file, no socket, no thread. It is
not believed afterwards: what it sends is held against bounds, and nothing of it is unpickled. (HEIC's decoder cannot
do without a thread of its own, so a child for it may have more; it dies with its whole group.)
"""

import json
import os
import resource
import signal
import struct
import threading
import time
import warnings
from typing import Any, NoReturn

from webapp.media import confine, processing
from webapp.media.confine import Limits
from webapp.media.formats import BOUNDS, ENCODINGS, MAX_PIXELS, MEGABYTE, SENTENCES, Processed, Rejected, Variant
from webapp.media.placeholder import PALETTE

_LENGTH = struct.Struct(">I")
_MOST_HEADER = 64 * 1024
_MOST_BYTES = 64 * MEGABYTE
_MOST_FAULT = 500  # characters
_LEAVING = 0.5  # seconds between a child's last word and its end

# One photo at a time, or threads that decode at once would need the memory of all of them.
_one = threading.Lock()


class Fault(RuntimeError):
    """Report a mistake of ours in the child: no reason to refuse the photo, so the job is tried again."""


def process(data: bytes, *, seconds: float = 20, megabytes: int = 1024) -> Processed:
    """Make the variants of a photo within `seconds` and in `megabytes` beside what this process already has.

    Rejected if it is refused, too costly, or crashes its decoder; Fault if the mistake is ours; Killed if somebody
    killed the decoder.
    """
    with _one:
        reading, writing = os.pipe()
        try:
            child = _fork()
            if child == 0:
                _decode(data, writing, seconds, megabytes)
        finally:
            os.close(writing)
        try:
            return _believed(_read(reading, time.monotonic() + seconds), child)
        finally:
            os.close(reading)
            confine.end(child)
            os.waitpid(child, 0)  # its number was taken until now


def _believed(answer: bytes, child: int) -> Processed:
    try:
        return _unpack(answer)
    except Rejected as refusal:
        if refusal.code == "unsafe" and _was_killed(child):
            raise confine.Killed("the decoder was killed") from refusal
        raise


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of forks among threads; the child only decodes and leaves by _exit.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _was_killed(child: int) -> bool:
    """Tell whether somebody killed a child that sends nothing any more: a shortage of memory, an operator."""
    until = time.monotonic() + _LEAVING
    while (over := os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG)) is None:
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return over.si_code == os.CLD_KILLED and over.si_status == signal.SIGKILL


def _decode(data: bytes, writing: int, seconds: float, megabytes: int) -> NoReturn:
    """Be the child: limit oneself, decode, answer, leave. Nothing above this frame ever runs again."""
    try:
        os.closerange(0, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))  # which is 0 once no file may be opened
        threads = None if data[4:8] == b"ftyp" else 0
        confine.confine(Limits(seconds, megabytes, processes=threads), born_with=_mapped())
        confine.become_nobody()
        _send(writing, _attempt(data))
    finally:
        os._exit(0)


def _mapped() -> int:
    """Count the bytes of address space that the fork was born with: threads' stacks of the parent are many."""
    with open("/proc/self/statm", "rb") as sizes:
        return int(sizes.read().split()[0]) * resource.getpagesize()


def _attempt(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    try:
        made = processing.variants(data)
    except Rejected as refusal:
        return {"rejected": refusal.code}, []
    except MemoryError:
        return {"rejected": "too_costly"}, []
    except Exception as error:
        return {"fault": repr(error)[:_MOST_FAULT]}, []
    rows = [[v.name, v.format, v.width, v.height, len(v.data)] for v in made.variants]
    header = {
        "width": made.width, "height": made.height, "placeholder": made.placeholder, "variants": rows,
        "looks": made.looks,
    }  # fmt: skip
    return header, [v.data for v in made.variants]


def _send(writing: int, answer: tuple[dict[str, Any], list[bytes]]) -> None:
    header = json.dumps(answer[0]).encode()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(_LENGTH.pack(len(header)) + header)
        for body in answer[1]:
            pipe.write(body)


def _read(reading: int, until: float) -> bytes:
    """Read the child's whole answer. Rejected when time or space run out."""
    try:
        return confine.collect(reading, until, _MOST_BYTES)
    except confine.Exceeded as error:
        raise Rejected("too_costly" if str(error) == "time" else "unsafe") from error


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
        if "fault" in header:
            raise Fault(str(header["fault"])[:_MOST_FAULT])
        return _believe(header, answer[_LENGTH.size + length :])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Rejected("unsafe") from error


def _believe(header: dict[str, Any], body: bytes) -> Processed:
    found: list[Variant] = []
    at = 0
    for name, form, width, height, size in header["variants"]:
        if name not in BOUNDS or form not in ENCODINGS or _whole(size) > len(body) - at:
            raise ValueError("a variant that no picture has")
        if max(_whole(width), _whole(height)) > BOUNDS[name]:
            raise ValueError("a variant larger than it may be")
        found.append(Variant(name, form, width, height, body[at : at + size]))
        at += size
    if at != len(body) or sorted((v.name, v.format) for v in found) != sorted(
        (n, f) for n in BOUNDS for f in ENCODINGS
    ):
        raise ValueError("not all variants, or more")
    if not all(map(_is_picture, found)):
        raise ValueError("a variant that is something else")
    width, height, placeholder = _whole(header["width"]), _whole(header["height"]), header["placeholder"]
    if width * height > MAX_PIXELS or placeholder not in PALETTE:
        raise ValueError("a photo that we do not take, or a colour that is none of ours")
    looks = header["looks"]
    if type(looks) is not int or not -(1 << 63) <= looks < 1 << 63:
        raise ValueError("looks that nothing has")
    return Processed(width, height, placeholder, tuple(found), looks)


def _whole(number: Any) -> int:
    """Let a positive whole number through; JSON also has fractions, truth values and texts."""
    if type(number) is not int or number < 1:
        raise ValueError("not a size")
    return number


def _is_picture(variant: Variant) -> bool:
    data = variant.data
    if variant.format == "webp":
        return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")
