"""Draw by night and indoors: stars, a city out of focus, rain on glass, lamps in snow, portraits against the light."""

from functools import cache
from random import Random

from PIL import Image, ImageChops

from demo import darkroom as dark
from demo.darkroom import Colour, Mood, Scene, Size, mood
from demo.scenes_land import forest_edge, ground, skyline


def _stars(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    zenith, horizon, river, dust, land = mood.inks
    image = dark.ramp(size, [(0, zenith), (0.7, dark.mix(zenith, horizon, 0.6)), (0.86, horizon), (1, horizon)])
    big, slope = max(size) * 2, rng.choice((-1, 1)) * rng.uniform(50, 68)
    around = ((big - wide) // 2, (big - high) // 2, (big + wide) // 2, (big + high) // 2)
    spine = dark.halo((big, big), (big / 2, big * 0.48), (big * 0.75, max(size) * 0.3), 1.6)
    spine = spine.rotate(slope, Image.Resampling.BICUBIC).crop(around)
    cloud = dark.curve(dark.noise(rng, size, high * 0.26, 6), 0.1, 1.0)
    image = dark.shine(image, ImageChops.multiply(cloud, spine), river)
    rift = ImageChops.multiply(
        dark.curve(dark.noise(rng, size, high * 0.12, 6), 0.5, 0.85), dark.curve(spine, 0.35, 0.9)
    )
    image = dark.shade(image, rift, dust, 0.75)
    for _ in range(round(wide * high / 300)):
        _star(rng, image, spine, river)
    level = rng.uniform(0.8, 0.9)
    line = skyline(rng, size, level, 0.14, 0.5)
    outlines = [ground(size, line)]
    if "trees" in mood.traits:
        outlines += forest_edge(rng, line, high * 0.1, wide * 0.02)
    image.paste(land, None, dark.shape(size, *outlines))
    return image


def _star(rng: Random, image: Image.Image, spine: Image.Image, ink: Colour) -> None:
    """Set one star, more likely and finer along the milky way."""
    x, y = rng.randrange(image.width), round(rng.random() ** 1.2 * image.height * 0.92)
    if rng.random() * 255 > 70 + spine.getpixel((x, y)):
        return
    size = rng.random() ** 14
    tone = dark.mix(dark.WHITE, rng.choice((ink, (255, 220, 180), (190, 210, 255))), rng.random() * 0.7)
    if size > 0.5:
        dark.light(image, dark.disc(round(5 + 9 * size), soft=0.9), tone, (x, y))
    image.putpixel(
        (x, min(y, image.height - 1)), dark.mix(image.getpixel((x, y)), tone, 0.35 + 0.65 * rng.random() ** 2)
    )


def _city(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    zenith, horizon, wall, *lamps = mood.inks
    image = dark.ramp(size, [(0, zenith), (0.6, horizon), (1, wall)])
    for layer in range(3):
        share = layer / 2
        x, blocks = -0.05 * wide, []
        while x < 1.05 * wide:
            broad, top = rng.uniform(0.05, 0.16) * wide, (0.62 - 0.34 * rng.random() + 0.12 * share) * high
            blocks.append([(x, high), (x, top), (x + broad, top), (x + broad, high)])
            x += broad * rng.uniform(0.8, 1.1)
        mask = dark.blur(dark.shape(size, *blocks), 9 - 3 * layer)
        image.paste(dark.mix(horizon, wall, 0.35 + 0.65 * share), None, mask)
    _lamps(rng, image, lamps, 150, (0.3, 0.78), (0.006, 0.02), 0.95)
    _lamps(rng, image, lamps, 34, (0.5, 0.95), (0.03, 0.085), 0.7)
    wet = image.crop((0, round(high * 0.55), wide, round(high * 0.82))).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    wet = dark.blur(wet.resize((wide, high - round(high * 0.82))), 7)
    image.paste(dark.shade(wet, Image.new("L", wet.size, 120)), (0, round(high * 0.82)))
    return image


def _lamps(
    rng: Random, image: Image.Image, inks: list[Colour], count: int, band: tuple, sizes: tuple, strength: float
) -> None:
    """Hang lights out of focus: discs with a brighter rim."""
    for _ in range(count):
        across = max(4, round(rng.uniform(*sizes) * image.width))
        spot = dark.weigh(dark.disc(across, rim=0.35), strength * rng.uniform(0.35, 1))
        dark.light(image, spot, rng.choice(inks), (rng.random() * image.width, rng.uniform(*band) * image.height))


def _rain(rng: Random, size: Size, mood: Mood) -> Image.Image:
    high = size[1]
    dusk, low, *lamps = mood.inks
    behind = dark.ramp(size, [(0, dusk), (1, low)])
    _lamps(rng, behind, list(lamps), 46, (0.2, 0.95), (0.06, 0.2), 0.5)
    behind = dark.blur(behind, 14)
    sharp = dark.blur(behind.reduce(6), 1).transpose(Image.Transpose.ROTATE_180)
    image = dark.shade(behind, Image.new("L", size, 50))
    fog = dark.curve(dark.noise(rng, size, high * 0.4, 3), 0.2, 1.1, 1, 0.28)
    image = dark.shine(image, fog, dark.mix(low, dark.WHITE, 0.4))
    for _ in range(520):
        _drop(rng, image, sharp, rng.random() ** 5)
    for _ in range(rng.randint(7, 12)):
        _trickle(rng, image, sharp)
    return image


def _drop(
    rng: Random, image: Image.Image, world: Image.Image, weight: float, at: tuple[float, float] | None = None
) -> None:
    """Set one drop: a lens with the world upside down in it, dark above, a glint below."""
    across = round(5 + image.width * 0.035 * weight)
    x, y = at or (rng.random() * image.width, rng.random() * image.height)
    box = (round(x), round(y), round(x) + across, round(y) + round(across * 1.12))
    view = world.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR)
    shape = dark.disc(across, soft=0.16).resize(view.size)
    view = dark.shade(view, _edge(view.size))
    image.paste(view, box[:2], shape)
    if across > 9:
        glint = dark.disc(max(3, across // 4), soft=0.8)
        dark.light(image, glint, dark.WHITE, (box[0] + across * 0.35, box[3] - across * 0.3))


@cache
def _edge(size: Size) -> Image.Image:
    """Give the shadow in the upper half of a drop."""
    return dark.ramp(size, [(0, (150,) * 3), (0.5, (20,) * 3), (1, dark.BLACK)]).getchannel(0)


def _trickle(rng: Random, image: Image.Image, world: Image.Image) -> None:
    """Let a drop run down and leave smaller ones behind."""
    x, y, end = rng.random() * image.width, -10.0, rng.uniform(0.3, 1.0) * image.height
    while y < end:
        _drop(rng, image, world, rng.uniform(0.0, 0.18), (x, y))
        x, y = x + rng.uniform(-3, 3), y + rng.uniform(6, 26)
    _drop(rng, image, world, 0.8, (x - 8, y))


def _street(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    sky, air, snow, lamp, post = mood.inks
    level = rng.uniform(0.66, 0.74)
    image = dark.ramp(size, [(0, sky), (level, air), (level + 0.01, dark.mix(snow, sky, 0.35)), (1, snow)])
    drift = dark.plane(dark.noise(rng, size, 80, 4, stretch=2.5), (wide, round(high * (1 - level)) + 2), 6)
    foot = image.crop((0, round(high * level), wide, round(high * level) + drift.height))
    image.paste(
        ImageChops.overlay(foot, Image.merge("RGB", [dark.curve(drift, -0.6, 1.4)] * 3)), (0, round(high * level))
    )
    vanish, count = rng.uniform(0.25, 0.75) * wide, 6
    for number in range(count):
        near = (number + 1) / count
        for side in (-1, 1):
            x = vanish + side * wide * 0.62 * near**2.2
            tall, base = high * 0.62 * near**1.7, (level + 0.26 * near**2) * high
            thick = wide * 0.009 * near**1.3 + 1
            image.paste(
                dark.mix(air, post, 0.3 + 0.7 * near),
                None,
                dark.shape(
                    size,
                    [(x - thick, base), (x - thick / 2, base - tall), (x + thick / 2, base - tall), (x + thick, base)],
                ),
            )
            image = dark.shine(
                image,
                dark.halo(size, (x, base - tall), wide * (0.05 + 0.26 * near), 2.6),
                dark.mix(dark.BLACK, lamp, 0.85),
            )
            image = dark.shine(
                image,
                dark.halo(size, (x, base), (wide * 0.22 * near, high * 0.05 * near), 1.4),
                dark.mix(dark.BLACK, lamp, 0.5),
            )
            dark.light(image, dark.disc(max(5, round(wide * 0.035 * near)), soft=0.5), dark.WHITE, (x, base - tall))
    for _ in range(900):
        near = rng.random() ** 6
        flake = dark.weigh(dark.disc(round(3 + 16 * near), soft=0.8), 0.75 - 0.4 * near)
        dark.light(image, flake, dark.mix(dark.WHITE, lamp, 0.3), (rng.random() * wide, rng.random() * high))
    return image


def _portrait(rng: Random, size: Size, mood: Mood) -> Image.Image:
    wide, high = size
    back, glow, figure, rim = mood.inks
    side = rng.choice((-1, 1))
    unit, x, y = min(wide, high * 0.8) / 2, wide * (0.5 + 0.04 * side), high * 0.45
    image = dark.solid(size, back)
    image = dark.shine(image, dark.halo(size, (x - side * unit * 0.5, y - unit * 0.1), max(size) * 0.72, 1.7), glow)
    cloth = dark.noise(rng, size, high * 0.35, 4)
    image = ImageChops.overlay(image, Image.merge("RGB", [dark.curve(cloth, -0.6, 1.6)] * 3))
    head = [
        (0.0, -0.62),
        (0.3, -0.55),
        (0.42, -0.25),
        (0.44, -0.1),
        (0.54, 0.03),
        (0.45, 0.09),
        (0.46, 0.2),
        (0.38, 0.33),
        (0.17, 0.38),
        (0.16, 0.62),
    ]
    hair = rng.uniform(0.0, 0.2)
    nape = [(-0.2, 0.6), (-0.28, 0.3), (-0.44 - hair, 0.05 + hair), (-0.47 - hair * 0.6, -0.25), (-0.3, -0.55)]
    shoulders = [
        (0.45, 0.8),
        (1.0, 0.98),
        (1.2, 1.5),
        (1.25, 2.6),
        (-1.25, 2.6),
        (-1.2, 1.4),
        (-0.95, 0.92),
        (-0.42, 0.78),
    ]
    outline = dark.spline([(x + side * px * unit, y + py * unit) for px, py in [*head, *shoulders, *nape]])
    mask = dark.blur(dark.shape(size, outline), unit * 0.012)
    image.paste(figure, None, mask)
    inner = ImageChops.offset(dark.blur(mask, unit * 0.05), -round(side * unit * 0.07), round(unit * 0.02))
    edge = ImageChops.multiply(mask, ImageChops.invert(inner))
    return dark.shine(image, dark.curve(dark.blur(edge, unit * 0.012), 0.1, 0.8), rim)


SCENES: dict[str, Scene] = {
    "stars": Scene(_stars, (
        mood("The milky way over a hill with fir trees", "070b1c 1f3350 8fa3d8 05070f 04060a", "trees"),
        mood("Stars and a greenish glow over a dark ridge", "081420 2c6a5c 9fd0c4 04100e 03080a"),
        mood("Starry sky in the last violet of dusk over trees", "0c0b24 6a3d63 c0a8e0 0a0616 060410", "trees"),
    )),
    "city": Scene(_city, (
        mood("City lights out of focus after rain", "0d1526 2a3350 0a0d18 ffb45e ffd9a0 ff7a4a 8fc4ff"),
        mood("A city at blue hour, its lights like lanterns", "22365e 6f7fa6 141d33 ffcf7a ffe9c0 9fd0ff ff9a6a"),
        mood("Night lights of a harbour, red and green among gold", "0a0f18 1d2a38 070a10 ffc36a ff5a48 5fd08a ffe6b8"),
    )),
    "rain": Scene(_rain, (
        mood("Raindrops on a window, city lights behind them", "1a2438 2d3a52 ffb25c ff7a50 8fb8ff ffe0b0"),
        mood("Rain on glass in green evening light", "142420 2c4a40 9fe0a0 ffe08a 6fc0b0 e0ffd0"),
        mood("Drops on a window at dusk, violet and amber", "2a1f3c 5a3f60 ffb070 c88aff ff8a90 ffe0c8"),
    )),
    "street": Scene(_street, (
        mood("Street lamps in falling snow at night", "141a2c 4a4a5c c9ccd8 ffc678 0c0d14"),
        mood("An avenue of lamps in a blue snow storm", "1c2c48 5f7898 dfe8f2 fff0cc 0f1826"),
        mood("Lamps in the snow, an old yellow photograph", "2a2018 6e5a40 d8c6a0 ffe6b0 120d08"),
    )),
    "portrait": Scene(_portrait, (
        mood("Silhouette of a person in profile with light along the face", "1a1510 6e5a44 0c0a08 f0dcc0"),
        mood("A profile against a pale blue wall, lit from behind", "1c2a38 8fa8bc 10161e f4f8ff"),
        mood("Tintype of a person in profile, brown and silver", "2a2018 9a8464 120d09 e8dcc8"),
        mood("A profile in red evening light", "2a0f10 b0503c 14080a ffd0a0"),
    )),
}  # fmt: skip
