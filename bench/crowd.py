"""The people who ask, and what each of them asks for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

import psycopg

from bench.data import SEED, person_of, post_of
from bench.requests import Requests, dashed, get, press, send
from bench.site import Person, Site

_CREATORS = range(1000, 1100)  # of all numbers of people, counted round; no viewer waits for a card of its own
_WISHES = 4  # things that each viewer does, before the round begins anew
_SPARE = 1200  # photos prepared for each second of the scenario that shares them
_PHOTO = {"filename": "low-tide.jpg", "content_type": "image/jpeg", "size": 3_000_000, "purpose": "post"}


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
    def insiders(self) -> list[Person]:
        """Those who follow private accounts alone."""
        made = self.site.subjects
        return self._people([made.first + number for number in made.viewers])

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
                requests.append(get(f"/?cursor={cursor}", person, "HX-Request: true"))
        return requests

    @property
    def talks(self) -> list[tuple[Person, str]]:
        """Each viewer with the address of a conversation of theirs."""
        own = self.site.everyday.own
        return [(person, f"/messages/{dashed(own[person.id.hex].id)}") for person in self.viewers]

    def everywhere(self, paths: Sequence[str]) -> Requests:
        """Let each viewer open several of these paths."""
        return [get(self.rng.choice(paths), person) for person in self.viewers for _ in range(_WISHES)]

    def typing(self, words: Sequence[str], kind: str) -> Requests:
        """Let each viewer type the beginning of one of these words, or of one mistyped."""
        requests = []
        for person in self.viewers:
            word = self.rng.choice(words)
            typed = self.rng.choice((word[:2], word[:3], word[:5], word[:2] + word[3:6]))
            requests.append(get(f"/search/typed?kind={kind}&q={typed}", person, "HX-Request: true"))
        return requests

    def rankings(self, _seconds: float) -> Requests:
        """Let each viewer ask for a new ranking."""
        return [press("/api/v1/feed/refresh", person) for person in self.viewers]

    def likes(self, _seconds: float) -> Requests:
        """Like a post that one does not like yet, and take it back."""
        community, most = self.site.community, len(self.viewers)
        liked = {(who, post_of(event)) for event in community.likes if (who := person_of(event)) < most}
        posts, requests = community.post_ids, []
        for number, person in enumerate(self.viewers):
            chosen = (self.rng.randrange(len(posts)) for _ in range(5 * _WISHES))
            for post in [post for post in chosen if (number, post) not in liked][:_WISHES]:
                requests += [press(f"/p/{dashed(posts[post])}/{verb}", person) for verb in ("like", "unlike")]
        return requests

    def follows(self, _seconds: float) -> Requests:
        """Follow somebody whom one does not follow yet, and take it back."""
        community, requests = self.site.community, []
        for number, person in zip(community.viewers, self.viewers, strict=True):
            known = {number, *community.followings[number]}
            chosen = (self.rng.randrange(community.size) for _ in range(10 * _WISHES))
            for name in [community.usernames[other] for other in chosen if other not in known][:_WISHES]:
                requests += [press(f"/@{name}/{verb}", person) for verb in ("follow", "unfollow")]
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
            send("/api/v1/posts", by_id[owner], {"media_ids": [str(photo)], "caption": "Low tide. #sea"})
            for photo, owner in rows
        ]

    def comments(self, _seconds: float) -> Requests:
        """Comment on posts of all kinds of people."""
        posts = self.site.community.post_ids
        chosen = [(person, dashed(self.rng.choice(posts))) for person in self.viewers for _ in range(_WISHES)]
        return [press(f"/p/{post}/comments", person, content="What lens was it?") for person, post in chosen]

    def uploads(self, _seconds: float) -> Requests:
        """Ask for an address to upload a photo to."""
        return [send("/api/v1/media/uploads", person, _PHOTO) for person in self.viewers]
