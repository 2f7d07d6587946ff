"""Make a community up: for the same scale the same people, follows, posts, likes and comments, every time.

At scale 1: 10,000 people, 1,000,000 follows, 500,000 posts of 90 days, 3,000,000 likes, 600,000 comments. Followings
and fame follow a power law (Pareto, 1.5); likes and comments come from followers, more often to those who have many,
within hours of the post. Rows come in the order of time, as they would lie on disk had they come one by one.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random

from bench import rows, words
from bench.rows import Table
from webapp.core import folding, text
from webapp.posts import words as post_words
from webapp.users import words as user_words

VERSION = 2  # of the data: count up with any change that changes a row
PEOPLE, FOLLOWINGS, POSTS, LIKES, COMMENTS = 10_000, 100, 500_000, 3_000_000, 600_000
COHORTS = (10, 100, 1000)  # groups of people who follow exactly so many
SEED = 7

# A moment, a post and a person packed into one number that sorts by time: (seconds << 33) | (post << 14) | person.
POST_BITS, PERSON_BITS = 19, 14


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
        self.person_ids = [rows.uuid7(rng, -rows.YEAR + rows.YEAR * person / self.size) for person in everybody]
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
        step = rows.SECONDS / count
        self.times = array("d", ((number + rng.random()) * step for number in range(count)))
        self.post_ids = [rows.uuid7(rng, moment) for moment in self.times]
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
                moment = min(rows.SECONDS - 1, int(self.times[post] + 1 + rng.expovariate(1 / 21600)))
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
        self.comment_ids = [rows.uuid7(rng, moment_of(event)) for event in self.comments]
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
            Table("users", rows.USERS, self.size, self._user_lines()),
            Table("user_words", rows.USER_WORDS, self.size, self._user_word_lines()),
            Table("media", rows.MEDIA, sum(self.photos) + self.size, self._media_lines()),
            Table("posts", rows.POSTS, len(self.authors), self._post_lines()),
            Table("post_words", rows.POST_WORDS, len(self.authors), self._post_word_lines()),
            Table("tags", "name, folded, post_count, counted_at", len(used), self._known_lines(used)),
            Table("post_tags", "tag, post_id, published_seq", tagged, self._tag_lines()),
            Table("follows", rows.FOLLOWS, sum(map(len, self.followings)), self._follow_lines()),
            Table("likes", rows.LIKES, len(self.likes), self._like_lines()),
            Table("comments", rows.COMMENTS, len(self.comments), self._comment_lines()),
        ]

    def _user_lines(self) -> Iterator[str]:
        own, last = array("I", bytes(4 * self.size)), array("I", bytes(4 * self.size))
        for number, author in enumerate(self.authors, 1):
            own[author] += 1
            last[author] = number
        for person, (name, shown) in enumerate(zip(self.usernames, self._shown(), strict=True)):
            yield rows.line(
                self.person_ids[person], name, f"{name}@example.org", "!", shown, "Photographs, mostly.", "[]",
                self._avatar(person), own[person], len(self.followers[person]), len(self.followings[person]),
                last[person] or None, rows.stamp(-rows.YEAR + rows.YEAR * person / self.size),
            )  # fmt: skip

    def _shown(self) -> Iterator[str]:
        """Return everybody's display name."""
        rng = self._rng("users")
        return (f"{name.partition('_')[0].title()} {rng.choice(words.LAST)}" for name in self.usernames)

    def _user_word_lines(self) -> Iterator[str]:
        for person, name, shown in zip(self.person_ids, self.usernames, self._shown(), strict=True):
            whole, found, near = user_words.of(name, shown)
            yield rows.line(person, whole, rows.vector(found), rows.array_of(near))

    def _avatar(self, person: int) -> str:
        return rows.uuid7(self._rng(f"avatar {person}"), -rows.YEAR / 2)

    def _media_lines(self) -> Iterator[str]:
        rng = self._rng("media")
        for person, owner in enumerate(self.person_ids):
            yield rows.photo(rng, self._avatar(person), owner, "avatar", None, 0, -rows.YEAR / 2)
        for post, author in enumerate(self.authors):
            owner, moment = self.person_ids[author], self.times[post]
            for place, described in enumerate(self.described[post]):
                photo = rows.uuid7(rng, moment - 60 + place)
                yield rows.photo(rng, photo, owner, "post", self.post_ids[post], place, moment - 60, _ALT * described)

    def _post_lines(self) -> Iterator[str]:
        mentions = [text.mentions(caption) for caption in self.captions]
        for post, (author, place) in enumerate(zip(self.authors, self._places(), strict=True)):
            caption, moment = self.caption_of[post], rows.stamp(self.times[post])
            yield rows.line(
                self.post_ids[post], self.person_ids[author], "published", post + 1, self.captions[caption],
                place, rows.array_of(self.tags[caption]),
                rows.array_of(mentions[caption]), self.like_counts[post], self.comment_counts[post], moment, moment,
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
            yield rows.line(self.post_ids[post], post + 1, post_words.place(place), rows.vector(found))

    def _known_lines(self, used: list[str]) -> Iterator[str]:
        counts = Counter(tag for caption in self.caption_of for tag in self.tags[caption])
        for tag in used:
            yield rows.line(tag, folding.fold(tag), min(counts[tag], 1000), rows.stamp(rows.SECONDS))

    def _tag_lines(self) -> Iterator[str]:
        for post, caption in enumerate(self.caption_of):
            for tag in self.tags[caption]:
                yield f"{tag}\t{self.post_ids[post]}\t{post + 1}\n"

    def _follow_lines(self) -> Iterator[str]:
        rng = self._rng("follow times")
        pairs = sorted(
            (rng.randrange(rows.YEAR) << 28) | (person << PERSON_BITS) | other
            for person, chosen in enumerate(self.followings)
            for other in chosen
        )
        for pair in pairs:
            person, other = pair >> PERSON_BITS & 0x3FFF, pair & 0x3FFF
            yield f"{self.person_ids[person]}\t{self.person_ids[other]}\t{rows.stamp((pair >> 28) - rows.YEAR)}\n"

    def _like_lines(self) -> Iterator[str]:
        for event in self.likes:
            moment = rows.stamp(moment_of(event))
            yield f"{self.person_ids[person_of(event)]}\t{self.post_ids[post_of(event)]}\t{moment}\n"

    def _comment_lines(self) -> Iterator[str]:
        rng = self._rng("words")
        said = words.comments(rng, 1024)
        for number, event in enumerate(self.comments):
            parent = self.parents[number]
            yield rows.line(
                self.comment_ids[number], self.post_ids[post_of(event)],
                self.comment_ids[parent] if parent >= 0 else None, self.person_ids[person_of(event)],
                rng.choice(said), self.reply_counts[number], rows.stamp(moment_of(event)),
            )  # fmt: skip


_ALT = "What the photo shows, in a sentence."


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
