"""How costs grow: with the size of the whole site, and with one number at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.crowd import Crowd
from bench.data import COHORTS
from bench.measure import Cell, cell
from bench.requests import Requests, dashed, each, get, press
from bench.scenarios import Scenario
from bench.site import Person, Site
from embedded.process import Process

_ASKING = 100  # viewers
_ALIKE = 5  # people who are nearest to a wanted number of followers or posts
_SAID = "What lens was it?"


@dataclass(frozen=True)
class Step:
    """What one operation costs when the number that is looked at is `size`."""

    number: str
    size: int
    cell: Cell


@dataclass(frozen=True)
class Whole:
    """One operation at a tenth of the data and at all of it."""

    tenth: Cell
    full: Cell


def measure(site: Site, web: Process, worker: str, clients: int, seconds: float) -> list[Step]:
    """Measure each operation along the number on which it may depend."""
    return [
        Step(number, size, cell(site, web, worker, scenario, clients, seconds))
        for number, size, scenario in _steps(Crowd(site))
    ]


def beside(tenth: Sequence[Cell], full: Sequence[Cell]) -> list[Whole]:
    """Put the cells of a tenth beside those of the whole."""
    whole = {(one.key, one.clients): one for one in full}
    found = [(one, whole.get((one.key, one.clients))) for one in tenth]
    return [Whole(one, other) for one, other in found if other is not None]


def jumps(steps: Sequence[Step]) -> list[tuple[Step, float | None]]:
    """Return each step with the growth of its CPU beside the one before, where that is of the same operation."""
    first = [(steps[0], None)] if steps else []
    same = (
        (step, step.cell.cpu / before.cell.cpu if step.cell.key == before.cell.key else None)
        for before, step in pairwise(steps)
    )
    return [*first, *same]


_Steps = list[tuple[str, int, Scenario]]


def _steps(crowd: Crowd) -> _Steps:
    return [*_of_followings(crowd), *_of_people(crowd), *_of_comments(crowd), *_of_messages(crowd)]


def _of_followings(crowd: Crowd) -> _Steps:
    counts = sorted(crowd.site.community.cohorts)
    pages = (("feed", "/"), ("feed as JSON", "/api/v1/feed"), ("everybody with stories", "/stories"))
    return [
        ("followings", count, _scenario("followings", title, lambda c=count, p=path: each(crowd.cohorts[c], p)))
        for title, path in pages
        for count in counts
    ]


def _of_people(crowd: Crowd) -> _Steps:
    """Look at profiles of people with so many followers, and of those with so many posts."""
    made = crowd.site.community
    followers, posts = [len(fans) for fans in made.followers], [0] * made.size
    for author in made.authors:
        posts[author] += 1
    found: _Steps = []
    for number, counts in (("followers", followers), ("posts", posts)):
        for wanted in (count for count in COHORTS if count <= max(counts)):
            people = sorted(range(made.size), key=lambda person: (abs(counts[person] - wanted), person))[:_ALIKE]
            size = sorted(counts[person] for person in people)[_ALIKE // 2]
            names = [made.usernames[person] for person in people]
            paths = [f"/@{name}" for name in names]
            found.append((number, size, _scenario(number, "profile", lambda p=paths: _everywhere(crowd, p))))
            if number == "followers":
                follow = _scenario(number, "follow, unfollow", lambda n=people: _follow(crowd, n), block=2)
                found.append((number, size, follow))
    return sorted(found, key=lambda step: (step[0], step[2].title, step[1]))


def _of_comments(crowd: Crowd) -> _Steps:
    threads = [(size, f"/p/{dashed(post)}") for size, post in crowd.site.subjects.threads.items()]
    reads = [
        ("comments", size, _scenario("comments", "post with comments", lambda p=path: _everywhere(crowd, [p])))
        for size, path in threads
    ]
    writes = [
        ("comments", size, _scenario("comments", "comment", lambda p=path: _comment(crowd, p)))
        for size, path in threads
    ]
    return [*reads, *writes]


def _of_messages(crowd: Crowd) -> _Steps:
    made = crowd.site.subjects
    by_id = {person.id.hex: person for person in crowd.insiders}
    talks: list[tuple[int, list[tuple[Person, str]]]] = [
        (size, [(by_id[person], f"/messages/{dashed(talk.id)}") for talk in some for person in talk.people])
        for size, some in made.talks.items()
    ]
    reads = [
        ("messages", size, _scenario("messages", "conversation", lambda s=some: [get(at, who) for who, at in s]))
        for size, some in talks
    ]
    writes = [
        ("messages", size, _scenario("messages", "send a message", lambda s=some: _write(s))) for size, some in talks
    ]
    return [*reads, *writes]


def _scenario(number: str, title: str, make: Callable[[], Requests], block: int = 1) -> Scenario:
    return Scenario(f"{number}-{title}", title, lambda _seconds: make(), block=block)


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
