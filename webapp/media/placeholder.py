"""Choose, of 64 colours, the one that stands in a photo's place until it has come.

So few, because the pages' content policy forbids `style=` attributes: each colour is a class in
`static/css/placeholders.css`, which is `stylesheet()` of this module, written out.
"""

from math import cos, radians, sin

# Averages of photographs are muted and lie along a few hues: greys, daylight's blue against lamp light and earth,
# foliage, dusk. A cube of RGB would waste most of 64 colours on what no photo averages to. So: eight lightnesses,
# each as a grey and in seven tints, in OKLCH, whose distances are the eye's. Pairs of (lightness, share of the tint's
# chroma: shadows and highlights of photos are paler), and of (chroma, hue in degrees).
_LIGHTNESSES = (
    (0.18, 0.45), (0.29, 0.75), (0.40, 0.95), (0.51, 1.00),
    (0.62, 1.00), (0.72, 0.90), (0.82, 0.65), (0.92, 0.35),
)  # fmt: skip
_TINTS = (
    (0.000, 0),  # grey
    (0.025, 75),  # paper, sand
    (0.070, 62),  # earth, lamp light
    (0.085, 32),  # skin, brick
    (0.065, 130),  # foliage
    (0.045, 205),  # water
    (0.065, 252),  # sky
    (0.050, 325),  # dusk, blossom
)


def nearest(red: int, green: int, blue: int) -> str:
    """Give the colour of PALETTE that looks most like this one (0–255 each), as `#rrggbb`."""
    wanted = _oklab(red, green, blue)
    return min(PALETTE, key=lambda colour: _distance(_PLACES[colour], wanted))


def css_class(colour: str) -> str:
    """Name the class that paints a colour of PALETTE; ValueError for another colour."""
    return f"ph-{PALETTE.index(colour)}"


def stylesheet() -> str:
    """Write the rules for all colours: the content of `static/css/placeholders.css`."""
    rules = [f"  .{css_class(colour)} {{ background-color: {colour}; }}\n" for colour in PALETTE]
    return (
        "/* The average colours of photographs, shown until these come.\n"
        "   Written by webapp/media/placeholder.py: change it there. */\n"
        f"@layer components {{\n{''.join(rules)}}}\n"
    )


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Turn OKLCH into `#rrggbb`, by Björn Ottosson's matrices (bottosson.github.io/posts/oklab)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_encoded(channel):02x}" for channel in channels)


def _encoded(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055))


def _oklab(*channels: int) -> tuple[float, float, float]:
    red, green, blue = ((c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in channels)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


PALETTE: tuple[str, ...] = tuple(
    _hex(lightness, share * chroma, hue) for lightness, share in _LIGHTNESSES for chroma, hue in _TINTS
)
_PLACES = {colour: _oklab(*bytes.fromhex(colour[1:])) for colour in PALETTE}
