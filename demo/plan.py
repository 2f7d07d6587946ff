"""Who follows whom, who posts what and when, who says and likes what: all from one seed, all by index."""

from dataclasses import dataclass, field
from random import Random

from demo import darkroom, words
from demo.people import PEOPLE
from demo.pictures import SIZES

POSTS = 80
DAYS = 40
CURATOR = 1  # looks after the site and takes no part


@dataclass(frozen=True)
class Picture:
    """One picture to draw."""

    kind: str
    seed: int
    size: tuple[int, int]


@dataclass(frozen=True)
class Remark:
    """A comment; `replies` are answers to it, as (author, words, minutes after the post)."""

    author: int
    words: str
    minutes: int
    replies: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True)
class Planned:
    """One post; `age` in minutes."""

    author: int
    pictures: tuple[Picture, ...]
    caption: str
    place: str
    age: int
    remarks: tuple[Remark, ...]
    likes: tuple[int, ...]
    reposts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A whole community; people by their index in PEOPLE, posts from the oldest to the newest."""

    follows: tuple[tuple[int, int], ...]
    posts: tuple[Planned, ...] = field(default=())


def plan(seed: int = 1, posts: int = POSTS) -> Plan:
    """Make up a community. The same for the same seed."""
    rng = darkroom.dice("plan", seed)
    fame = [0.15 + rng.random() ** 3 * 2 + person.weight * 0.3 for person in PEOPLE]
    fame[:2] = [0.3, 0.1]
    follows = tuple(sorted(_follows(rng, fame)))
    ages = sorted((round(rng.random() ** 1.7 * DAYS * 1440) + 3 for _ in range(posts)), reverse=True)
    return Plan(follows, tuple(_post(rng, number, age, follows, fame) for number, age in enumerate(ages)))


def _follows(rng: Random, fame: list[float]) -> set[tuple[int, int]]:
    pairs = set()
    for one, person in enumerate(PEOPLE):
        wanted = 22 if one == 0 else rng.randint(5, 20)
        for other in rng.choices(range(len(PEOPLE)), weights=fame, k=wanted * 2):
            alike = bool(set(person.kinds) & set(PEOPLE[other].kinds))
            if CURATOR not in (one, other) and other != one and (alike or rng.random() < 0.45):
                pairs.add((one, other))
    return pairs


def _post(rng: Random, number: int, age: int, follows: tuple[tuple[int, int], ...], fame: list[float]) -> Planned:
    author = rng.choices(range(len(PEOPLE)), weights=[person.weight for person in PEOPLE])[0]
    kind, size = rng.choice(PEOPLE[author].kinds), rng.choices(SIZES, weights=(5, 3, 4, 2, 1, 1))[0]
    count = rng.choices((1, 2, 3, 5), weights=(14, 3, 2, 1))[0]
    pictures = tuple(Picture(kind, number * 7 + offset, size) for offset in range(count))
    near = [one for one, other in follows if other == author] or [0]
    caption = words.caption(kind, rng).replace("{mention}", "@" + PEOPLE[rng.choice(near)].username)
    share = min(0.9, 0.2 + fame[author] * rng.random())
    likes = tuple(person for person in range(len(PEOPLE)) if person not in (author, CURATOR) and rng.random() < share)
    talk = tuple(
        _remark(rng, author, near, age) for _ in range(rng.choices((0, 1, 2, 3, 5), weights=(5, 6, 5, 3, 2))[0])
    )
    return Planned(author, pictures, caption, words.place(kind, rng), age, talk, likes, likes[: number % 7 == 3])


def _remark(rng: Random, author: int, near: list[int], age: int) -> Remark:
    minutes = rng.randint(1, max(2, min(age - 1, 900)))
    replies: tuple[tuple[int, str, int], ...] = ()
    if rng.random() < 0.4:
        replies = ((author, words.reply(rng), min(age, minutes + rng.randint(1, 90))),)
    return Remark(rng.choice(near), words.comment(rng), minutes, replies)
