"""Bring every picture into sRGB on white paper, whatever colours it was made in."""

from io import BytesIO

from PIL import Image, ImageChops, ImageCms

WHITE = 255
_SRGB = ImageCms.createProfile("sRGB")
_SPACE_OF_MODE = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
_UNSEEN = 2  # a difference, of 255 levels, that nobody sees


def plain(image: Image.Image) -> Image.Image:
    """Bring a decoded picture into one of the modes L, RGB, CMYK, or La and RGBa where it has transparency.

    Transparency is premultiplied, so that shrinking doesn't draw the colour of invisible pixels into their
    neighbours.
    """
    if image.mode.startswith("I;16"):
        # Pillow's own conversion clips at 255 instead of dividing.
        return image.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if image.has_transparency_data:
        greys = image.mode in ("L", "LA", "La")
        return image.convert("LA" if greys else "RGBA").convert("La" if greys else "RGBa")
    if image.mode in _SPACE_OF_MODE:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def on_white(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on white: the paper most drawings were made for, in light and dark theme alike."""
    if image.mode not in ("La", "RGBa"):
        return image
    straight = image.convert("LA" if image.mode == "La" else "RGBA")
    mode = "L" if image.mode == "La" else "RGB"
    paper = Image.new(mode, image.size, "white")
    paper.paste(straight.convert(mode), mask=straight.getchannel("A"))
    return paper


def is_opaque(image: Image.Image) -> bool:
    """Say whether no pixel lets the paper through."""
    return image.mode not in ("La", "RGBa") or image.getextrema()[-1][0] == WHITE


def conversion(mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """Build the way from `profile` to sRGB for a picture of `mode` (L, RGB, CMYK); None where nothing changes.

    A missing, broken or misplaced profile (say, one for RGB in a CMYK file) counts as none.
    """
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACE_OF_MODE[mode]:
            return None
        transform = ImageCms.buildTransform(source, _SRGB, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None
    return None if _is_idle(transform, mode) else transform


def convert(image: Image.Image, transform: ImageCms.ImageCmsTransform | None) -> Image.Image:
    """Apply what `conversion` gave; without it L and RGB stay, and CMYK is turned by the simple formula."""
    if transform:
        return transform.apply(image)
    return image.convert("RGB") if image.mode == "CMYK" else image


def average(image: Image.Image) -> tuple[int, int, int]:
    """Give the mean colour of an L or RGB picture."""
    return image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))


def _is_idle(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Try the transform on a ramp of greys and a cube of colours: a profile's name proves nothing."""
    if mode == "CMYK":
        return False
    probe = Image.linear_gradient("L") if mode == "L" else _cube()
    difference = ImageChops.difference(transform.apply(probe), probe.convert("RGB"))
    return max(high for _, high in difference.getextrema()) <= _UNSEEN


def _cube() -> Image.Image:
    steps = range(0, 256, 51)
    return Image.frombytes("RGB", (36, 6), bytes(c for r in steps for g in steps for b in steps for c in (r, g, b)))
