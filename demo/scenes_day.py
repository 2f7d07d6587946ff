"""Draw by day: the sea, birches in snow, fields from the air, things on a table."""

import math
from random import Random

from PIL import Image, ImageChops

from demo import darkroom as dark
from demo.darkroom import Mood, Point, Scene, Size, mood


def _sea(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    zenith, horizon, water, deep, sun = mood.inks
    level = rng.uniform(0.42, 0.6)
    edge = round(level * high)
    image = dark.ramp(size, [(0, zenith), (level, horizon), (1, horizon)])
    centre = (rng.uniform(0.25, 0.75) * wide, edge - rng.uniform(0.04, 0.2) * high)
    image = dark.shine(image, dark.halo(size, centre, max(size) * 0.55, 2.2), dark.mix(dark.BLACK, sun, 0.8))
    if "clouds" in mood.traits:
        veil = dark.curve(dark.noise(rng, size, high * 0.16, 5, stretch=4.5), 0.48, 1.05, 1.1, 0.75)
        fade = dark.ramp(size, [(0, dark.WHITE), (level, (90,) * 3), (1, dark.BLACK)]).getchannel(0)
        image.paste(dark.mix(sun, dark.WHITE, 0.35), None, ImageChops.multiply(veil, fade))
    if "sun" in mood.traits:
        image.paste(dark.mix(sun, dark.WHITE, 0.6), None, dark.halo(size, centre, max(size) * 0.03, 0.25))
    sheet = (wide, high - edge)
    sea = dark.ramp(sheet, [(0, dark.mix(water, horizon, 0.6)), (0.25, water), (1, deep)])
    swell = dark.plane(dark.noise(rng, (wide, sheet[1] * 2), 34, 4, stretch=5), sheet, 7)
    sea = ImageChops.overlay(sea, Image.merge("RGB", [dark.curve(swell, -0.1, 1.1)] * 3))
    path = dark.halo(sheet, (centre[0], -sheet[1] * 0.05), (wide * 0.16, sheet[1] * 1.05), 0.9)
    glitter = ImageChops.multiply(dark.curve(swell, 0.52, 0.8), path)
    sea = dark.shine(sea, glitter, dark.mix(sun, dark.WHITE, 0.3))
    image.paste(sea, (0, edge))
    return image


def _birch(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    sky, fog, snow, bark, shadow = mood.inks
    level = rng.uniform(0.5, 0.62)
    image = dark.ramp(size, [(0, sky), (level, fog), (level + 0.02, snow), (1, dark.mix(snow, shadow, 0.25))])
    drift = dark.plane(dark.noise(rng, (wide, high), 90, 4, stretch=3), (wide, round(high * (1 - level))), 5)
    low = image.crop((0, round(high * level), wide, round(high * level) + drift.height))
    low = ImageChops.overlay(low, Image.merge("RGB", [dark.curve(drift, -0.8, 1.5)] * 3))
    image.paste(low, (0, round(high * level)))
    for layer in range(5):
        image = _birches(rng, image, layer / 4, level, (fog, bark, shadow))
    return image


def _birches(rng: Random, image: Image.Image, share: float, level: float, inks: tuple[dark.Colour, ...]) -> Image.Image:
    """Plant one row of white trunks, with their dark marks and their shadows on the snow."""
    wide, high = image.size
    fog, bark, shadow = inks
    trunks, casts, sides, marks = [], [], [], []
    for _ in range(round(12 - 8 * share)):
        thick = wide * (0.006 + 0.04 * share**1.5) * rng.uniform(0.7, 1.2)
        x, foot = rng.uniform(-0.02, 1.02) * wide, (level + 0.02 + 0.36 * share**1.4) * high
        lean = rng.uniform(-0.05, 0.05) * high
        trunks.append(
            [(x - thick / 2, foot), (x + lean - thick * 0.3, -5), (x + lean + thick * 0.3, -5), (x + thick / 2, foot)]
        )
        far = (x + high * 0.34, foot + high * 0.1)
        casts.append([(x - thick / 2, foot), (x + thick / 2, foot), far, (far[0] - thick * 0.6, far[1])])
        sides.append([(x + thick * 0.05, foot), (x + lean, -5), (x + lean + thick * 0.3, -5), (x + thick / 2, foot)])
        for _ in range(round(8 + 22 * share)):
            at = rng.random() ** 0.8
            y, long, tall = foot * at, thick * rng.uniform(0.2, 0.7), thick * rng.uniform(0.04, 0.2)
            left = x + lean * (1 - at) + rng.uniform(-0.55, 0.3) * thick
            marks.append([(left, y), (left + long, y - tall), (left + long, y + tall), (left, y + tall / 2)])
    mask = dark.shape(image.size, *trunks)
    cast = dark.blur(dark.shape(image.size, *casts), 2 + 3 * share)
    image = dark.shade(image, dark.weigh(cast, 0.5), shadow)
    pale = dark.mix(fog, (246, 243, 236), 0.3 + 0.7 * share)
    image.paste(pale, None, mask)
    round_side = ImageChops.multiply(dark.blur(dark.shape(image.size, *sides), 1 + wide * 0.006 * share), mask)
    image.paste(dark.mix(pale, shadow, 0.65), None, dark.weigh(round_side, 0.8))
    image.paste(dark.mix(fog, bark, 0.3 + 0.7 * share), None, ImageChops.multiply(dark.shape(image.size, *marks), mask))
    return image


def _fields(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    tilt, image = rng.uniform(-0.35, 0.35), dark.solid(size, mood.inks[0])
    y = -0.3 * high
    while y < 1.3 * high:
        tall, x = rng.uniform(0.1, 0.24) * high, -0.3 * wide
        while x < 1.3 * wide:
            long = rng.uniform(0.12, 0.45) * wide
            image = _one_field(rng, image, (x, y, long, tall), tilt, mood)
            x += long + wide * 0.006
        y += tall + high * 0.006
    soil = dark.relief(dark.noise(rng, size, 22, 5), -0.8, 1.5)
    image = ImageChops.overlay(image, Image.merge("RGB", [dark.curve(soil, -1.6, 2.6)] * 3))
    clouds = dark.noise(rng, size, high * 0.6, 3)
    return dark.shade(image, dark.curve(clouds, 0.5, 1.0, 1.2, 0.6), (30, 40, 60), 0.8)


def _one_field(
    rng: Random, image: Image.Image, box: tuple[float, float, float, float], tilt: float, mood: Mood
) -> Image.Image:
    """Plough one field: a slanted piece of land with its rows."""
    x, y, long, tall = box
    skew = [
        (x, y),
        (x + long, y + long * tilt * 0.4),
        (x + long + tall * tilt, y + tall + long * tilt * 0.4),
        (x + tall * tilt, y + tall),
    ]
    mask = dark.shape(image.size, skew)
    ink = dark.mix(rng.choice(mood.inks[1:]), rng.choice(mood.inks[1:]), rng.random() * 0.5)
    image.paste(ink, None, mask)
    rows, angle, gap = [], rng.choice((tilt * 0.4, 1.4 + tilt)), rng.uniform(5, 11)
    reach = max(long, tall) * 1.2
    dx, dy = math.cos(angle), math.sin(angle)
    for number in range(round(reach / gap)):
        at = (x + long / 2 - dy * (number * gap - reach / 2), y + tall / 2 + dx * (number * gap - reach / 2))
        one, other = (at[0] - dx * reach, at[1] - dy * reach), (at[0] + dx * reach, at[1] + dy * reach)
        rows.append(
            [
                one,
                other,
                (other[0] - dy * gap * 0.4, other[1] + dx * gap * 0.4),
                (one[0] - dy * gap * 0.4, one[1] + dx * gap * 0.4),
            ]
        )
    furrows = ImageChops.multiply(dark.shape(image.size, *rows), mask)
    image.paste(dark.mix(ink, dark.BLACK, 0.25), None, dark.weigh(furrows, rng.uniform(0.2, 0.6)))
    return image


def _still(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    wall, glow, table, *fruit = mood.inks
    level = rng.uniform(0.58, 0.68)
    image = dark.ramp(
        size,
        [
            (0, wall),
            (level, dark.mix(wall, dark.BLACK, 0.25)),
            (level + 0.01, table),
            (1, dark.mix(table, dark.BLACK, 0.45)),
        ],
    )
    plaster = dark.relief(dark.noise(rng, size, 40, 5), -2.2, 1.2)
    image = ImageChops.overlay(image, Image.merge("RGB", [dark.curve(plaster, -0.7, 1.7)] * 3))
    image = dark.shine(
        image, dark.halo(size, (wide * 0.1, high * 0.2), max(size) * 0.9, 1.5), dark.mix(dark.BLACK, glow, 0.55)
    )
    count = rng.randint(3, 5)
    places = sorted(rng.uniform(0.2, 0.8) for _ in range(count))
    for number, at in enumerate(places):
        radius = rng.uniform(0.085, 0.125) * min(size)
        centre = (
            at * wide + (number - count / 2) * radius * 0.8,
            (level + 0.05 + 0.05 * (number % 2)) * high - radius * 0.4,
        )
        image = _pear(rng, image, centre, radius, rng.choice(fruit), glow)
    return image


def _pear(
    rng: Random, image: Image.Image, centre: Point, radius: float, ink: tuple[int, int, int], glow: tuple[int, int, int]
) -> Image.Image:
    """Put one pear on the table: its shadow, its body lit from the left, its stalk."""
    x, y = centre
    r, lean = radius, rng.uniform(-0.25, 0.25) * radius
    cast = dark.halo(image.size, (x + r * 0.9, y + r * 0.85), (r * 2.1, r * 0.4), 0.8)
    image = dark.shade(image, dark.weigh(cast, 0.8), dark.BLACK)
    outline = dark.spline([
        (x - r, y + r * 0.15), (x - r * 0.75, y - r * 0.6), (x - r * 0.42 + lean, y - r * 1.45),
        (x + lean, y - r * 1.85),
        (x + r * 0.42 + lean, y - r * 1.45), (x + r * 0.75, y - r * 0.6), (x + r, y + r * 0.15),
        (x + r * 0.6, y + r * 0.85),
        (x, y + r * 0.97), (x - r * 0.6, y + r * 0.85),
    ])  # fmt: skip
    mask = dark.shape(image.size, outline)
    body = dark.solid(image.size, dark.mix(ink, dark.BLACK, 0.72))
    body = dark.shine(body, dark.halo(image.size, (x - r * 0.45, y - r * 0.25), r * 1.75, 1.5), ink)
    body = dark.shine(
        body, dark.halo(image.size, (x - r * 0.5, y - r * 0.35), r * 0.5, 2.2), dark.mix(dark.BLACK, glow, 0.8)
    )
    body = dark.shine(
        body, dark.halo(image.size, (x + r * 0.75, y + r * 0.45), r * 0.6, 2.5), dark.mix(dark.BLACK, ink, 0.3)
    )
    freckles = dark.curve(dark.noise(rng, image.size, 7, 2), 0.82, 0.95)
    body = dark.shade(body, dark.weigh(freckles, 0.35), (60, 40, 20))
    image.paste(body, None, mask)
    top = (x + lean, y - r * 1.8)
    stalk = [
        (top[0] - r * 0.05, top[1]),
        (top[0] + r * 0.12, top[1] - r * 0.5),
        (top[0] + r * 0.2, top[1] - r * 0.48),
        (top[0] + r * 0.05, top[1]),
    ]
    image.paste((42, 30, 20), None, dark.shape(image.size, stalk))
    return image


SCENES: dict[str, Scene] = {
    "sea": Scene(_sea, (
        mood("The sea at sunset, a path of light on the water", "3c4a72 f2a66b b5705a 2a2338 ffd79a", "sun", "clouds"),
        mood("A calm grey sea under a pale morning sky", "9db0bd e6e3d8 8fa3a8 41545c fff3da", "clouds"),
        mood("Deep blue sea at noon with high, thin clouds", "3f78b5 cfe3ec 2f76a3 0d3457 ffffff", "clouds"),
        mood("Black and white photograph of a glittering sea", "3b3b3b bdbdbd 7d7d7d 161616 ffffff", "sun", "clouds"),
        mood("The sea in violet dusk with a last light at the horizon", "27264d c98aa0 5d5378 17152c ffc9b0", "clouds"),
    )),
    "birch": Scene(_birch, (
        mood("Birch trunks in a snowy field with long blue shadows", "a9c4dc e8eef2 f3f6f8 26221f 5f7ea6"),
        mood("Birches in snow in warm evening light", "d9b9a6 f6e3d0 f8efe6 2b201a 8d7fa3"),
        mood("Black and white photograph of birches in a snow storm", "b9b9b9 dadada ececec 1d1d1d 6e6e6e"),
    )),
    "fields": Scene(_fields, (
        mood("Fields seen from the air, a patchwork of green and gold", "3f4a2a 8fa050 d0b45c 6b8a3e e0cf8a a8763e"),
        mood("Ploughed fields in autumn from above, brown and ochre", "3a2a20 8a5f3c c49a5a 6e4a30 d8bf8e 9b8a5a"),
        mood("Lavender and wheat fields from the air", "3d3a4a 8a78b0 d9c377 6d5c95 b9c27a e4d6a0"),
    )),
    "still": Scene(_still, (
        mood("Pears on a wooden table in window light", "4a4238 f3dfb8 6e4a2c b5a03c c28a2e 8d9440"),
        mood("Red pears before a dark green wall", "2c3a34 e9e2c8 4d3a2c a33a28 b8542e c07a3a"),
        mood("Black and white still life of pears in hard light", "3a3a3a f4f4f4 4f4f4f 9a9a9a b4b4b4 8a8a8a"),
    )),
}  # fmt: skip
