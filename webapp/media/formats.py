"""Name what a file is from its first bytes, say kindly why it cannot be taken, and what is made of it."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024
MAX_BYTES = 10 * MEGABYTE
MOST_BYTES = 40 * MEGABYTE  # of all photos in one form
MAX_PIXELS = 50_000_000
ACCEPTED = "JPEG, PNG, WebP, HEIC or AVIF"

# Name → the box a variant fits into, in pixels; `thumb` is cut square, the others keep their proportions.
BOUNDS = {"thumb": 150, "small": 320, "medium": 640, "large": 1080}
ENCODINGS = ("webp", "jpg")

_INSTEAD = f"Choose a {ACCEPTED} photo instead."
SENTENCES = {
    "empty": "This file is empty. Choose another photo.",
    "too_large": f"This photo is larger than {MAX_BYTES // MEGABYTE} MB. Choose a smaller one.",
    "too_many_pixels": f"This photo has more than {MAX_PIXELS // 1_000_000} megapixels. Choose a smaller one.",
    "damaged": "This photo is damaged or incomplete. Export it again from where it came, or choose another one.",
    "too_costly": "This photo takes too much work to open. Save it again as a plain JPEG and upload that.",
    "unsafe": "This photo could not be opened safely. Save it again as a plain JPEG and upload that.",
    "gif": f"This is a GIF. {_INSTEAD}",
    "bmp": f"This is a BMP picture. {_INSTEAD}",
    "tiff": f"This is a TIFF or a camera's raw file. {_INSTEAD}",
    "svg": f"This is an SVG drawing. {_INSTEAD}",
    "pdf": f"This is a PDF document. {_INSTEAD}",
    "jxl": f"This is a JPEG XL picture. {_INSTEAD}",
    "video": f"This is a video. {_INSTEAD}",
    "unknown": f"This is not a photo we can open. {_INSTEAD}",
}


class Rejected(Exception):
    """Refuse a photo; `sentence` tells its owner what happened and what to do."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code
        self.sentence = SENTENCES[code]


@dataclass(frozen=True, slots=True)
class Header:
    """Hold what a file's header says: Pillow's name of the format, pixels as stored (not yet upright), frames."""

    format: str
    width: int
    height: int
    frames: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One size in one encoding; `name` is thumb, small, medium or large, `format` webp or jpg."""

    name: str
    format: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Processed:
    """A photo's upright size, the colour that stands in its place, its eight variants, and how it looks (64 bits)."""

    width: int
    height: int
    placeholder: str
    variants: tuple[Variant, ...]
    looks: int


_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
)
_FOREIGN_MAGIC = (
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"%PDF", "pdf"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL ", "jxl"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_MOST_BRANDS = 64


def sniff(data: bytes) -> str:
    """Name the format of `data` as Pillow does: JPEG, PNG, WEBP, AVIF or HEIF. Rejected for anything else."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    raise Rejected(_foreign(data))


def _sniff_brands(data: bytes) -> str:
    end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MOST_BRANDS)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, end, 4)}
    # An AVIF file may lead with the brand mif1 that it shares with HEIC, so its own brand is looked for first.
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    raise Rejected("video")


def _foreign(data: bytes) -> str:
    for magic, code in _FOREIGN_MAGIC:
        if data.startswith(magic):
            return code
    opening = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "svg" if opening.startswith(b"<") and b"<svg" in opening else "unknown"
