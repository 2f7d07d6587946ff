"""From the bytes of a photo to its variants: pure, no storage, no database.

What can be refused by the header is refused before a pixel is decoded. Then: shrink, turn upright, flatten, convert to
sRGB, and go down a cascade from large to thumb. Variants are built from pixels alone, so no metadata survives; where
nothing had to change, a JPEG or WebP keeps its own compressed data instead of losing quality once more.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

# More than is named below: the sandbox can open no file, so what Pillow would import on demand has to be here already.
from PIL import AvifImagePlugin, ExifTags, Image, ImageFile, ImageOps
from PIL import MpoImagePlugin as _Mpo  # noqa: F401
from PIL import TiffImagePlugin as _Tiff  # noqa: F401
from PIL import WebPImagePlugin as _WebP  # noqa: F401
from PIL.ImageCms import ImageCmsTransform
from pillow_heif import register_heif_opener

from webapp.media import colour, jpeg, placeholder, webp
from webapp.media.formats import BOUNDS, ENCODINGS, MAX_BYTES, MAX_PIXELS, Header, Processed, Rejected, Variant, sniff
from webapp.policy import hashes

Image.preinit()
# Decoders keep to one thread, as the sandbox allows no more; an embedded thumbnail is never taken for the photo.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
Image.MAX_IMAGE_PIXELS = None  # every format is held against MAX_PIXELS by its header, below
ImageFile.LOAD_TRUNCATED_IMAGES = False

_SAVE = {
    "webp": {"format": "WEBP", "quality": 80, "method": 3},
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "subsampling": "4:2:0"},
}
_MOST_KEPT = 1_000_000  # bytes: a file beyond it is not worth sending as it is
_LANCZOS = Image.Resampling.LANCZOS
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever a decoder raises over hostile bytes, which is nearly anything, into a refusal with a sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, which nobody will see
        try:
            yield
        except Rejected:
            raise
        except MemoryError as error:
            raise Rejected("too_costly") from error
        except Exception as error:
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
    with _refusing():  # only here: a mistake in what follows is ours and not the file's
        photo = _decode(data, header)
    large = photo.finish(_resized(photo.image, _fit(*photo.size, BOUNDS["large"])))
    thumb = _thumb(photo, large, min(BOUNDS["thumb"], *photo.size))
    kept = _own_data(data, header, large) if large.size == photo.size and photo.is_as_shown else {}
    width, height = photo.size[::-1] if photo.orientation >= 5 else photo.size
    mean = placeholder.nearest(*colour.average(large))
    made = (*_cascade(large, kept), *_both("thumb", thumb, {}))
    small = _resized(large, _fit(*large.size, BOUNDS["small"]))
    grey = small.convert("L").resize((hashes.SIDE, hashes.SIDE), _LANCZOS).tobytes()
    return Processed(width, height, mean, made, hashes.of(grey))


@dataclass(frozen=True, slots=True)
class _Photo:
    """Decoded pixels, perhaps fewer than the file's `size`, and what is left to be done with them."""

    image: Image.Image
    size: tuple[int, int]
    orientation: int
    transform: ImageCmsTransform | None
    frames: int

    def finish(self, picture: Image.Image) -> Image.Image:
        """Turn a shrunk picture upright, lay it on white, bring it into sRGB: L or RGB, with no metadata."""
        if self.orientation != 1:
            picture = picture.transpose(_TURNS[self.orientation])
        picture = colour.convert(colour.on_white(picture), self.transform).copy()
        picture.info.clear()  # or Pillow writes a comment or a profile into every variant
        return picture

    @property
    def is_as_shown(self) -> bool:
        """Say whether finishing changes nothing."""
        upright = self.orientation == 1 and self.transform is None and self.frames == 1
        return upright and self.image.mode != "CMYK" and colour.is_opaque(self.image)


def _decode(data: bytes, header: Header) -> _Photo:
    image = _open(data, header.format)
    orientation = _orientation(image)
    if header.format == "JPEG":
        image.draft(None, _least(header))  # decodes at a half, quarter or eighth of the size, as long as that is enough
    image.load()
    # A HEIC's pixels may turn out fewer or more than its header says; a JPEG's are fewer by our own wish.
    size = (header.width, header.height) if header.format == "JPEG" else image.size
    plain = colour.plain(image)
    mode = {"La": "L", "RGBa": "RGB"}.get(plain.mode, plain.mode)
    return _Photo(plain, size, orientation, colour.conversion(mode, image.info.get("icc_profile")), header.frames)


def _least(header: Header) -> tuple[int, int]:
    """Return the fewest pixels to decode: enough for `large`, and across a panorama's short side for `thumb`."""
    sides = header.width, header.height
    scale = min(1.0, max(BOUNDS["large"] / max(sides), BOUNDS["thumb"] / min(sides)))
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8. A broken block counts as upright."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # whatever is in that block, the picture can be shown without it
        return 1
    return found if found in _TURNS else 1


def _own_data(data: bytes, header: Header, shown: Image.Image) -> dict[str, bytes]:
    """Return the file's own compressed picture without metadata, under the format it is good for."""
    own = {"JPEG": ("jpg", jpeg.strip), "WEBP": ("webp", webp.strip)}.get(header.format)
    if own is None:
        return {}
    form, strip = own
    bare = strip(data)
    if bare is None or len(bare) > _MOST_KEPT:
        return {}
    try:
        with _refusing():
            again = colour.on_white(colour.plain(_open(bare, header.format)))
    except Rejected:
        return {}
    # Whatever odd segments the file had, what is left of it must show the very same pixels.
    return {form: bare} if again.tobytes() == shown.tobytes() else {}


def _fit(width: int, height: int, bound: int) -> tuple[int, int]:
    """Return the size within a square of side `bound`, never enlarged, never nothing."""
    scale = min(1.0, bound / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, _LANCZOS, reducing_gap=2.0)


def _thumb(photo: _Photo, large: Image.Image, side: int) -> Image.Image:
    """Cut out the middle; of a panorama from all of its pixels, since its large picture is too narrow."""
    if min(large.size) >= side:
        return ImageOps.fit(large, (side, side), _LANCZOS)
    return photo.finish(ImageOps.fit(photo.image, (side, side), _LANCZOS))


def _cascade(large: Image.Image, kept: dict[str, bytes]) -> Iterator[Variant]:
    """Make each size from the next larger one. Sizes that come out the same are encoded once."""
    picture, encoded = large, kept
    for name in ("large", "medium", "small"):
        smaller = _resized(picture, _fit(*large.size, BOUNDS[name]))
        made = _both(name, smaller, encoded if smaller.size == picture.size else {})
        yield from made
        picture, encoded = smaller, {variant.format: variant.data for variant in made}


def _both(name: str, picture: Image.Image, encoded: dict[str, bytes]) -> list[Variant]:
    return [Variant(name, form, *picture.size, encoded.get(form) or _encode(picture, form)) for form in ENCODINGS]


def _encode(picture: Image.Image, form: str) -> bytes:
    file = BytesIO()
    picture.save(file, **_SAVE[form])
    return file.getvalue()
