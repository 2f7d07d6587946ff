"""Accounts made for one question each: private ones, and comments and conversations of an exact number.

Their posts are older than all others and have numbers below them, so they stand in nobody else's lists.
"""

from random import Random

from bench import rows, words
from bench.data import Community
from bench.everyday import Talk, talk_tables
from webapp.core import folding
from webapp.users import words as user_words

VERSION = 1  # count up with any change that changes a row
SIZES = (10, 1_000, 10_000)  # comments on one post, messages of one conversation
_PRIVATE, _POSTS, _VIEWERS, _FOLLOWINGS = 500, 10, 100, 100
_PAIRS = 4  # conversations of each size
_MONTH = 30 * 86400
_CAPTION = "Only for those who know the way."


def _dice(name: str) -> Random:
    """Give each subject dice of its own, so that one does not depend on how often another threw."""
    return Random(f"subjects {name}")  # noqa: S311 (no secrets)


class Subjects:
    """Private accounts and those who follow nobody else; posts with so many comments, conversations of so much."""

    def __init__(self, community: Community) -> None:
        scale = community.size / 10_000
        self.first = community.size  # the number of the first of these people
        private, viewers = max(20, round(_PRIVATE * scale)), max(8, round(_VIEWERS * scale))
        self.sizes = sorted({min(size, max(20, round(SIZES[-1] * scale))) for size in SIZES})
        rng = _dice("people")
        everybody = range(private + viewers + 1)
        self.person_ids = [rows.uuid7(rng, -2 * rows.YEAR + number) for number in everybody]
        self.usernames = [f"{rng.choice(words.FIRST).lower()}_{self.first + number}" for number in everybody]
        self.private = range(private)
        self.viewers = range(private, private + viewers)
        self.host = private + viewers  # whose posts have so many comments
        self.followings = {viewer: rng.sample(self.private, min(_FOLLOWINGS, private // 2)) for viewer in self.viewers}
        self._post()
        rng = _dice("talks")
        self.talks = {size: [self._talk(rng, size, pair) for pair in range(_PAIRS)] for size in self.sizes}

    def _post(self) -> None:
        """Decide on posts in the order of time: (author, moment, id, seq), and who likes and comments on them."""
        rng, authors = _dice("posts"), [author for author in self.private for _ in range(_POSTS)]
        rng.shuffle(authors)
        authors += [self.host] * len(self.sizes)
        step = _MONTH / len(authors)
        moments = [-_MONTH + (number + rng.random()) * step for number in range(len(authors))]
        self.posts = [
            (author, moment, rows.uuid7(rng, moment), number - len(authors))
            for number, (author, moment) in enumerate(zip(authors, moments, strict=True))
        ]
        fans: dict[int, list[int]] = {author: [] for author in (*self.private, self.host)}
        for viewer, chosen in self.followings.items():
            for author in chosen:
                fans[author].append(viewer)
        self.likers = [rng.sample(fans[a], min(len(fans[a]), rng.randint(0, 12))) for a in authors]
        said = [rng.choices(fans[a], k=rng.randint(0, 3)) if fans[a] else [] for a in authors[: -len(self.sizes)]]
        self.commenters = [*said, *(rng.choices(self.viewers, k=size) for size in self.sizes)]
        self.threads = dict(zip(self.sizes, (post for _, _, post, _ in self.posts[-len(self.sizes) :]), strict=True))

    def _talk(self, rng: Random, size: int, pair: int) -> Talk:
        place = self.sizes.index(size) * 2 * _PAIRS + 2 * pair
        one, two = (self.viewers[number % len(self.viewers)] for number in (place, place + 1))
        began = rng.random() * rows.SECONDS / 2
        # They are few, at a small scale: the same two may not have two conversations.
        kind = "direct" if place + 1 < len(self.viewers) else "group"
        return Talk(rows.uuid7(rng, began), (self.person_ids[one], self.person_ids[two]), size, began, kind)

    def tables(self) -> list[rows.Table]:
        """Return every table in turn."""
        talks = [talk for some in self.talks.values() for talk in some]
        own = {person: talk for talk in talks for person in talk.people}
        return [*self._people(), *self._post_tables(), *self._doings(), *talk_tables(talks, own, "subjects")]

    def _people(self) -> list[rows.Table]:
        counted, last = dict.fromkeys(range(len(self.person_ids)), 0), dict[int, int]()
        for author, _, _, seq in self.posts:
            counted[author] += 1
            last[author] = seq
        fans = dict.fromkeys(range(len(self.person_ids)), 0)
        for chosen in self.followings.values():
            for author in chosen:
                fans[author] += 1
        rng, lines, found = _dice("names"), [], []
        for number, (person, name) in enumerate(zip(self.person_ids, self.usernames, strict=True)):
            shown = f"{name.partition('_')[0].title()} {rng.choice(words.LAST)}"
            lines.append(
                rows.line(
                    person, name, f"{name}@example.org", "!", shown, "Photographs, for friends.", "[]", None,
                    counted[number], fans[number], len(self.followings.get(number, ())), last.get(number),
                    rows.stamp(-2 * rows.YEAR), number in self.private,
                )
            )  # fmt: skip
            whole, keys, near = user_words.of(name, shown)
            found.append(rows.line(person, whole, rows.vector(keys), rows.array_of(near)))
        return [
            rows.table("users", f"{rows.USERS}, is_private", lines),
            rows.table("user_words", rows.USER_WORDS, found),
        ]

    def _post_tables(self) -> list[rows.Table]:
        rng, media, posts, found = _dice("photos"), [], [], []
        for number, (author, moment, post, seq) in enumerate(self.posts):
            owner, when = self.person_ids[author], rows.stamp(moment)
            photo = rows.uuid7(rng, moment - 60)
            media.append(rows.photo(rng, photo, owner, "post", post, 0, moment - 60, public=author == self.host))
            posts.append(
                rows.line(
                    post, owner, "published", seq, _CAPTION, "", "{}", "{}", len(self.likers[number]),
                    len(self.commenters[number]), when, when,
                )
            )  # fmt: skip
            keys = rows.vector([f"={owner}", *folding.words(_CAPTION)])
            found.append(rows.line(post, seq, "", keys))
        return [
            rows.table("media", rows.MEDIA, media),
            rows.table("posts", rows.POSTS, posts),
            rows.table("post_words", rows.POST_WORDS, found),
        ]

    def _doings(self) -> list[rows.Table]:
        """Write down who follows, likes and comments, all of it before the community's first post."""
        rng, ids = _dice("doings"), self.person_ids
        follows = [
            rows.line(ids[viewer], ids[author], rows.stamp(-rows.YEAR))
            for viewer, chosen in self.followings.items()
            for author in chosen
        ]
        likes, comments, texts = [], [], words.comments(rng, 256)
        for (_, moment, post, _), likers, said in zip(self.posts, self.likers, self.commenters, strict=True):
            likes += [rows.line(ids[person], post, rows.stamp(moment)) for person in likers]
            for place, person in enumerate(said):
                at = moment - moment * (place + 1) / (len(said) + 1)  # the moment is negative: on the way to 0
                comments.append(
                    rows.line(rows.uuid7(rng, at), post, None, ids[person], rng.choice(texts), 0, rows.stamp(at))
                )
        return [
            rows.table("follows", rows.FOLLOWS, follows),
            rows.table("likes", rows.LIKES, likes),
            rows.table("comments", rows.COMMENTS, comments),
        ]
