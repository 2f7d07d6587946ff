"""Write ICC profiles by hand: a few hundred bytes each, so that none need lie in the repository."""

import struct

# Primaries as XYZ under D50, as profiles hold them: red, green, blue.
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
_D50 = (0.96420, 1.0, 0.82491)


def rgb(primaries, gamma: float | None = None) -> bytes:
    """Make a matrix profile; without a gamma it has sRGB's curve."""
    curve = _srgb_curve() if gamma is None else _gamma(gamma)
    tags = {b"wtpt": _xyz(_D50)}
    for letter, primary in zip("rgb", primaries, strict=True):
        tags[f"{letter}XYZ".encode()] = _xyz(primary)
        tags[f"{letter}TRC".encode()] = curve
    return _profile(b"RGB ", tags)


def grey(gamma: float) -> bytes:
    """Make a profile for greys of this gamma."""
    return _profile(b"GRAY", {b"wtpt": _xyz(_D50), b"kTRC": _gamma(gamma)})


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    named = {b"desc": _text("made for a test"), b"cprt": _text("none")} | tags
    at = 128 + 4 + 12 * len(named)
    table, body = struct.pack(">I", len(named)), b""
    for tag, content in named.items():
        table += struct.pack(">4sII", tag, at + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0" * 4, 0x04200000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28 + struct.pack(">3i", *map(_fixed, _D50))
    return head.ljust(128, b"\0") + table + body


def _fixed(value: float) -> int:
    return round(value * 65536)


def _xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, values))


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def _srgb_curve() -> bytes:
    numbers = map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    return b"para\0\0\0\0" + struct.pack(">HH5i", 3, 0, *numbers)


def _text(text: str) -> bytes:
    content = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(content), 28) + content
