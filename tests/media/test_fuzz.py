"""Photos that somebody has meddled with, a thousand ways: each is taken or refused, in time, and the worker goes on."""

import random
import resource
import struct
import time

import pytest

from tests.fuzzing import TIMES
from tests.media import corpus
from webapp.media import sandbox
from webapp.media.formats import SENTENCES, Rejected

KINDS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "MPO", "animated", "profile")
SECONDS = 6.0
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def photo(kind: str) -> bytes:
    """Make a real one, with all the metadata that a camera adds."""
    if kind == "MPO":
        return corpus.mpo()
    if kind == "animated":
        return corpus.animated("WEBP")
    if kind == "profile":
        return corpus.with_profile("red", corpus.profiles.rgb(corpus.profiles.ADOBE_RGB))
    return corpus.metadata(kind)


def meddled(data: bytes, chance: random.Random) -> bytes:
    """Change a photo in one to four places as damage, a careless program or an attacker would."""
    body = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.choice((chance.randrange(len(body)), chance.randrange(min(len(body), 64))))
        match chance.randrange(7):
            case 0:
                body[at] ^= 1 << chance.randrange(8)
            case 1:
                body[at] = chance.randrange(256)
            case 2:  # lengths, sizes and counts stand in two or four bytes, either end first
                number, form = chance.choice(NUMBERS), chance.choice(("<I", ">I", "<H", ">H"))
                part = struct.pack(form, number & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
                body[at : at + len(part)] = part
            case 3:
                del body[at : at + chance.randint(1, 40)]
            case 4:
                body[at:at] = body[at : at + chance.randint(1, 200)]
            case 5:
                del body[chance.randrange(len(body) // 2, len(body)) :]
            case _:
                body[at:at] = chance.randbytes(chance.randint(1, 40))
        if not body:
            return b"\0"
    return bytes(body)


def verdict(data: bytes) -> str:
    """Return what the sandbox says. A Fault, which would be a mistake of ours, is not caught."""
    try:
        made = sandbox.process(data, seconds=SECONDS)
    except Rejected as refusal:
        return refusal.code
    assert made.width * made.height <= corpus.MAX_PIXELS
    assert all(corpus.SECRET not in variant.data for variant in made.variants)
    return "taken"


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_was_done_to_a_photo_it_is_taken_or_refused_in_time(kind):
    genuine, codes = photo(kind), set()
    assert verdict(genuine) == "taken"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(30 * TIMES):
        began = time.monotonic()
        code = verdict(meddled(genuine, random.Random(f"{kind} {seed}")))
        assert code == "taken" or code in SENTENCES, (kind, seed, code)
        assert time.monotonic() - began < SECONDS + 4, (kind, seed)
        codes.add(code)
    assert len(codes) > 1, "some were refused"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, "kilobytes that the parent kept"


def test_two_photos_stuck_together_are_one_or_none():
    chance = random.Random(7)
    made = [photo(kind) for kind in KINDS]
    for _ in range(20 * TIMES):
        one, other = chance.sample(made, 2)
        head = one[: chance.randrange(8, min(200, len(one)))]
        code = verdict(head + other[chance.randrange(min(200, len(other))) :])
        assert code == "taken" or code in SENTENCES
