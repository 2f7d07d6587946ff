"""From the bytes of a photo to its variants: pure, no storage, no database.

What can be refused by the header is refused before a pixel is decoded. Then: shrink, turn upright, flatten, convert to
sRGB, and go down a cascade from large to thumb. Variants are built from pixels alone, so no metadata survives; where
nothing had to change, a JPEG or WebP keeps its own compressed data instead of losing quality once more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image, ImageFile, ImageOps
from pillow_heif import register_heif_opener

from webapp.media import colour, jpeg, placeholder, webp
from webapp.media.formats import BOUNDS, ENCODINGS, MAX_BYTES, MAX_PIXELS, Header, Rejected, sniff

register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # every format is held against MAX_PIXELS by its header, below
ImageFile.LOAD_TRUNCATED_IMAGES = False

_SAVE = {
    "webp": {"format": "WEBP", "quality": 80, "method": 3},
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "subsampling": "4:2:0"},
}
_MOST_KEPT = 1_000_000  # bytes: a file beyond it is not worth sending as it is
_LANCZOS = Image.Resampling.LANCZOS
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, AttributeError)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
    """A photo's upright size, the colour that stands in its place, and its eight variants."""

    width: int
    height: int
    placeholder: str
    variants: tuple[Variant, ...]


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever a decoder raises over hostile bytes into a refusal with a sentence."""
    try:
        yield
    except Rejected:
        raise
    except MemoryError as error:
        raise Rejected("too_costly") from error
    except _DAMAGED as error:
        raise Rejected("damaged") from error


def inspect(data: bytes) -> Header:
    """Read what a file's header says. Rejected for what is no photo, too large, or too much work."""
    if not data:
        raise Rejected("empty")
    if len(data) > MAX_BYTES:
        raise Rejected("too_large")
    name = sniff(data)
    with _refusing():
        if name == "WEBP":
            width, height, frames = webp.header(data)
        else:
            if name == "JPEG" and jpeg.scans(data) > jpeg.MAX_SCANS:
                raise Rejected("too_costly")
            image = _open(data, name)
            (width, height), frames = image.size, getattr(image, "n_frames", 1)
    if width * height > MAX_PIXELS:
        raise Rejected("too_many_pixels")
    if width < 1 or height < 1:
        raise Rejected("damaged")
    return Header(name, width, height, frames)


def _open(data: bytes, name: str) -> Image.Image:
    # A camera's MPO file is a JPEG with more behind it: Pillow opens it as such when JPEG is allowed.
    return Image.open(BytesIO(data), formats=[name])


def variants(data: bytes) -> Processed:
    """Make all variants of a photo; of an animated one, of its first frame. Rejected with a sentence for its owner."""
    header = inspect(data)
    with _refusing():
        image = _open(data, header.format)
        orientation = _orientation(image)
        base, kept = _large(image, data, header, orientation)
        width, height = (header.height, header.width) if orientation >= 5 else (header.width, header.height)
        mean = placeholder.nearest(*colour.average(base))
        return Processed(width, height, mean, tuple(_cascade(base, kept)))


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8. A broken block counts as upright."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # whatever is in that block, the picture can be shown without it
        return 1
    return found if found in _TURNS else 1


def _large(image: Image.Image, data: bytes, header: Header, orientation: int) -> tuple[Image.Image, dict[str, bytes]]:
    """Return the large picture (L or RGB, upright, sRGB, on white), and its own data where nothing had to change."""
    size = _fit(header.width, header.height, BOUNDS["large"])
    if header.format == "JPEG":
        image.draft(None, size)  # decodes at a half, quarter or eighth of the size, as long as that is enough
    image.load()
    profile = image.info.get("icc_profile")
    picture = colour.plain(image)
    if picture.size != size:
        picture = picture.resize(size, _LANCZOS, reducing_gap=2.0)
    opaque = colour.is_opaque(picture)
    if orientation != 1:
        picture = picture.transpose(_TURNS[orientation])
    flat = colour.on_white(picture)
    transform = colour.conversion(flat.mode, profile)
    untouched = (
        opaque
        and orientation == 1
        and transform is None
        and size == (header.width, header.height)
        and flat.mode in ("L", "RGB")
        and header.frames == 1
    )
    flat = colour.convert(flat, transform)
    flat.info.clear()  # or Pillow writes a comment or a profile into every variant
    return flat, _own_data(data, header) if untouched else {}


def _own_data(data: bytes, header: Header) -> dict[str, bytes]:
    """Return the file's own compressed picture without metadata, under the format it is good for."""
    own = {"JPEG": ("jpg", jpeg.strip), "WEBP": ("webp", webp.strip)}.get(header.format)
    if own is None:
        return {}
    form, strip = own
    bare = strip(data)
    if bare is None or len(bare) > _MOST_KEPT:
        return {}
    again = _open(bare, header.format)
    again.load()
    return {form: bare} if again.size == (header.width, header.height) else {}


def _fit(width: int, height: int, bound: int) -> tuple[int, int]:
    """Return the size within a square of side `bound`, never enlarged, never nothing."""
    scale = min(1.0, bound / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cascade(large: Image.Image, kept: dict[str, bytes]) -> Iterator[Variant]:
    """Make each size from the next larger one. Sizes that come out the same are encoded once."""
    picture, encoded = large, kept
    for name in ("large", "medium", "small"):
        size = _fit(*large.size, BOUNDS[name])
        if size != picture.size:
            picture, encoded = picture.resize(size, _LANCZOS, reducing_gap=2.0), {}
        encoded = {form: encoded.get(form) or _encode(picture, form) for form in ENCODINGS}
        for form in ENCODINGS:
            yield Variant(name, form, *picture.size, encoded[form])
    side = min(BOUNDS["thumb"], *large.size)
    thumb = ImageOps.fit(large, (side, side), _LANCZOS)
    for form in ENCODINGS:
        yield Variant("thumb", form, side, side, _encode(thumb, form))


def _encode(picture: Image.Image, form: str) -> bytes:
    file = BytesIO()
    picture.save(file, **_SAVE[form])
    return file.getvalue()
