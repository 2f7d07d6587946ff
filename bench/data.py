"""Make a community up: for the same scale the same people, follows, posts, likes and comments, every time.

At scale 1: 10,000 people, 1,000,000 follows, 500,000 posts of 90 days, 3,000,000 likes, 600,000 comments. Followings
and fame follow a power law (Pareto, 1.5); likes and comments come from followers, more often to those who have many,
within hours of the post. Rows come in the order of time, as they would lie on disk had they come one by one.
"""

from array import array
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from bench import words
from webapp.core import folding, text
from webapp.media.placeholder import PALETTE
from webapp.posts import words as post_words
from webapp.users import words as user_words

VERSION = 2  # of the data: count up with any change that changes a row
PEOPLE, FOLLOWINGS, POSTS, LIKES, COMMENTS = 10_000, 100, 500_000, 3_000_000, 600_000
COHORTS = (10, 100, 1000)  # groups of people who follow exactly so many
END = datetime(2026, 6, 1, tzinfo=UTC)
START = END - timedelta(days=90)
SECONDS = 90 * 86400
YEAR = 365 * 86400  # people and follows are up to this much older than the first post
SEED = 7

# A moment, a post and a person packed into one number that sorts by time: (seconds << 33) | (post << 14) | person.
POST_BITS, PERSON_BITS = 19, 14


class Table(NamedTuple):
    """Rows of one table in PostgreSQL's text format for COPY."""

    name: str
    columns: str
    count: int
    lines: Iterator[str]


class Community:
    """Everybody and everything, by number; `tables` writes it out."""

    def __init__(self, scale: float = 1.0, seed: int = SEED) -> None:
        self._seed = seed
        self.size = max(20, round(PEOPLE * scale))
        self.viewers = range(max(5, self.size // 10))
        group = max(2, self.size // 200)
        fitting = [count for count in COHORTS if count < self.size / 2]
        self.cohorts = {
            count: range(self.size - group * place, self.size - group * (place - 1))
            for place, count in enumerate(fitting, 1)
        }
        self._meet()
        self._post(max(200, round(POSTS * scale)))
        self.likes = self._react("likes", round(LIKES * scale), self._fans)
        self.comments = self._react("comments", round(COMMENTS * scale), [50 * bool(fans) for fans in self._fans])
        self.like_counts = self._per_post(self.likes)
        self.comment_counts = self._per_post(self.comments)
        self._reply()

    def _rng(self, name: str) -> Random:
        """Give each subject dice of its own, so that one does not depend on how often another threw."""
        return Random(f"{self._seed} {name}")  # noqa: S311 (no secrets)

    def _meet(self) -> None:
        """Decide who follows whom."""
        rng = self._rng("follows")
        everybody = range(self.size)
        self.person_ids = [_uuid7(rng, -YEAR + YEAR * person / self.size) for person in everybody]
        self.usernames = [f"{rng.choice(words.FIRST).lower()}_{person}" for person in everybody]
        fame = list(accumulate(min(rng.paretovariate(1.5), 90) for _ in everybody))
        self.followings = [self._choose(rng, person, count, fame) for person, count in enumerate(self._degrees(rng))]
        self.followers: list[list[int]] = [[] for _ in everybody]
        for person, chosen in enumerate(self.followings):
            for other in chosen:
                self.followers[other].append(person)

    def _degrees(self, rng: Random) -> list[int]:
        most = min(1450, self.size // 2)
        eager = [min(rng.paretovariate(1.5), 40) for _ in range(self.size)]
        total = self.size * min(FOLLOWINGS, self.size // 10)
        exact = {person: count for count, group in self.cohorts.items() for person in group}
        caps = [0 if person in exact else most for person in range(self.size)]
        counts = share(rng, max(0, total - sum(exact.values())), eager, caps)
        return [exact.get(person, count) for person, count in enumerate(counts)]

    def _choose(self, rng: Random, person: int, count: int, fame: list[float]) -> list[int]:
        chosen: dict[int, None] = {}
        while len(chosen) < count:
            drawn = rng.choices(range(self.size), cum_weights=fame, k=count - len(chosen))
            chosen.update((other, None) for other in drawn if other != person)
        return list(chosen)

    def _post(self, count: int) -> None:
        """Decide who posted what and when; a post's number is its place in time."""
        rng = self._rng("posts")
        zeal = [rng.lognormvariate(0, 1.1) if rng.random() > 0.15 else 0.0 for _ in range(self.size)]
        self.authors = array("H", rng.choices(range(self.size), cum_weights=list(accumulate(zeal)), k=count))
        step = SECONDS / count
        self.times = array("d", ((number + rng.random()) * step for number in range(count)))
        self.post_ids = [_uuid7(rng, moment) for moment in self.times]
        self.photos = array("B", rng.choices((1, 2, 3, 4), (80, 10, 6, 4), k=count))
        self.described = [[rng.random() < 0.3 for _ in range(photos)] for photos in self.photos]
        self.captions = words.captions(rng, self.usernames, 4096)
        self.caption_of = array("H", (rng.randrange(4096) for _ in range(count)))
        self.tags = [text.hashtags(caption) for caption in self.captions]
        self._fans = [len(self.followers[author]) for author in self.authors]

    def _react(self, name: str, total: int, most: Sequence[int]) -> list[int]:
        """Let followers like or comment on posts; returns packed numbers in the order of time."""
        rng = self._rng(name)
        appeal = [fans * rng.lognormvariate(0, 0.8) for fans in self._fans]
        events: list[int] = []
        for post, count in enumerate(share(rng, total, appeal, most)):
            fans = self.followers[self.authors[post]]
            people = rng.sample(fans, count) if name == "likes" else rng.choices(fans, k=count) if count else ()
            for person in people:
                moment = min(SECONDS - 1, int(self.times[post] + 1 + rng.expovariate(1 / 21600)))
                events.append((moment << POST_BITS | post) << PERSON_BITS | person)
        events.sort()
        return events

    def _per_post(self, events: list[int]) -> array:
        counts = array("I", bytes(4 * len(self.authors)))
        for event in events:
            counts[post_of(event)] += 1
        return counts

    def _reply(self) -> None:
        """Make one comment in five a reply to an earlier one of its post, where there is one."""
        rng = self._rng("replies")
        self.comment_ids = [_uuid7(rng, moment_of(event)) for event in self.comments]
        self.parents = array("i", [-1]) * len(self.comments)
        self.reply_counts = array("I", bytes(4 * len(self.comments)))
        threads: dict[int, list[int]] = {}
        for number, event in enumerate(self.comments):
            thread = threads.setdefault(post_of(event), [])
            if thread and rng.random() < 0.2:
                parent = rng.choice(thread)
                self.parents[number] = parent
                self.reply_counts[parent] += 1
            else:
                thread.append(number)

    def tables(self) -> list[Table]:
        """Return every table in turn, its rows made while they are read."""
        tagged = sum(len(self.tags[caption]) for caption in self.caption_of)
        used = sorted({tag for tags in self.tags for tag in tags})
        return [
            Table("users", _USERS, self.size, self._user_lines()),
            Table("user_words", "user_id, name, words, near", self.size, self._user_word_lines()),
            Table("media", _MEDIA, sum(self.photos) + self.size, self._media_lines()),
            Table("posts", _POSTS, len(self.authors), self._post_lines()),
            Table("post_words", "post_id, published_seq, place, words", len(self.authors), self._post_word_lines()),
            Table("tags", "name, folded, post_count, counted_at", len(used), self._known_lines(used)),
            Table("post_tags", "tag, post_id, published_seq", tagged, self._tag_lines()),
            Table("follows", _FOLLOWS, sum(map(len, self.followings)), self._follow_lines()),
            Table("likes", "user_id, post_id, created_at", len(self.likes), self._like_lines()),
            Table("comments", _COMMENTS, len(self.comments), self._comment_lines()),
        ]

    def _user_lines(self) -> Iterator[str]:
        own, last = array("I", bytes(4 * self.size)), array("I", bytes(4 * self.size))
        for number, author in enumerate(self.authors, 1):
            own[author] += 1
            last[author] = number
        for person, (name, shown) in enumerate(zip(self.usernames, self._shown(), strict=True)):
            yield _line(
                self.person_ids[person], name, f"{name}@example.org", "!", shown, "Photographs, mostly.", "[]",
                self._avatar(person), own[person], len(self.followers[person]), len(self.followings[person]),
                last[person] or None, _time(-YEAR + YEAR * person / self.size),
            )  # fmt: skip

    def _shown(self) -> Iterator[str]:
        """Return everybody's display name."""
        rng = self._rng("users")
        return (f"{name.partition('_')[0].title()} {rng.choice(words.LAST)}" for name in self.usernames)

    def _user_word_lines(self) -> Iterator[str]:
        for person, name, shown in zip(self.person_ids, self.usernames, self._shown(), strict=True):
            whole, found, near = user_words.of(name, shown)
            yield _line(person, whole, _vector(found), _array(near))

    def _avatar(self, person: int) -> str:
        return _uuid7(self._rng(f"avatar {person}"), -YEAR / 2)

    def _media_lines(self) -> Iterator[str]:
        rng = self._rng("media")
        for person, owner in enumerate(self.person_ids):
            yield _photo(rng, self._avatar(person), owner, "avatar", None, 0, -YEAR / 2)
        for post, author in enumerate(self.authors):
            owner, moment = self.person_ids[author], self.times[post]
            for place, described in enumerate(self.described[post]):
                photo = _uuid7(rng, moment - 60 + place)
                yield _photo(rng, photo, owner, "post", self.post_ids[post], place, moment - 60, _ALT * described)

    def _post_lines(self) -> Iterator[str]:
        mentions = [text.mentions(caption) for caption in self.captions]
        for post, (author, place) in enumerate(zip(self.authors, self._places(), strict=True)):
            caption, moment = self.caption_of[post], _time(self.times[post])
            yield _line(
                self.post_ids[post], self.person_ids[author], "published", post + 1, self.captions[caption],
                place, _array(self.tags[caption]),
                _array(mentions[caption]), self.like_counts[post], self.comment_counts[post], moment, moment,
            )  # fmt: skip

    def _places(self) -> Iterator[str]:
        """Return every post's place."""
        rng = self._rng("places")
        return (rng.choice(words.PLACES) if rng.random() < 0.3 else "" for _ in self.authors)

    def _post_word_lines(self) -> Iterator[str]:
        plain = [folding.words(caption) for caption in self.captions]
        marked = [
            [*map(post_words.tag, tags), *map(post_words.mention, text.mentions(caption))]
            for tags, caption in zip(self.tags, self.captions, strict=True)
        ]
        alt = folding.words(_ALT)
        for post, (author, place) in enumerate(zip(self.authors, self._places(), strict=True)):
            caption = self.caption_of[post]
            found = [f"={self.person_ids[author]}", *marked[caption], *plain[caption], *folding.words(place)]
            found += alt * any(self.described[post])
            yield _line(self.post_ids[post], post + 1, post_words.place(place), _vector(found))

    def _known_lines(self, used: list[str]) -> Iterator[str]:
        counts = Counter(tag for caption in self.caption_of for tag in self.tags[caption])
        for tag in used:
            yield _line(tag, folding.fold(tag), min(counts[tag], 1000), _time(SECONDS))

    def _tag_lines(self) -> Iterator[str]:
        for post, caption in enumerate(self.caption_of):
            for tag in self.tags[caption]:
                yield f"{tag}\t{self.post_ids[post]}\t{post + 1}\n"

    def _follow_lines(self) -> Iterator[str]:
        rng = self._rng("follow times")
        pairs = sorted(
            (rng.randrange(YEAR) << 28) | (person << PERSON_BITS) | other
            for person, chosen in enumerate(self.followings)
            for other in chosen
        )
        for pair in pairs:
            person, other = pair >> PERSON_BITS & 0x3FFF, pair & 0x3FFF
            yield f"{self.person_ids[person]}\t{self.person_ids[other]}\t{_time((pair >> 28) - YEAR)}\n"

    def _like_lines(self) -> Iterator[str]:
        for event in self.likes:
            yield f"{self.person_ids[person_of(event)]}\t{self.post_ids[post_of(event)]}\t{_time(moment_of(event))}\n"

    def _comment_lines(self) -> Iterator[str]:
        rng = self._rng("words")
        said = words.comments(rng, 1024)
        for number, event in enumerate(self.comments):
            parent = self.parents[number]
            yield _line(
                self.comment_ids[number], self.post_ids[post_of(event)],
                self.comment_ids[parent] if parent >= 0 else None, self.person_ids[person_of(event)],
                rng.choice(said), self.reply_counts[number], _time(moment_of(event)),
            )  # fmt: skip


_USERS = (
    "id, username, email, password_hash, display_name, bio, links, avatar_id, post_count, follower_count, "
    "following_count, last_activity_seq, created_at"
)
_MEDIA = (
    "id, owner_id, purpose, status, content_type, size, width, height, placeholder, alt, public_key, is_public, "
    "post_id, position, created_at, processed_at"
)
_POSTS = (
    "id, author_id, status, published_seq, caption, location, hashtags, mentions, like_count, comment_count, "
    "created_at, published_at"
)
_ALT = "What the photo shows, in a sentence."
_FOLLOWS = "follower_id, followee_id, created_at"
_COMMENTS = "id, post_id, parent_id, author_id, content, reply_count, created_at"
_SIZES = ((4032, 3024), (3024, 4032), (6000, 4000), (1920, 1080), (3000, 3000))


def moment_of(event: int) -> int:
    """Return the seconds since START of a packed like or comment."""
    return event >> (POST_BITS + PERSON_BITS)


def post_of(event: int) -> int:
    """Return the number of the post of a packed like or comment."""
    return event >> PERSON_BITS & (1 << POST_BITS) - 1


def person_of(event: int) -> int:
    """Return the number of the person of a packed like or comment."""
    return event & (1 << PERSON_BITS) - 1


def share(rng: Random, total: int, weights: Sequence[float], caps: Sequence[int]) -> list[int]:
    """Share exactly `total` out by weight, at most its cap to each (less only if the caps hold less)."""
    shares = [0] * len(weights)
    hungry = [place for place, cap in enumerate(caps) if cap and weights[place]]
    rng.shuffle(hungry)  # the last ones get less when rounding has given too much: let it be anybody
    left = min(total, sum(caps[place] for place in hungry))
    while left:
        factor = left / sum(weights[place] for place in hungry)
        for place in hungry:
            more = min(left, caps[place] - shares[place], int(weights[place] * factor + rng.random()))
            shares[place] += more
            left -= more
        hungry = [place for place in hungry if shares[place] < caps[place]]
    return shares


def _uuid7(rng: Random, moment: float) -> str:
    """Make a UUIDv7 of this moment (seconds since START), in hexadecimal."""
    chance = rng.getrandbits(74)
    return f"{int((START.timestamp() + moment) * 1000):012x}7{chance >> 62:03x}{chance & (1 << 62) - 1 | 1 << 63:016x}"


def _time(moment: float) -> str:
    return datetime.fromtimestamp(START.timestamp() + moment, UTC).isoformat()


def _photo(
    rng: Random, photo: str, owner: str, purpose: str, post: str | None, place: int, moment: float, alt: str = ""
) -> str:  # fmt: skip
    width, height = (600, 600) if purpose == "avatar" else rng.choice(_SIZES)
    key = urlsafe_b64encode(rng.randbytes(15)).decode()
    when = _time(moment)
    return _line(
        photo, owner, purpose, "ready", "image/jpeg", rng.randrange(900_000, 6_000_000), width, height,
        rng.choice(PALETTE), alt, key, "t", post, place, when, when,
    )  # fmt: skip


def _line(*values: object) -> str:
    r"""Write a row. None of our texts holds a tab, a line end or a backslash; NULL is \N."""
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"


def _vector(found: list[str]) -> str:
    return " ".join(f"'{word}'" for word in sorted(set(found)))


def _array(values: list[str]) -> str:
    return "{" + ",".join(values) + "}"
