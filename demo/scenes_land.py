"""Draw the land: ridges in mist, dunes, a forest in fog, birches in snow, fields from the air, a meadow."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw

from demo import darkroom as dark
from demo.darkroom import Colour, Mood, Point, Scene, Size, mood


def spruce(rng: Random, foot: Point, height: float) -> list[Point]:
    """Outline a conifer that stands on `foot`."""
    x, y = foot
    tiers = rng.randint(6, 9)
    left, right = [], []
    for tier in range(tiers):
        share = tier / tiers
        reach = height * 0.2 * (share + 0.08) * rng.uniform(0.75, 1.2)
        level = y - height * (1 - share)
        left += [(x - reach * 0.35, level), (x - reach, level + height / tiers * 0.9)]
        right += [(x + reach * 0.35, level), (x + reach * rng.uniform(0.8, 1.1), level + height / tiers * 0.9)]
    return [(x, y - height * 1.06), *right, (x, y), *reversed(left)]


def skyline(rng: Random, size: Size, level: float, swing: float, rough: float = 0.55) -> list[Point]:
    """Give a broken line across the picture, `level` and `swing` in shares of its height."""
    wide, high = size
    heights = dark.profile(rng, 9, rough)
    step = wide / (len(heights) - 1)
    return [(i * step, high * (level - swing * value)) for i, value in enumerate(heights)]


def ground(size: Size, line: list[Point]) -> list[Point]:
    """Close a skyline downwards."""
    return [*line, (size[0] + 4, size[1] + 4), (-4, size[1] + 4)]


def forest_edge(rng: Random, line: list[Point], height: float, gap: float) -> list[list[Point]]:
    """Stand conifers along a skyline."""
    trees, x = [], 0.0
    while x < line[-1][0]:
        at = line[min(len(line) - 1, int(x / line[-1][0] * (len(line) - 1)))]
        if rng.random() < 0.86:
            trees.append(spruce(rng, (x, at[1] + height * 0.12), height * rng.uniform(0.45, 1.15)))
        x += gap * rng.uniform(0.5, 1.6)
    return trees


def _ridges(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    zenith, horizon, mist, near, sun = mood.inks
    image = dark.ramp(size, [(0, zenith), (0.55, horizon), (1, mist)])
    centre = (rng.uniform(0.2, 0.8) * wide, rng.uniform(0.22, 0.36) * high)
    image = dark.shine(image, dark.halo(size, centre, max(size) * 0.6, 2.4), dark.mix(dark.BLACK, sun, 0.75))
    if "sun" in mood.traits:
        image.paste(dark.mix(sun, dark.WHITE, 0.5), None, dark.halo(size, centre, max(size) * 0.028, 0.2))
    if "clouds" in mood.traits:
        veil = dark.noise(rng, size, high * 0.3, 5, stretch=4)
        image = dark.shine(image, dark.curve(veil, 0.45, 1.1, 1.2, 0.5), horizon)
    layers = rng.randint(5, 8)
    for layer in range(layers):
        share = (layer + 1) / layers
        level = 0.4 + 0.55 * share**1.15
        line = skyline(rng, size, level, 0.24 - 0.1 * share, 0.48 + 0.06 * rng.random())
        top = dark.mix(dark.mix(horizon, mist, 0.5), near, 0.1 + 0.9 * share**1.6)
        foot = dark.mix(mist, near, 0.65 * share**3)
        peak = min(y for _, y in line) / high
        slope = dark.ramp(size, [(0, top), (peak, top), (min(1, peak + 0.36), foot), (1, foot)])
        outlines = [ground(size, line)]
        if share > 0.55 and "trees" in mood.traits:
            outlines += forest_edge(rng, line, high * 0.085 * share**3, wide * 0.013 * share**2)
        image.paste(slope, None, dark.shape(size, *outlines))
        if layer < layers - 1:
            image = _mist(rng, image, mist, level, 0.55 * (1 - share) + 0.25)
    return image


def _mist(rng: Random, image: Image.Image, ink: Colour, level: float, strength: float) -> Image.Image:
    """Lay a bank of fog over the foot of a ridge."""
    bank = dark.curve(dark.noise(rng, image.size, image.height * 0.22, 3, stretch=3.5), 0.25, 0.95)
    edge = (level - 0.1, level + 0.06, level + 0.3)
    fade = dark.ramp(image.size, [(0, dark.BLACK), (edge[0], dark.BLACK), (edge[1], dark.WHITE), (edge[2], dark.BLACK)])
    image.paste(ink, None, dark.weigh(ImageChops.multiply(bank, fade.getchannel(0)), strength))
    return image


def _dunes(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    zenith, horizon, lit, dim, deep = mood.inks
    level = rng.uniform(0.26, 0.4) * high
    image = dark.ramp(size, [(0, zenith), (level / high, horizon), (1, horizon)])
    sun = (rng.choice((-0.1, 1.1)) * wide, level * 0.8)
    image = dark.shine(image, dark.halo(size, sun, wide * 0.9, 2), dark.mix(dark.BLACK, lit, 0.5))
    _waste(rng, image, level, even_sand(lit, dim, deep), horizon, leftward=sun[0] > 0)
    sand = ImageChops.overlay(image, Image.merge("RGB", [_ripples(rng, size, level)] * 3))
    return sand


def even_sand(lit: Colour, dim: Colour, deep: Colour) -> list[tuple[float, Colour]]:
    """Give the scale of a sand's colours from shadow to sun."""
    return [(0, deep), (0.3, dark.mix(deep, dim, 0.5)), (0.5, dim), (0.8, lit), (1, dark.mix(lit, dark.WHITE, 0.35))]


def _waste(rng: Random, image: Image.Image, level: float, sand: dark.Stops, haze: Colour, leftward: bool) -> None:
    """Paint a field of dunes from the far rows to the near ones, every patch lit by its slope."""
    wide, high = image.size
    height = _dune_field(rng, leftward)
    pen = ImageDraw.Draw(image)
    columns, rows = 150, 120
    scale = [dark.tone(sand, i / 64) for i in range(65)]
    sun = -1 if leftward else 1
    before: list[tuple[float, float, float]] = []
    for row in range(rows + 1):
        near = (row / rows) ** 1.6
        z = 1 / (0.045 + 0.955 * near)
        fog = max(0.0, min(0.92, (z - 3) / 17))
        focal = (high - level) * 0.95
        now = []
        for column in range(columns + 1):
            x = (column / columns - 0.5) * 1.1 * wide
            h = height(x / focal * z, z)
            now.append((wide / 2 + x, level + focal * (1 - h) / z, h))
        if before:
            for i in range(columns):
                slope = (now[i + 1][2] - now[i][2]) / ((now[i + 1][0] - now[i][0]) / focal * z)
                rise = now[i][2] - before[i][2]
                value = 0.5 + sun * -slope * 0.62 + rise * 0.25
                ink = scale[max(0, min(64, round(value * 64)))]
                pen.polygon(
                    [before[i][:2], before[i + 1][:2], now[i + 1][:2], now[i][:2]], fill=dark.mix(ink, haze, fog)
                )
        before = now


def _dune_field(rng: Random, leftward: bool):
    """Give the height of sand at a place: long gentle slopes, sharp crests that wander."""
    turn, phase, reach = rng.uniform(0.35, 0.8), rng.uniform(0, 6), rng.uniform(2.6, 3.6)
    bends = [(rng.uniform(0.4, 1.4), rng.uniform(0, 6), rng.uniform(0.15, 0.5)) for _ in range(4)]

    def height(x: float, z: float) -> float:
        if leftward:
            x = -x
        wander = sum(math.sin(z * f + x * f * 0.5 + p) * a for f, p, a in bends)
        at = ((x + z * turn + wander) / reach + phase) % 1.0
        saw = math.sin(at / 0.68 * math.pi / 2) ** 1.4 if at < 0.68 else (1 - (at - 0.68) / 0.32) ** 1.3
        swell = 0.65 + 0.35 * math.sin(x * 0.4 + z * 0.3 + phase)
        return saw * swell * 0.62

    return height


def _ripples(rng: Random, size: Size, level: float) -> Image.Image:
    """Blow ripples over a plain of sand: grey above the horizon, waves below."""
    tile = (1000, 1000)
    waves = Image.new("L", tile)
    pen = ImageDraw.Draw(waves)
    for y in range(0, 1000, 2):
        pen.rectangle((0, y, 1000, y + 1), fill=round(128 + 110 * math.sin(y / 7)))
    bend = dark.noise(rng, tile, 170, 3)
    waves = ImageChops.blend(waves.transform(tile, Image.Transform.MESH, _wobble(rng, tile)), bend, 0.45)
    floor = dark.plane(waves, (size[0], round(size[1] - level)), 7)
    grey = Image.new("L", size, 128)
    fade = dark.ramp(floor.size, [(0, dark.BLACK), (0.25, (40, 40, 40)), (1, (90, 90, 90))]).getchannel(0)
    grey.paste(floor, (0, round(level)), fade)
    return grey


def _wobble(rng: Random, tile: Size) -> list[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
    """Bend straight lines gently: a mesh whose corners have been pushed about."""
    parts = 10
    step = tile[0] // parts
    push = [[(rng.uniform(-14, 14), rng.uniform(-34, 34)) for _ in range(parts + 1)] for _ in range(parts + 1)]

    def corner(i: int, j: int) -> Point:
        return i * step + push[j][i][0], j * step + push[j][i][1]

    return [
        (
            (i * step, j * step, (i + 1) * step, (j + 1) * step),
            (*corner(i, j), *corner(i, j + 1), *corner(i + 1, j + 1), *corner(i + 1, j)),
        )
        for j in range(parts)
        for i in range(parts)
    ]


def _forest(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    sky, fog, trunk, floor, sun = mood.inks
    image = dark.ramp(size, [(0, sky), (0.45, fog), (0.75, fog), (1, floor)])
    centre = (rng.uniform(0.25, 0.75) * wide, rng.uniform(0.2, 0.45) * high)
    image = dark.shine(image, dark.halo(size, centre, max(size) * 0.55, 2), dark.mix(dark.BLACK, sun, 0.8))
    layers = 6
    for layer in range(layers):
        share = layer / (layers - 1)
        ink = dark.mix(fog, trunk, 0.12 + 0.88 * share**1.3)
        image = _stand(rng, image, share, ink, dark.mix(fog, floor, 0.15 + 0.85 * share**1.2))
        if "beams" in mood.traits and layer == layers - 3:
            image = _beams(rng, image, centre, sun)
        image = _mist(rng, image, dark.mix(fog, sun, 0.2), 0.66 + 0.1 * share, 0.6 * (1 - share))
    return image


def _stand(rng: Random, image: Image.Image, share: float, ink: Colour, floor: Colour) -> Image.Image:
    """Plant one row of trunks with their crowns and the ground they stand on."""
    wide, high = image.size
    size = image.size
    level = 0.64 + 0.3 * share**1.3
    bank = ground(size, skyline(rng, size, level + 0.03, 0.05, 0.5))
    thick = wide * (0.006 + 0.05 * share**2)
    trees = [_trunk(rng, x, thick * rng.uniform(0.5, 1.25), high) for x in _places(rng, wide, thick, share)]
    mask = dark.shape(size, *trees)
    leaves = dark.curve(dark.noise(rng, size, high * (0.03 + 0.12 * share), 5, stretch=1.3), 0.52, 0.66 + 0.1 * share)
    cover = dark.ramp(size, [(0, (230,) * 3), (0.2 + 0.12 * share, (70,) * 3), (0.5, dark.BLACK), (1, dark.BLACK)])
    crowns = dark.curve(ImageChops.multiply(leaves, cover.getchannel(0)), 0.1, 0.7, 1, 0.9)
    image.paste(floor, None, dark.shape(size, bank))
    image.paste(ink, None, crowns)
    bark = dark.noise(rng, size, 5 + 12 * share, 3, stretch=0.25)
    wood = ImageChops.multiply(
        dark.solid(size, dark.mix(ink, dark.WHITE, 0.12)), Image.merge("RGB", [dark.curve(bark, -1.2, 0.9)] * 3)
    )
    image.paste(wood, None, mask)
    return image


def _places(rng: Random, wide: int, thick: float, share: float) -> list[float]:
    count = round(22 - 17 * share**0.6)
    return [(i + rng.uniform(0.05, 0.95)) / count * wide for i in range(count)]


def _trunk(rng: Random, x: float, thick: float, high: int) -> list[Point]:
    """Outline a trunk that tapers upwards, leans a little and widens at its root."""
    lean, foot = rng.uniform(-0.035, 0.035) * high, high * 1.02
    return [
        (x - thick * 0.9, foot), (x - thick * 0.5, foot - high * 0.12), (x + lean - thick * 0.33, -5),
        (x + lean + thick * 0.33, -5), (x + thick * 0.5, foot - high * 0.12), (x + thick * 0.95, foot),
    ]  # fmt: skip


def _beams(rng: Random, image: Image.Image, centre: Point, sun: Colour) -> Image.Image:
    """Let the sun fall through the crowns in shafts."""
    size, reach = image.size, max(image.size) * 1.2
    rays, angle = [], 0.25
    while angle < math.pi - 0.2:
        width = rng.uniform(0.01, 0.05)
        rays.append(
            [
                centre,
                *((centre[0] + math.cos(a) * reach, centre[1] + math.sin(a) * reach) for a in (angle, angle + width)),
            ]
        )
        angle += width + rng.uniform(0.04, 0.2)
    fan = ImageChops.multiply(dark.blur(dark.shape(size, *rays), 7), dark.halo(size, centre, reach * 0.85, 1.2))
    return dark.shine(image, dark.weigh(fan, 0.42), sun)


SCENES: dict[str, Scene] = {
    "ridges": Scene(
        _ridges,
        (
            mood(
                "Blue mountain ridges one behind the other, fading into morning mist",
                "7d9cc0 f3d9c4 d5dde6 16263a ffe2b8",
                "sun",
                "trees",
            ),
            mood("Mountain ridges in orange evening haze with a low sun", "5b4a6d f0a56e e8b58c 1e1522 ffd28a", "sun"),
            mood(
                "Dark fir slopes and pale ridges under a grey, cloudy sky",
                "8e9ba3 cfd6d6 dfe3e2 1b2426 f2f2e8",
                "clouds",
                "trees",
            ),
            mood("Violet hills in layers after sunset", "2c2f5a d98a94 a58aa8 120f26 ffc0a0", "trees"),
            mood(
                "Green hills with valleys full of fog at sunrise",
                "a9c6cf f6e8c8 e9eadb 14261c fff0c0",
                "sun",
                "trees",
                "clouds",
            ),
        ),
    ),
    "dunes": Scene(
        _dunes,
        (
            mood("Sand dunes with sharp crests in low evening sun", "5c86b0 e9d3b4 e8a660 b8703c 4a2a22"),
            mood("Pale dunes with long shadows at dawn", "a9b8cc f4ddd0 f0cfae c79a83 6a5364"),
            mood("Red dunes under a deep blue sky", "1f4f86 9fb9cb d9713a a4441f 3a1512"),
            mood(
                "Black and white photograph of dunes, half light and half shadow", "4d4d4d c8c8c8 ececec 8c8c8c 141414"
            ),
        ),
    ),
    "forest": Scene(
        _forest,
        (
            mood(
                "Tree trunks in fog with sunbeams falling through the crowns",
                "b9c6a4 e6e4c6 17190f 2b2a18 fff0c4",
                "beams",
            ),
            mood("A foggy forest in blue morning light", "8fa6b2 c4d2d6 10181c 232c2c e4eef0"),
            mood(
                "Autumn forest in mist, the ground covered with copper leaves",
                "d8b98c efdcb8 20130c 6e3a18 ffe0a0",
                "beams",
            ),
            mood("Black and white photograph of bare trunks in thick fog", "bcbcbc e2e2e2 0f0f0f 3a3a3a ffffff"),
        ),
    ),
}
