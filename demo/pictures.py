"""Photographs that nobody took: every kind, drawn from a seed and finished like a print."""

import io

from PIL import Image

from demo import darkroom as dark
from demo import scenes_day, scenes_land, scenes_night
from demo.darkroom import Scene, Size

SCENES: dict[str, Scene] = scenes_land.SCENES | scenes_day.SCENES | scenes_night.SCENES
KINDS = tuple(SCENES)
# as large as the largest variant: what is beyond it nobody would see
SIZES: tuple[Size, ...] = ((864, 1080), (1080, 1080), (1080, 720), (1080, 608), (1080, 566), (720, 1080))


def draw(kind: str, seed: int, size: Size) -> bytes:
    """Draw one picture as a JPEG. The same on every machine."""
    scene = SCENES[kind]
    image = scene.draw(dark.dice(kind, seed), size, scene.moods[seed % len(scene.moods)])
    return _print(kind, seed, image)


def portrait(seed: int) -> bytes:
    """Draw a square avatar."""
    return draw("portrait", seed, (480, 480))


def describe(kind: str, seed: int) -> str:
    """Say what the picture shows, for people who can't see it."""
    moods = SCENES[kind].moods
    return moods[seed % len(moods)].alt + "."


def _print(kind: str, seed: int, image: Image.Image) -> bytes:
    rng = dark.dice("print", kind, seed)
    image = dark.bloom(image, 0.35, 18)
    if rng.random() < 0.12:
        image = dark.leak(rng, image, (255, 150, 80))
    image = dark.grain(rng, dark.vignette(image, rng.uniform(0.15, 0.4)), rng.uniform(2, 5))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()
