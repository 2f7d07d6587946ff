"""Make the photos that people and attackers send, each with the verdict it deserves.

Everything is drawn or patched together here, byte for byte the same each time, so that no binary lies in the
repository.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import ExifTags, Image, ImageDraw, PngImagePlugin
from pillow_heif import register_heif_opener

from tests.media import profiles
from webapp.media import jpeg
from webapp.media.formats import MAX_BYTES, MAX_PIXELS

register_heif_opener(thumbnails=False)

SECRET = b"SECRET-TO-NOBODY"  # stands in every metadata block, and must stand in no variant
ORIENTATIONS = range(1, 9)
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
_LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}
# Exif orientation → what the camera did to the upright scene before it stored it.
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Case:
    """Name a file, how to make it, and its end: a code of SENTENCES, or the upright size it comes out with."""

    name: str
    make: Callable[[], bytes]
    verdict: str | tuple[int, int]


def scene(width: int = 96, height: int = 64) -> Image.Image:
    """Draw four quarters of different colours, so that every way of turning it looks different."""
    image = Image.new("RGB", (width, height), (200, 40, 40))
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(40, 160, 60))
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=(40, 70, 200))
    draw.rectangle((width // 2, height // 2, width, height), fill=(230, 220, 120))
    return image


def grain(width: int, height: int) -> Image.Image:
    """Draw a soft, colourful picture with as much detail as a photograph has, the same each time."""
    seed, cells = 1, bytearray()
    for _ in range(60 * 40 * 3):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        cells.append(seed >> 16 & 0xFF)
    return Image.frombytes("RGB", (60, 40), bytes(cells)).resize((width, height), Image.Resampling.BICUBIC)


def save(image: Image.Image, name: str, **options) -> bytes:
    """Encode to bytes."""
    out = BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def exif(orientation: int = 1, padding: int = 0) -> bytes:
    """Write an Exif block with a position on earth, a camera's name, and the secret."""
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = orientation
    block[ExifTags.Base.Model] = SECRET.decode()
    block[ExifTags.Base.ImageDescription] = SECRET.decode() + "x" * padding
    gps = block.get_ifd(ExifTags.IFD.GPSInfo)
    gps.update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 29: SECRET.decode()})
    return block.tobytes()


@cache
def turned(name: str, orientation: int) -> bytes:
    """Store the scene as a camera held that way does."""
    image = scene()
    if orientation in _STORED:
        image = image.transpose(_STORED[orientation])
    return save(image, name, exif=exif(orientation), **_LOSSLESS.get(name, {"quality": 95}))


def with_profile(colour, profile: bytes, mode: str = "RGB", name: str = "PNG") -> bytes:
    """Make one flat colour under a profile."""
    return save(Image.new(mode, (40, 40), colour), name, icc_profile=profile)


def metadata(name: str, size: tuple[int, int] = (96, 64)) -> bytes:
    """Fill every kind of block that the format has with the secret, the trailing bytes too."""
    image = grain(*size)
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    options = {"exif": exif(), "icc_profile": profiles.rgb(profiles.SRGB), "xmp": packet}
    if name == "JPEG":
        data = save(image, name, comment=SECRET, quality=92, **options)
        return after_start(data, 0xED, b"Photoshop 3.0\0" + SECRET) + SECRET
    if name == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", SECRET.decode())
        notes.add_text("Author", SECRET.decode(), zip=True)
        notes.add_itxt("XML:com.adobe.xmp", packet.decode())
        return save(image, name, pnginfo=notes, exif=options["exif"]) + SECRET
    return save(image, name, **options) + (b"" if name in ("HEIF", "AVIF") else SECRET)


def after_start(data: bytes, marker: int, content: bytes) -> bytes:
    """Put a segment right behind the start of a JPEG."""
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + data[2:]


def png_chunk(tag: bytes, content: bytes) -> bytes:
    """Write a PNG chunk with its checksum."""
    return struct.pack(">I", len(content)) + tag + content + struct.pack(">I", zlib.crc32(tag + content))


def png_of(width: int, height: int, *between: bytes) -> bytes:
    """Write a PNG whose header claims this size, with a few bytes of pixels and chunks before them."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0" * 4096))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(between) + pixels + png_chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    """Claim 16383 × 16383 pixels in 32 bytes."""
    bits = (16382 | 16382 << 14).to_bytes(4, "little")
    chunk = b"VP8L" + struct.pack("<I", 12) + b"\x2f" + bits + b"\0" * 7
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def resized_jpeg(width: int, height: int, data: bytes | None = None) -> bytes:
    """Claim another size in a JPEG's frame header."""
    data = bytearray(data or save(scene(), "JPEG"))
    start = next(start for marker, start, _ in jpeg.segments(bytes(data)) if marker in (0xC0, 0xC2))
    data[start + 1 : start + 5] = struct.pack(">HH", height, width)
    return bytes(data)


def scan_bomb(repeats: int = 4000) -> bytes:
    """Repeat one scan of a progressive JPEG that claims 48 megapixels."""
    data = resized_jpeg(8000, 6000, save(Image.new("L", (64, 64), 90), "JPEG", progressive=True))
    found = [(start - 4, end) for marker, start, end in jpeg.segments(data) if marker == 0xDA]
    start, end = found[-1]
    return data[:start] + data[start:end] * repeats + data[end:]


def resized_heif(width: int, height: int) -> bytes:
    """Claim another size in every `ispe` box of a HEIC file."""
    data = bytearray(save(scene(), "HEIF"))
    at = data.find(b"ispe")
    while at >= 0:
        data[at + 8 : at + 16] = struct.pack(">II", width, height)
        at = data.find(b"ispe", at + 4)
    return bytes(data)


def ycck(colour: tuple[int, int, int]) -> bytes:
    """Make a YCCK JPEG, which Pillow cannot write: a CMYK one whose header says that it holds YCC."""
    complement = Image.new("RGB", (40, 40), tuple(255 - c for c in colour)).convert("YCbCr").getpixel((0, 0))
    image = Image.new("CMYK", (40, 40), (*(255 - c for c in complement), 0))
    data = bytearray(save(image, "JPEG", quality=100))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def animated(name: str) -> bytes:
    """Show red, then blue."""
    first, second = Image.new("RGB", (60, 40), "red"), Image.new("RGB", (60, 40), "blue")
    return save(first, name, save_all=True, append_images=[second], duration=100)


def transparent(mode: str, name: str = "PNG") -> bytes:
    """Make a left half that is black and solid, a right half that is black and not there."""
    image = Image.new("RGBA", (80, 40), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (40, 0, 80, 40))
    if mode == "P":
        flat = Image.new("P", (80, 40), 0)
        flat.putpalette([0, 0, 0, 0, 0, 0])
        flat.paste(1, (40, 0, 80, 40))
        return save(flat, name, transparency=1)
    return save(image.convert(mode), name, **({"lossless": True} if name == "WEBP" else {}))


def sixteen_bit() -> bytes:
    """Make a grey ramp of 16 bits, 4 steps: 0, a third, two thirds, all."""
    levels = struct.pack("<4H", 0, 0x5555, 0xAAAA, 0xFFFF)
    return save(Image.frombytes("I;16", (4, 1), levels).resize((160, 40), Image.Resampling.NEAREST), "PNG")


def mpo() -> bytes:
    """Make a camera's file of two pictures, of which the first is the photo."""
    return save(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64), "black")])


def truncated(name: str) -> bytes:
    """Cut a photo off at its middle."""
    data = save(grain(200, 150), name)
    return data[: len(data) // 2]


@cache
def fifty_megapixels() -> bytes:
    """Draw exactly as many pixels as are taken, in two flat colours."""
    image = Image.new("L", (10_000, MAX_PIXELS // 10_000), 60)
    image.paste(180, (5_000, 0, 10_000, 5_000))
    return save(image, "PNG", compress_level=1)


_HTML = b"<!DOCTYPE html><script>alert(1)</script>" + SECRET
_ZIP = b"PK\x03\x04" + SECRET + b"PK\x05\x06" + b"\0" * 18

REFUSED = (
    Case("nothing at all", lambda: b"", "empty"),
    Case("one byte more than 10 MB", lambda: save(scene(), "JPEG").ljust(MAX_BYTES + 1, b"\0"), "too_large"),
    Case("PNG of 60000 x 60000", lambda: png_of(60_000, 60_000), "too_many_pixels"),
    Case("WebP bomb of 32 bytes", webp_bomb, "too_many_pixels"),
    Case("JPEG of 65000 x 65000", lambda: resized_jpeg(65_000, 65_000), "too_many_pixels"),
    Case("JPEG of 51 megapixels", lambda: resized_jpeg(10_200, 5_000), "too_many_pixels"),
    Case("PNG of one pixel row too many", lambda: png_of(10_000, 5_001), "too_many_pixels"),
    Case("progressive scan bomb", scan_bomb, "too_costly"),
    Case("PNG with a bomb for a profile", lambda: png_of(
        8, 8, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(20_000_000)))), "damaged"),
    Case("PNG with a bomb for a comment", lambda: png_of(
        8, 8, png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(20_000_000)))), "damaged"),
    Case("PNG with too few pixels", lambda: png_of(1_000, 1_000), "damaged"),
    Case("PNG of no width", lambda: png_of(0, 5), "damaged"),
    Case("HTML named .jpg", lambda: _HTML, "unknown"),
    Case("text", lambda: b"hello, this is a photo", "unknown"),
    Case("JPEG magic alone", lambda: b"\xff\xd8\xff", "damaged"),
    Case("PNG magic alone", lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    Case("WebP magic alone", lambda: b"RIFF\x04\0\0\0WEBP", "damaged"),
    Case("HEIC magic alone", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged"),
    Case("AVIF magic alone", lambda: b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "damaged"),
    Case("GIF", lambda: save(scene(), "GIF"), "gif"),
    Case("animated GIF", lambda: animated("GIF"), "gif"),
    Case("GIF that is a script", lambda: b"GIF89a/*" + _HTML + b"*/=1;", "gif"),
    Case("BMP", lambda: save(scene(), "BMP"), "bmp"),
    Case("TIFF", lambda: save(scene(), "TIFF"), "tiff"),
    Case("SVG", lambda: b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
    Case("PDF", lambda: b"%PDF-1.7\n", "pdf"),
    Case("MP4", lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(64), "video"),
    Case("WebM", lambda: b"\x1aE\xdf\xa3" + bytes(64), "video"),
    *(Case(f"truncated {name}", lambda name=name: truncated(name), "damaged") for name in FORMATS),
)  # fmt: skip

ACCEPTED = (
    Case("1 x 1", lambda: save(Image.new("RGB", (1, 1), "red"), "PNG"), (1, 1)),
    Case("sliver 1 x 30000", lambda: save(Image.new("RGB", (1, 30_000), "red"), "PNG"), (1, 30_000)),
    Case("sliver 30000 x 1", lambda: save(Image.new("RGB", (30_000, 1), "red"), "JPEG"), (30_000, 1)),
    Case("exactly 50 megapixels", fifty_megapixels, (10_000, 5_000)),
    Case("CMYK", lambda: save(scene().convert("CMYK"), "JPEG"), (96, 64)),
    Case("YCCK", lambda: ycck((255, 0, 0)), (40, 40)),
    Case("16 bits of grey", sixteen_bit, (160, 40)),
    Case("black and white", lambda: save(scene().convert("1"), "PNG"), (96, 64)),
    *(Case(f"transparent {mode}", lambda mode=mode: transparent(mode), (80, 40)) for mode in ("RGBA", "LA", "P")),
    Case("transparent WebP", lambda: transparent("RGBA", "WEBP"), (80, 40)),
    *(Case(f"animated {name}", lambda name=name: animated(name), (60, 40)) for name in ("WEBP", "PNG", "AVIF")),
    Case("MPO", mpo, (96, 64)),
    Case("broken profile", lambda: with_profile("red", b"not a profile at all"), (40, 40)),
    Case("profile cut off", lambda: with_profile("red", profiles.rgb(profiles.ADOBE_RGB)[:200]), (40, 40)),
    Case("RGB profile on grey", lambda: with_profile(9, profiles.rgb(profiles.ADOBE_RGB), "L"), (40, 40)),
    Case("huge Exif", lambda: save(scene(), "JPEG", exif=exif(padding=60_000)), (96, 64)),
    Case("broken Exif", lambda: after_start(save(scene(), "JPEG"), 0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"), (96, 64)),
    Case("JPEG with a page in it", lambda: after_start(save(scene(), "JPEG"), 0xFE, _HTML) + _HTML, (96, 64)),
    Case("JPEG with an archive behind it", lambda: save(scene(), "JPEG") + _ZIP, (96, 64)),
    Case("PNG with an archive behind it", lambda: save(scene(), "PNG") + _ZIP, (96, 64)),
    Case("JPEG of progressive scans", lambda: save(grain(300, 200), "JPEG", progressive=True), (300, 200)),
    *(Case(f"all metadata in {name}", lambda name=name: metadata(name), (96, 64)) for name in FORMATS),
)  # fmt: skip

# Harmless or not depends on the decoder's version; what counts is that the answer is one of ours, and comes soon.
EITHER = (
    Case("HEIC of 60000 x 60000", lambda: resized_heif(60_000, 60_000), ""),
    Case("HEIC of 9000 x 5000 with few pixels", lambda: resized_heif(9_000, 5_000), ""),
    Case("JPEG of 49 megapixels with few pixels", lambda: resized_jpeg(9_800, 5_000), ""),
    *(Case(f"{name} with its end garbled", lambda name=name: garbled(name), "") for name in FORMATS),
)


def garbled(name: str) -> bytes:
    """Turn over every seventh byte of a photo's second half."""
    data = bytearray(save(grain(200, 150), name))
    for at in range(len(data) // 2, len(data), 7):
        data[at] ^= 0x5A
    return bytes(data)
