"""Give the scenes their tools: dice, tones, noise, stencils, light, perspective and the final print."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Size = tuple[int, int]
Point = tuple[float, float]
Colour = tuple[int, int, int]
Stops = Sequence[tuple[float, Colour]]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Mood:
    """One way a scene can look: what it shows in words, its inks in the scene's own order, its traits."""

    alt: str
    inks: tuple[Colour, ...]
    traits: frozenset[str]


@dataclass(frozen=True)
class Scene:
    """A kind of picture: how it is drawn and the moods it knows."""

    draw: Callable[[Random, Size, Mood], Image.Image]
    moods: tuple[Mood, ...]


def mood(alt: str, inks: str, *traits: str) -> Mood:
    """Make a mood of an alt text, inks as hex words and free traits."""
    return Mood(alt, tuple(rgb(ink) for ink in inks.split()), frozenset(traits))


def rgb(ink: str) -> Colour:
    """Read six hex digits as a colour."""
    red, green, blue = ImageColor.getcolor(f"#{ink}", "RGB")  # type: ignore[misc]
    return red, green, blue


def dice(*parts: object) -> Random:
    """Give a random generator that depends on `parts` alone, on every machine and Python."""
    return Random("/".join(map(str, parts)))  # noqa: S311 (pictures, not secrets)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Blend two colours; `share` 0 is all `one`, 1 all `other`."""
    share = min(1.0, max(0.0, share))
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def tone(stops: Stops, at: float) -> Colour:
    """Read a colour off a scale of stops at position `at`."""
    before = stops[0]
    for stop in stops:
        if at <= stop[0]:
            span = stop[0] - before[0]
            return mix(before[1], stop[1], (at - before[0]) / span if span else 1)
        before = stop
    return before[1]


def even(inks: Sequence[Colour]) -> list[tuple[float, Colour]]:
    """Spread colours evenly over a scale."""
    return [(i / max(1, len(inks) - 1), ink) for i, ink in enumerate(inks)]


def ramp(size: Size, stops: Stops, across: bool = False) -> Image.Image:
    """Fill a picture with a gradient, downwards or across."""
    length = size[0] if across else size[1]
    pixels = b"".join(bytes(tone(stops, i / max(1, length - 1))) for i in range(length))
    return Image.frombytes("RGB", (length, 1) if across else (1, length), pixels).resize(size)


def curve(grey: Image.Image, low: float, high: float, gamma: float = 1.0, top: float = 1.0) -> Image.Image:
    """Stretch the greys between `low` and `high` (0..1) to the range up to `top`, bent by `gamma`."""
    span = (high - low) or 1e-6
    bent = [min(1.0, max(0.0, (i / 255 - low) / span)) ** gamma * top * 255 for i in range(256)]
    return grey.point([round(v) for v in bent])


def static(rng: Random, size: Size) -> Image.Image:
    """Give white noise."""
    return Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))


def noise(rng: Random, size: Size, cell: float, octaves: int = 4, stretch: float = 1.0) -> Image.Image:
    """Give cloudy noise with features of `cell` pixels, `stretch` times as wide as high, full contrast."""
    total = None
    for octave in range(octaves):
        scale = cell / 2**octave
        grid = (max(3, round(size[0] / scale / stretch)), max(3, round(size[1] / scale)))
        # Coarse octaves are cheap at half size; only the last is worth every pixel.
        room = size if octave == octaves - 1 else (max(3, size[0] // 2), max(3, size[1] // 2))
        layer = static(rng, grid).resize(room, Image.Resampling.BICUBIC)
        if total is None:
            total = layer
        else:
            total = Image.blend(total.resize(room, Image.Resampling.BILINEAR), layer, 1 / (2 ** (octave + 1) - 1))
    assert total is not None
    return stretch_contrast(total)


def stretch_contrast(grey: Image.Image) -> Image.Image:
    """Bring the central 98 % of the greys to the whole range."""
    counts = grey.histogram()
    edge, seen, low, high = sum(counts) * 0.01, 0, 0, 255
    for value, count in enumerate(counts):
        if seen <= edge:
            low = value
        seen += count
        if seen >= sum(counts) - edge:
            high = value
            break
    return curve(grey, low / 255, max(low + 1, high) / 255)


def relief(grey: Image.Image, angle: float = -0.8, strength: float = 1.0) -> Image.Image:
    """Light a height map from `angle` (radians); flat ground becomes middle grey."""
    x, y = math.cos(angle), math.sin(angle)
    cells = [(x * dx + y * dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return grey.filter(ImageFilter.Kernel((3, 3), cells, scale=1 / strength, offset=128))


def stencil(size: Size, draw: Callable[[ImageDraw.ImageDraw, int], None]) -> Image.Image:
    """Make a mask with smooth edges: `draw` gets a canvas and the factor it is enlarged by."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    draw(ImageDraw.Draw(big), 2)
    return big.reduce(2)


def shape(size: Size, *outlines: Sequence[Point]) -> Image.Image:
    """Make a mask of filled outlines."""

    def fill(pen: ImageDraw.ImageDraw, k: int) -> None:
        for outline in outlines:
            pen.polygon([(x * k, y * k) for x, y in outline], fill=255)

    return stencil(size, fill)


def blur(image: Image.Image, radius: float) -> Image.Image:
    """Put a picture out of focus."""
    return image.filter(ImageFilter.GaussianBlur(radius)) if radius > 0 else image


def solid(size: Size, ink: Colour) -> Image.Image:
    """Give a sheet of one colour."""
    return Image.new("RGB", size, ink)


def weigh(mask: Image.Image, share: float) -> Image.Image:
    """Make a mask weaker."""
    return mask.point(_shares(share))


@lru_cache(maxsize=1024)
def _shares(share: float) -> list[int]:
    return [round(i * share) for i in range(256)]


def coloured(mask: Image.Image, ink: Colour) -> Image.Image:
    """Turn a mask into light of one colour."""
    return Image.merge("RGB", [weigh(mask, part / 255) for part in ink])


def shine(image: Image.Image, mask: Image.Image, ink: Colour) -> Image.Image:
    """Add light of one colour where the mask is bright."""
    return ImageChops.screen(image, coloured(mask, ink))


def shade(image: Image.Image, mask: Image.Image, ink: Colour = BLACK, depth: float = 1.0) -> Image.Image:
    """Darken towards `ink` where the mask is bright, as a shadow does."""

    def kept(part: int) -> Image.Image:
        share = depth * (255 - part) / 255
        return mask.point([255 - round(i * share) for i in range(256)])

    layers = [kept(ink[0])] * 3 if ink[0] == ink[1] == ink[2] else [kept(part) for part in ink]
    return ImageChops.multiply(image, Image.merge("RGB", layers))


@cache
def ball() -> Image.Image:
    """Give a round gradient, white from its edge on (Pillow's own is white at the corners alone)."""
    return Image.radial_gradient("L").point([min(255, round(i * 255 / 181)) for i in range(256)])


def halo(size: Size, centre: Point, radius: Point | float, gamma: float = 2.0) -> Image.Image:
    """Make a mask of a round glow that fades out at `radius`."""
    wide, high = radius if isinstance(radius, tuple) else (radius, radius)
    glow = ImageChops.invert(ball()).point([round((i / 255) ** gamma * 255) for i in range(256)])
    box = (max(1, round(wide * 2)), max(1, round(high * 2)))
    mask = Image.new("L", size)
    mask.paste(glow.resize(box, Image.Resampling.BICUBIC), (round(centre[0] - wide), round(centre[1] - high)))
    return mask


@cache
def disc(diameter: int, rim: float = 0.0, soft: float = 0.04) -> Image.Image:
    """Make a round mask, evenly filled or brighter towards its rim, as a lens draws a point of light.

    Hundreds of drops and flakes share a few sizes: it is kept, and so must not be drawn on.
    """

    def level(i: int) -> int:
        away = i / 255
        if away > 1 - soft:
            return round(max(0.0, (1 - away) / soft) * 255)
        return round(255 * (1 - rim + rim * away**6))

    master = ball().resize((diameter, diameter), Image.Resampling.BICUBIC)
    return master.point([level(i) for i in range(256)])


def light(image: Image.Image, mask: Image.Image, ink: Colour, centre: Point) -> None:
    """Add a small spot of light in place: `mask` coloured and centred on `centre`."""
    x, y = round(centre[0] - mask.width / 2), round(centre[1] - mask.height / 2)
    box = (max(0, x), max(0, y), min(image.width, x + mask.width), min(image.height, y + mask.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    spot = coloured(mask.crop((box[0] - x, box[1] - y, box[2] - x, box[3] - y)), ink)
    image.paste(ImageChops.screen(image.crop(box), spot), box)


def plane(texture: Image.Image, size: Size, depth: float = 10.0) -> Image.Image:
    """Lay a texture on the ground: the top edge is `depth` times as far away as the bottom edge."""
    wide, high = size
    bend = (depth - 1) / high
    across, down = texture.width / wide, texture.height * depth / high
    data = (across, bend * texture.width / 2, 0.0, 0.0, down, 0.0, 0.0, bend)
    centred = (across, data[1], texture.width / 2 - across * wide / 2, *data[3:])
    return texture.transform(size, Image.Transform.PERSPECTIVE, centred, Image.Resampling.BICUBIC)


def spline(points: Sequence[Point], closed: bool = True, steps: int = 8) -> list[Point]:
    """Draw a smooth line through points (Catmull-Rom)."""
    count = len(points)
    ends = range(count) if closed else range(count - 1)
    line: list[Point] = []
    for i in ends:
        if closed:
            a, b, c, d = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(count - 1, max(0, i + k))] for k in (-1, 0, 1, 2))
        line.extend(_bend(a, b, c, d, step / steps) for step in range(steps))
    return line if closed else [*line, points[-1]]


def _bend(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    wa, wb = -t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3
    wc, wd = t + 4 * t**2 - 3 * t**3, t**3 - t**2
    return (
        (wa * a[0] + wb * b[0] + wc * c[0] + wd * d[0]) / 2,
        (wa * a[1] + wb * b[1] + wc * c[1] + wd * d[1]) / 2,
    )


def profile(rng: Random, depth: int, rough: float = 0.55) -> list[float]:
    """Give a broken line of 2**depth + 1 heights in 0..1 by midpoint displacement."""
    line = [rng.random(), rng.random()]
    swing = 1.0
    for _ in range(depth):
        swing *= rough
        middles = [(a + b) / 2 + rng.uniform(-swing, swing) for a, b in pairwise(line)]
        line = [value for pair in zip(line, [*middles, 0.0], strict=False) for value in pair][:-1]
    low, high = min(line), max(line)
    return [(value - low) / (high - low) for value in line]


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Darken the corners."""
    wide, high = round(image.width * 1.5), round(image.height * 1.5)
    falloff = Image.radial_gradient("L").resize((wide, high), Image.Resampling.BILINEAR)
    left, top = (wide - image.width) // 2, (high - image.height) // 2
    falloff = falloff.crop((left, top, left + image.width, top + image.height))
    mask = falloff.point([round(255 * (1 - strength * (i / 255) ** 2.2)) for i in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", [mask] * 3))


def bloom(image: Image.Image, strength: float, radius: float, ink: Colour = WHITE) -> Image.Image:
    """Let the bright parts spill over, as film and wet air do."""
    small = image.reduce(4)
    bright = small.convert("L").point([round(max(0, i - 150) * 255 / 105 * strength) for i in range(256)])
    spill = blur(ImageChops.multiply(small, coloured(bright, ink)), radius / 4)
    return ImageChops.screen(image, spill.resize(image.size, Image.Resampling.BILINEAR))


def grain(rng: Random, image: Image.Image, amount: float) -> Image.Image:
    """Add film grain; it also hides the steps of long gradients."""
    speck = blur(static(rng, image.size), 0.55)
    speck = speck.point([round(128 + (i - 127.5) * amount / 50) for i in range(256)])
    return ImageChops.add(image, Image.merge("RGB", [speck] * 3), scale=1, offset=-128)


def leak(rng: Random, image: Image.Image, ink: Colour) -> Image.Image:
    """Let a little stray light in from one side of the camera."""
    wide, high = image.size
    side = rng.choice((0.0, 1.0)) * wide
    glow = halo(image.size, (side, rng.uniform(0.1, 0.9) * high), (wide * 0.35, high * 0.8), 1.6)
    return shine(image, weigh(glow, 0.55), ink)
