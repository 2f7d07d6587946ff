"""How costs grow: with the size of the whole site, and with one number at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from bench.crowd import Crowd
from bench.data import COHORTS
from bench.measure import Cell, cell
from bench.requests import Requests, dashed, each, get, press
from bench.scenarios import Scenario
from bench.site import Person, Site

_ASKING = 100  # viewers
_ALIKE = 5  # people who are nearest to a wanted number of followers or posts
_SAID = "What lens was it?"


@dataclass(frozen=True)
class Step:
    """What an operation (`title`) costs when the number that is looked at is `size`."""

    title: str
    number: str
    size: int
    cell: Cell


@dataclass(frozen=True)
class Whole:
    """One operation at a tenth of the data and at all of it."""

    tenth: Cell
    full: Cell


def measure(site: Site, clients: int, seconds: float) -> Iterator[Step]:
    """Measure each operation along the number on which it may depend."""
    for title, number, size, make, block in _steps(Crowd(site)):
        scenario = Scenario(f"{number}-{title}", f"{title}, {size:,} {number}", lambda _, m=make: m(), block=block)
        yield Step(title, number, size, cell(site, scenario, clients, seconds))


def beside(tenth: Sequence[Cell], full: Sequence[Cell]) -> list[Whole]:
    """Put the cells of a tenth beside those of the whole."""
    whole = {(one.key, one.clients): one for one in full}
    found = [(one, whole.get((one.key, one.clients))) for one in tenth]
    return [Whole(one, other) for one, other in found if other is not None]


def jumps(steps: Sequence[Step]) -> list[tuple[Step, float | None]]:
    """Return each step with the growth of its CPU beside the one before, where that is of the same operation."""
    return [
        (step, times(before.cell, step.cell) if before and before.cell.key == step.cell.key else None)
        for before, step in pairwise([None, *steps])
        if step
    ]


def times(before: Cell, after: Cell) -> float | None:
    """Return how many times as much CPU a cell costs, had the machine been as fast; None of what cost nothing."""
    return after.steady / before.steady if before.steady and after.steady else None


class _Way(NamedTuple):
    """An operation that is to be measured along a number, at one size of it."""

    title: str
    number: str
    size: int
    make: Callable[[], Requests]
    block: int = 1


def _steps(crowd: Crowd) -> list[_Way]:
    return [*_of_followings(crowd), *_of_people(crowd), *_of_comments(crowd), *_of_messages(crowd)]


def _of_followings(crowd: Crowd) -> Iterator[_Way]:
    for title, path in (("feed", "/"), ("feed as JSON", "/api/v1/feed"), ("everybody with stories", "/stories")):
        for count in sorted(crowd.site.community.cohorts):
            yield _Way(title, "followings", count, partial(_each_of, crowd, count, path))


def _each_of(crowd: Crowd, count: int, path: str) -> Requests:
    return each(crowd.cohorts[count], path)


def _of_people(crowd: Crowd) -> Iterator[_Way]:
    """Look at profiles of people with so many followers and of those with so many posts; follow the former."""
    made = crowd.site.community
    followers, posts = [len(fans) for fans in made.followers], [0] * made.size
    for author in made.authors:
        posts[author] += 1
    for title, number, counts, act in (
        ("profile", "followers", followers, _visit),
        ("follow, unfollow", "followers", followers, _follow),
        ("profile", "posts", posts, _visit),
    ):
        for wanted in (count for count in COHORTS if count <= max(counts)):
            people = sorted(range(made.size), key=lambda who: (abs(counts[who] - wanted), who))[:_ALIKE]
            size = sorted(counts[person] for person in people)[_ALIKE // 2]
            yield _Way(title, number, size, partial(act, crowd, people), 2 if act is _follow else 1)


def _visit(crowd: Crowd, people: Sequence[int]) -> Requests:
    return _everywhere(crowd, [f"/@{crowd.site.community.usernames[person]}" for person in people])


def _of_comments(crowd: Crowd) -> Iterator[_Way]:
    threads = [(size, f"/p/{dashed(post)}") for size, post in crowd.site.subjects.threads.items()]
    for size, path in threads:
        yield _Way("post with comments", "comments", size, partial(_everywhere, crowd, [path]))
    for size, path in threads:
        yield _Way("comment", "comments", size, partial(_comment, crowd, path))


def _of_messages(crowd: Crowd) -> Iterator[_Way]:
    by_id = {person.id.hex: person for person in crowd.insiders}
    talks = {
        size: [(by_id[person], f"/messages/{dashed(talk.id)}") for talk in some for person in talk.people]
        for size, some in crowd.site.subjects.talks.items()
    }
    for size, some in talks.items():
        yield _Way("conversation", "messages", size, partial(_read, some))
    for size, some in talks.items():
        yield _Way("send a message", "messages", size, partial(_write, some))


def _read(talks: Sequence[tuple[Person, str]]) -> Requests:
    return [get(path, person) for person, path in talks]


def _write(talks: Sequence[tuple[Person, str]]) -> Requests:
    return [press(path, person, content=_SAID) for person, path in talks]


def _everywhere(crowd: Crowd, paths: Sequence[str]) -> Requests:
    return [get(crowd.rng.choice(paths), person) for person in crowd.viewers[:_ASKING]]


def _comment(crowd: Crowd, path: str) -> Requests:
    return [press(f"{path}/comments", person, content=_SAID) for person in crowd.viewers[:_ASKING]]


def _follow(crowd: Crowd, people: Sequence[int]) -> Requests:
    """Follow one of these people whom one does not follow yet, and take it back."""
    made, requests = crowd.site.community, Requests()
    for number, person in zip(made.viewers, crowd.viewers, strict=True):
        known = {number, *made.followings[number]}
        for name in [made.usernames[other] for other in people if other not in known][:1]:
            requests += [press(f"/@{name}/{verb}", person) for verb in ("follow", "unfollow")]
    return requests
