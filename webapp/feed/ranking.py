"""How posts are ranked for a viewer, in the feed `for_you` and on `/explore`.

A post's score is recency × engagement × affinity:

- recency = (1 + hours / 12) ** -1.5. After half a day a post counts a third of what it did, after a week a fiftieth.
- engagement = 1 + ln(1 + likes + 2 · comments + 3 · reposts). The tenth like counts less than the first.
- affinity = 1 + the sum of the ties between viewer and author, or post:
  `often`   0.8 · ln(1 + likes and 3 · comments, among the viewer's last, that went to this author)
  `follow`  1.0 if the viewer follows the author
  `friends` 0.3 · ln(1 + people whom the viewer follows and who follow the author)
  `tag`     0.8 if the post has a hashtag that the viewer follows

The first two are the same for everybody: PostgreSQL judges by them which of the newest are ranked at all. Each newer
post of the same author among those that are ranked, up to four, takes a quarter of the score, so that nobody fills the
list. What is said to the question “why this?” is the strongest tie; where there is none, that many
people reacted, or that the post is new. Nothing else goes in: no guess about the viewer, no advertisement.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, func

AGES = 12.0  # hours
STEEP = 1.5
LIKE, COMMENT, REPOST = 1, 2, 3
OFTEN, FOLLOW, FRIENDS, TAG = 0.8, 1.0, 0.3, 0.8
AGAIN, MOST_AGAIN = 0.75, 4
POPULAR = 5  # reactions, weighed as above, from which on a post is said to be popular
_BECAUSE = {
    "often": "Because you often like or comment on what @{} posts.",
    "follow": "Because you follow @{}.",
    "friends": "Because people whom you follow also follow @{}.",
    "tag": "From #{}, which you follow.",
    "today": "Popular today.",
    "lately": "Popular lately.",
    "new": "New, and for everybody to see.",
}


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a viewer to people (by id: how strongly) and hashtags."""

    often: dict[Any, int] = field(default_factory=dict)
    friends: dict[Any, int] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """A post's place: its number, its score, and why it stands there (`about` whom or what)."""

    number: int
    score: float
    why: str
    about: str

    @property
    def because(self) -> str:
        """The answer to “why this?”."""
        return _BECAUSE[self.why].format(self.about)

    @property
    def fields(self) -> tuple[int, float, str, str]:
        """What is kept of it."""
        return self.number, self.score, self.why, self.about

    @property
    def place(self) -> tuple[float, int]:
        """The order: the highest score first, of equal ones the newest."""
        return -self.score, -self.number


def worth(post: Any, at: ColumnElement[datetime]) -> ColumnElement[float]:
    """Recency × engagement of a post as at a moment, whoever looks; `post` has its columns."""
    recency = func.power(1 + _hours(post, at) / AGES, -STEEP)
    return recency * (1 + func.ln(1 + _reactions(post)))


def said(post: Any, at: ColumnElement[datetime]) -> ColumnElement[str]:
    """Select why a post stands there if nothing ties it to the viewer."""
    return case((_reactions(post) < POPULAR, "new"), (_hours(post, at) < 24, "today"), else_="lately")


def _hours(post: Any, at: ColumnElement[datetime]) -> ColumnElement[float]:
    return func.greatest(0.0, cast(func.extract("epoch", at - post.published_at), Double)) / 3600


def _reactions(post: Any) -> ColumnElement[int]:
    weighed: ColumnElement[int] = LIKE * post.like_count + COMMENT * post.comment_count + REPOST * post.repost_count
    return weighed


def ranked(rows: Iterable[Any], ties: Ties, most: int) -> list[Entry]:
    """Rank posts, the highest first, and return so many.

    Rows have number, author_id, username, followed, hashtags (None if it has none that the viewer follows), and what
    `worth` and `said` selected; if two are of one post, one of them counts.
    """
    newer: Counter[Any] = Counter()
    places = []
    for number, row in sorted({row.number: row for row in rows}.items(), reverse=True):
        near = _ties(row, ties)
        score = row.worth * (1 + sum(near.values())) * AGAIN ** min(newer[row.author_id], MOST_AGAIN)
        newer[row.author_id] += 1
        places.append((-round(score, 9), -number, row, near))
    places.sort(key=lambda place: place[:2])
    return [Entry(-number, -score, *_why(row, near, ties)) for score, number, row, near in places[:most]]


def _ties(row: Any, ties: Ties) -> dict[str, float]:
    """Return how strongly a post is tied to the viewer, by each of the ties that there are."""
    near = {}
    if often := ties.often.get(row.author_id):
        near["often"] = OFTEN * math.log1p(often)
    if row.hashtags:
        near["tag"] = TAG
    if row.followed:
        near["follow"] = FOLLOW
    elif friends := ties.friends.get(row.author_id):
        near["friends"] = FRIENDS * math.log1p(friends)
    return near


def _why(row: Any, near: dict[str, float], ties: Ties) -> tuple[str, str]:
    if not near:
        return row.said, ""
    why = max(near, key=near.__getitem__)
    return why, next(tag for tag in row.hashtags if tag in ties.tags) if why == "tag" else row.username
