"""How posts are ranked for a viewer, in the feed `for_you` and on `/explore`.

A post's score is recency × engagement × affinity:

- recency = (1 + hours / 12) ** -1.5. After half a day a post counts a third of what it did, after a week a fiftieth.
- engagement = 1 + ln(1 + likes + 2 · comments + 3 · reposts). The tenth like counts less than the first.
- affinity = 1 + the sum of the ties between viewer and author, or post:
  `often`   0.8 · ln(1 + likes and 3 · comments, among the viewer's last, that went to this author)
  `follow`  1.0 if the viewer follows the author
  `friends` 0.3 · ln(1 + people whom the viewer follows and who follow the author)
  `tag`     0.8 if the post has a hashtag that the viewer follows

Each newer post of the same author among those that are ranked, up to four, takes a quarter of the score, so that
nobody fills the list. What is said to the question “why this?” is the strongest tie; where there is none, that many
people reacted, or that the post is new. Nothing else goes in: no guess about the viewer, no advertisement.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
    def place(self) -> tuple[float, int]:
        """The order: the highest score first, of equal ones the newest."""
        return -self.score, -self.number


def ranked(rows: Iterable[Any], ties: Ties, at: datetime) -> list[Entry]:
    """Rank posts as at a moment. Rows have number, author_id, username, published_at, counts, hashtags, followed."""
    newer: Counter[Any] = Counter()
    entries = []
    for row in sorted(rows, key=lambda row: row.number, reverse=True):
        score = _score(row, ties, at) * AGAIN ** min(newer[row.author_id], MOST_AGAIN)
        newer[row.author_id] += 1
        entries.append(Entry(row.number, round(score, 9), *_why(row, ties, at)))
    return sorted(entries, key=lambda entry: entry.place)


def _score(row: Any, ties: Ties, at: datetime) -> float:
    recency = (1 + _hours(row, at) / AGES) ** -STEEP
    return recency * (1 + math.log1p(_reactions(row))) * (1 + sum(_ties(row, ties).values()))


def _hours(row: Any, at: datetime) -> float:
    return max(0.0, (at - row.published_at).total_seconds() / 3600)


def _reactions(row: Any) -> int:
    weighed: int = LIKE * row.like_count + COMMENT * row.comment_count + REPOST * row.repost_count
    return weighed


def _ties(row: Any, ties: Ties) -> dict[str, float]:
    return {
        "often": OFTEN * math.log1p(ties.often.get(row.author_id, 0)),
        "tag": TAG * bool(ties.tags.intersection(row.hashtags)),
        "follow": FOLLOW * row.followed,
        "friends": FRIENDS * math.log1p(ties.friends.get(row.author_id, 0)) * (not row.followed),
    }


def _why(row: Any, ties: Ties, at: datetime) -> tuple[str, str]:
    why, strength = max(_ties(row, ties).items(), key=lambda tie: tie[1])
    if strength > 0:
        return why, next(tag for tag in row.hashtags if tag in ties.tags) if why == "tag" else row.username
    if _reactions(row) < POPULAR:
        return "new", ""
    return ("today" if _hours(row, at) < 24 else "lately"), ""
