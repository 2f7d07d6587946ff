"""What people do, as requests ready to be sent."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

import psycopg

from bench.data import SEED, person_of, post_of
from bench.site import Person, Site

Requests = list[bytes]
_CREATORS = range(1000, 1100)  # of all numbers of people, counted round; no viewer waits for a card of its own
_LIKERS = 200
_SEARCHES = [
    f"/search?kind=posts&q={words}"
    for words in ("light", "kitchen+octob", "%23film", "bridge+riga", "fog+fields", "%23winter12days", "expired+2009")
]
_SPARE = 1200  # photos prepared for each second of the scenario that shares them


@dataclass(frozen=True)
class Scenario:
    """One thing that people do. `make` returns requests, to be dealt out to the clients in blocks of `block`."""

    key: str
    title: str
    make: Callable[[float], Requests]
    again: bool = True
    block: int = 1

    def deal(self, clients: int, seconds: float) -> list[Requests]:
        """Give each client requests of its own."""
        requests = self.make(seconds)
        blocks = [requests[start : start + self.block] for start in range(0, len(requests), self.block)]
        mine = [blocks[client::clients] or blocks for client in range(clients)]
        return [[one for block in one_by_one for one in block] for one_by_one in mine]


@dataclass
class Crowd:
    """The people who ask, signed in once for a whole run; the site must be served when they first are needed."""

    site: Site
    rng: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 (no secrets)

    def _people(self, numbers: Sequence[int]) -> list[Person]:
        return [self.site.with_token(person) for person in self.site.sign_in(numbers)]

    @cached_property
    def viewers(self) -> list[Person]:
        """The mixed thousand."""
        return self._people(self.site.community.viewers)

    @cached_property
    def cohorts(self) -> dict[int, list[Person]]:
        """Those who follow exactly so many."""
        return {count: self._people(group) for count, group in self.site.community.cohorts.items()}

    @cached_property
    def creators(self) -> list[Person]:
        """Those who share photos."""
        size = self.site.community.size
        return self._people(sorted({number % size for number in _CREATORS}))

    @cached_property
    def older(self) -> Requests:
        """Ask as htmx does for what follows each viewer's first page."""
        requests = []
        for person in self.viewers:
            cursor = json.loads(self.site.ask("/api/v1/feed", person.cookie)[2])["next_cursor"]
            if cursor:
                requests.append(_get(f"/?cursor={cursor}", person, "HX-Request: true"))
        return requests

    def everywhere(self, paths: Sequence[str]) -> Requests:
        """Let each viewer open several of these paths."""
        return [_get(self.rng.choice(paths), person) for person in self.viewers for _ in range(4)]

    def typing(self, words: Sequence[str], kind: str) -> Requests:
        """Let each viewer type the beginning of one of these words, or of one mistyped."""
        requests = []
        for person in self.viewers:
            word = self.rng.choice(words)
            typed = self.rng.choice((word[:2], word[:3], word[:5], word[:2] + word[3:6]))
            requests.append(_get(f"/search/typed?kind={kind}&q={typed}", person, "HX-Request: true"))
        return requests

    def rankings(self, _seconds: float) -> Requests:
        """Let each viewer ask for a new ranking."""
        return [_post("/api/v1/feed/refresh", person) for person in self.viewers]

    def likes(self, _seconds: float) -> Requests:
        """Like a post that one does not like yet, and take it back."""
        liked = {(person_of(event), post_of(event)) for event in self.site.community.likes}
        posts = self.site.community.post_ids
        requests = []
        for number, person in enumerate(self.viewers[:_LIKERS]):
            chosen = (self.rng.randrange(len(posts)) for _ in range(100))
            for post in [post for post in chosen if (number, post) not in liked][:20]:
                requests += [_post(f"/p/{_dashed(posts[post])}/{verb}", person) for verb in ("like", "unlike")]
        return requests

    def follows(self, _seconds: float) -> Requests:
        """Follow somebody whom one does not follow yet, and take it back."""
        community, requests = self.site.community, []
        for number, person in zip(community.viewers, self.viewers[:_LIKERS], strict=False):
            known = {number, *community.followings[number]}
            chosen = (self.rng.randrange(community.size) for _ in range(40))
            for name in [community.usernames[other] for other in chosen if other not in known][:20]:
                requests += [_post(f"/@{name}/{verb}", person) for verb in ("follow", "unfollow")]
        return requests

    def creations(self, seconds: float) -> Requests:
        """Share a photo that has been uploaded and prepared; the job that publishes it waits."""
        count = int(_SPARE * seconds)
        with psycopg.connect(self.site.url) as connection:
            rows = connection.execute(
                "INSERT INTO media (id, owner_id, purpose, status, content_type, size, width, height, placeholder,"
                " public_key, created_at, processed_at)"
                " SELECT gen_random_uuid(), (%(people)s::uuid[])[1 + n %% %(many)s], 'post', 'ready', 'image/jpeg',"
                " 2000000, 4032, 3024, '#073236', gen_random_uuid()::text, now(), now()"
                " FROM generate_series(0, %(last)s) n"
                " RETURNING id, owner_id",
                {"people": [p.id for p in self.creators], "many": len(self.creators), "last": count - 1},
            ).fetchall()
        by_id = {person.id: person for person in self.creators}
        return [
            _send("/api/v1/posts", by_id[owner], {"media_ids": [str(photo)], "caption": "Low tide. #sea"})
            for photo, owner in rows
        ]


def scenarios(site: Site) -> list[Scenario]:
    """Return everything that is measured, in the order of the table."""
    crowd, community = Crowd(site), site.community
    names = [f"/@{name}" for name in community.usernames]
    posts = [f"/p/{_dashed(post)}" for post in community.post_ids]
    feeds = [
        Scenario(f"feed-{count}", f"feed, {count:,} followings", lambda _, n=count: _each(crowd.cohorts[n], "/"))
        for count in sorted(community.cohorts)
    ]
    return [
        Scenario("feed", "feed, mixed viewers", lambda _: _each(crowd.viewers, "/")),
        *feeds,
        Scenario("older", "older posts (htmx, page two)", lambda _: crowd.older),
        Scenario("json", "feed as JSON", lambda _: _each(crowd.viewers, "/api/v1/feed")),
        Scenario("for-you", "for you", lambda _: _each(crowd.viewers, "/?view=for_you")),
        Scenario("explore", "explore", lambda _: _each(crowd.viewers, "/explore")),
        Scenario("rank", "for you, ranked anew (JSON)", crowd.rankings),
        Scenario("profile", "profile", lambda _: crowd.everywhere(names)),
        Scenario("post", "post with comments", lambda _: crowd.everywhere(posts)),
        Scenario("people", "people as one types (htmx)", lambda _: crowd.typing(community.usernames, "people")),
        Scenario("search", "posts with a word", lambda _: crowd.everywhere(_SEARCHES)),
        Scenario("like", "like, unlike (each counts)", crowd.likes, block=2),
        Scenario("follow", "follow, unfollow (each counts)", crowd.follows, block=2),
        Scenario("create", "create a post (JSON)", crowd.creations, again=False),
    ]


def _each(people: Sequence[Person], path: str) -> Requests:
    return [_get(path, person) for person in people]


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _head(method: str, path: str, person: Person | None, *more: str) -> str:
    cookie = [f"Cookie: {person.cookie}"] if person else []
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: */*", *cookie, *more, "", ""]
    return "\r\n".join(lines)


def _get(path: str, person: Person, *more: str) -> bytes:
    return _head("GET", path, person, *more).encode()


def bare(path: str) -> bytes:
    """Ask without saying who one is."""
    return _head("GET", path, None).encode()


def _post(path: str, person: Person) -> bytes:
    token = f"X-CSRFToken: {person.token}"
    return _head("POST", path, person, "HX-Request: true", token, "Content-Length: 0").encode()


def _send(path: str, person: Person, value: object) -> bytes:
    body = json.dumps(value).encode()
    lines = (f"X-CSRFToken: {person.token}", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return _head("POST", path, person, *lines).encode() + body
