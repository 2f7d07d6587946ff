"""What people send comes out upright, in sRGB, in every size, without a word about them; or is refused kindly."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.media import corpus, profiles
from webapp.media import colour, jpeg, placeholder, processing, webp
from webapp.media.formats import BOUNDS, ENCODINGS, MAX_PIXELS, SENTENCES, Rejected

EVERY = [(name, encoding) for name in BOUNDS for encoding in ENCODINGS]


def picture(made, name="large", encoding="jpg"):
    variant = next(v for v in made.variants if (v.name, v.format) == (name, encoding))
    image = Image.open(BytesIO(variant.data))
    image.load()
    assert image.size == (variant.width, variant.height)
    return image.convert("RGB")


def data_of(made, name, encoding):
    return next(v.data for v in made.variants if (v.name, v.format) == (name, encoding))


def near(one, other, most=12):
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def assert_bare(variant):
    """Read the file as bytes: pixels and what decodes them, nothing else."""
    assert corpus.SECRET not in variant.data
    if variant.format == "webp":
        assert [tag for tag, _ in webp.chunks(variant.data)] in ([b"VP8 "], [b"VP8L"])
        assert len(variant.data) == 8 + int.from_bytes(variant.data[4:8], "little")
        return
    found = list(jpeg.segments(variant.data))
    assert found[-1][0] == 0xD9
    assert found[-1][2] == len(variant.data)
    for marker, start, end in found:
        assert marker not in {0xFE, *range(0xE1, 0xEE), 0xEF}
        assert marker not in (0xE0, 0xEE) or end - start in (12, 14), "a thumbnail rides along"


@pytest.mark.parametrize("case", corpus.REFUSED, ids=lambda case: case.name)
def test_what_is_no_photo_or_too_much_is_refused_with_a_sentence(case):
    with pytest.raises(Rejected) as refusal:
        processing.variants(case.make())
    assert refusal.value.code == case.verdict
    assert refusal.value.sentence == SENTENCES[case.verdict]


@pytest.mark.parametrize("case", corpus.ACCEPTED, ids=lambda case: case.name)
def test_a_photo_comes_out_in_every_size_without_metadata(case):
    made = processing.variants(case.make())
    assert (made.width, made.height) == case.verdict
    assert sorted((v.name, v.format) for v in made.variants) == sorted(EVERY)
    assert made.placeholder in placeholder.PALETTE
    for variant in made.variants:
        assert_bare(variant)
        bound = BOUNDS[variant.name]
        assert variant.width <= min(bound, made.width)
        assert variant.height <= min(bound, made.height)
        picture(made, variant.name, variant.format)


@pytest.mark.parametrize("case", corpus.EITHER, ids=lambda case: case.name)
def test_a_doubtful_file_is_shown_bare_or_refused(case):
    made = None
    with suppress(Rejected):
        made = processing.variants(case.make())
    for variant in made.variants if made else ():
        assert_bare(variant)


def test_the_header_alone_decides_about_size():
    header = processing.inspect(corpus.fifty_megapixels())
    assert (header.format, header.width * header.height) == ("PNG", MAX_PIXELS)
    assert processing.inspect(corpus.animated("WEBP")).frames == 2


def test_every_sentence_says_what_to_do():
    assert all(sentence.endswith(".") and sentence.count(". ") >= 1 for sentence in SENTENCES.values())


@pytest.mark.parametrize("orientation", corpus.ORIENTATIONS)
@pytest.mark.parametrize("name", corpus.FORMATS)
def test_however_the_camera_was_held_the_photo_is_upright(name, orientation):
    made = processing.variants(corpus.turned(name, orientation))
    assert (made.width, made.height) == (96, 64)
    difference = ImageChops.difference(picture(made), corpus.scene())
    mean = sum(colour.average(difference)) / 3
    assert mean < 6, f"{mean} levels from the scene"
    assert all(b"GPS" not in v.data and corpus.SECRET not in v.data for v in made.variants)


def test_a_large_photo_fits_every_bound_and_keeps_its_proportions():
    made = processing.variants(corpus.save(corpus.grain(2000, 1500), "JPEG"))
    sizes = {v.name: (v.width, v.height) for v in made.variants}
    assert sizes == {"thumb": (150, 150), "small": (320, 240), "medium": (640, 480), "large": (1080, 810)}


def test_a_small_photo_is_never_enlarged():
    made = processing.variants(corpus.save(corpus.scene(90, 60), "PNG"))
    sizes = {v.name: (v.width, v.height) for v in made.variants}
    assert sizes == {"thumb": (60, 60), "small": (90, 60), "medium": (90, 60), "large": (90, 60)}


@pytest.mark.parametrize("size", [(6000, 400), (400, 6000)])
def test_a_panorama_has_a_thumb_of_full_size(size):
    made = processing.variants(corpus.save(corpus.grain(*size), "JPEG"))
    assert picture(made, "thumb").size == (150, 150)


def test_the_thumb_shows_the_middle():
    image = Image.new("RGB", (300, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    made = processing.variants(corpus.save(image, "PNG"))
    assert near(picture(made, "thumb").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)), (0, 0, 255))


@pytest.mark.parametrize(
    ("given", "profile", "mode", "seen"),
    [
        ((234, 51, 35), profiles.rgb(profiles.DISPLAY_P3), "RGB", (255, 0, 0)),
        ((219, 0, 0), profiles.rgb(profiles.ADOBE_RGB, 2.2), "RGB", (255, 0, 0)),
        ((144, 255, 60), profiles.rgb(profiles.ADOBE_RGB, 2.2), "RGB", (0, 255, 0)),
        (128, profiles.grey(1.0), "L", (188, 188, 188)),
    ],
)
def test_a_profile_is_converted_and_not_just_dropped(given, profile, mode, seen):
    made = processing.variants(corpus.with_profile(given, profile, mode))
    assert near(picture(made).getpixel((20, 20)), seen)


def test_inks_come_out_as_the_colours_they_print():
    made = processing.variants(corpus.save(corpus.scene().convert("CMYK"), "JPEG", quality=95))
    assert near(picture(made).getpixel((10, 10)), (200, 40, 40))
    assert near(picture(processing.variants(corpus.ycck((255, 0, 0)))).getpixel((20, 20)), (255, 0, 0))


def test_sixteen_bits_are_divided_and_not_clipped():
    image = picture(processing.variants(corpus.sixteen_bit()))
    assert [near(image.getpixel((x, 20)), (level,) * 3, 6) for x, level in ((20, 0), (60, 85), (100, 170), (140, 255))]
    assert near(image.getpixel((60, 20)), (85, 85, 85))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white_paper(mode):
    image = picture(processing.variants(corpus.transparent(mode)))
    assert near(image.getpixel((10, 20)), (0, 0, 0))
    assert near(image.getpixel((70, 20)), (255, 255, 255))


def test_a_transparent_webp_lies_on_white_in_both_encodings():
    made = processing.variants(corpus.transparent("RGBA", "WEBP"))
    assert near(picture(made, "large", "webp").getpixel((70, 20)), (255, 255, 255))
    assert near(picture(made, "large", "jpg").getpixel((70, 20)), (255, 255, 255))


@pytest.mark.parametrize("name", ["WEBP", "PNG", "AVIF"])
def test_an_animation_is_shown_by_its_first_frame(name):
    assert near(picture(processing.variants(corpus.animated(name))).getpixel((30, 20)), (255, 0, 0), 20)


def test_a_cameras_file_of_two_pictures_shows_the_first():
    made = processing.variants(corpus.mpo())
    assert near(picture(made).getpixel((10, 10)), (200, 40, 40), 20)
    assert_bare(next(v for v in made.variants if (v.name, v.format) == ("large", "jpg")))


@pytest.mark.parametrize(("name", "encoding"), [("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_photo_that_is_small_enough_keeps_its_own_data(name, encoding):
    given = corpus.metadata(name, (900, 600))
    assert corpus.SECRET in given
    kept = data_of(processing.variants(given), "large", encoding)
    strip = {"JPEG": jpeg.strip, "WEBP": webp.strip}[name]
    assert kept == strip(given)
    before, after = (Image.open(BytesIO(data)).convert("RGB") for data in (given, kept))
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda: corpus.turned("JPEG", 6), id="lies on its side"),
        pytest.param(lambda: corpus.save(corpus.grain(1200, 800), "JPEG"), id="too large"),
        pytest.param(lambda: corpus.save(corpus.scene().convert("CMYK"), "JPEG"), id="inks"),
        pytest.param(
            lambda: corpus.with_profile("red", profiles.rgb(profiles.ADOBE_RGB, 2.2), name="JPEG"), id="other colours"
        ),
    ],
)
def test_a_photo_that_must_change_is_drawn_anew(given):
    data = given()
    assert data_of(processing.variants(data), "large", "jpg") != jpeg.strip(data)


def test_a_photo_without_alpha_keeps_no_stowaway_behind_its_end():
    data = corpus.save(corpus.scene(), "JPEG") + corpus.SECRET
    assert jpeg.strip(data).endswith(b"\xff\xd9")
    assert jpeg.strip(data[: len(data) // 2]) is None


def test_the_placeholder_is_near_the_photos_average():
    for given in ((20, 20, 20), (120, 160, 210), (150, 110, 80), (235, 235, 235)):
        made = processing.variants(corpus.save(Image.new("RGB", (30, 30), given), "PNG"))
        assert near(bytes.fromhex(made.placeholder[1:]), given, 40)


def test_the_palette_and_its_stylesheet_are_the_same():
    assert len(set(placeholder.PALETTE)) == 64
    assert placeholder.css_class(placeholder.PALETTE[63]) == "ph-63"
    written = Path(__file__).parents[2] / "static/css/placeholders.css"
    assert written.read_text() == placeholder.stylesheet(), "write placeholder.stylesheet() into it"
