"""Keyword filters: what somebody is about to publish is held against words that moderators chose.

What is compared is the text as a reader sees it (`core/folding.disguised`): without case, accents, wide forms, letters
of other alphabets that look alike, and signs that nobody sees. A filter that is not for whole words is also looked for
with all that stands between letters left out: "s.p.a.m". Messages are private and are not screened.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from webapp.core import cache, db, folding, replica
from webapp.core.errors import Invalid
from webapp.models import Filter
from webapp.visibility import Viewer

_STRENGTH = {"hide": 1, "hold": 2, "refuse": 3}
MOST = 1000
table = Filter.__table__


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to happen to a text (None: nothing), and because of which filter."""

    action: str | None = None
    phrase: str = ""
    filter_id: uuid.UUID | None = None

    @property
    def state(self) -> str | None:
        """Return what becomes of a comment or a story: `moderated`."""
        return {"hold": "held", "hide": "concealed"}.get(self.action or "")


NOTHING = Verdict()


@dataclass(frozen=True, slots=True)
class _Sought:
    """A filter, ready to be looked for: whole words with blanks around them, or letters anywhere."""

    verdict: Verdict
    words: str
    letters: str | None

    def stands_in(self, words: str, pressed: str) -> bool:
        return self.words in words or (self.letters is not None and (self.words in pressed or self.letters in pressed))


def screen(*texts: str) -> Verdict:
    """Hold texts against all filters; the strongest that is found wins. Nothing is counted or refused here."""
    sought = kept.get()
    if not sought or not any(texts):
        return NOTHING
    words = "\n".join(f" {folding.disguised(text)} " for text in texts)
    pressed = "\n".join(folding.pressed(text) for text in texts)
    return next((one.verdict for one in sought if one.stands_in(words, pressed)), NOTHING)


def review(viewer: Viewer, **texts: str | None) -> Verdict:
    """Screen what somebody is about to publish, field by field. Invalid, naming the field, if a filter refuses it.

    A hit is counted, even of what is refused. Staff is not screened.
    """
    if viewer.is_at_least("moderator"):
        return NOTHING
    refuse(viewer, **texts)
    found = screen(*(text for text in texts.values() if text))
    _count(found)
    return found


def refuse(viewer: Viewer, **texts: str | None) -> None:
    """Raise Invalid, naming the field, if a filter refuses one of these; what is only to be held or hidden may stay."""
    if viewer.is_at_least("moderator"):
        return
    for field, text in texts.items():
        found = screen(text) if text else NOTHING
        if found.action == "refuse":
            raise Barred(field, found)


class Barred(Invalid):
    """A filter refuses this. It does not say which: whoever means well finds it, nobody else needs to."""

    def __init__(self, field: str, found: Verdict):
        sentence = "This has words that are not welcome here. Please say it in other words."
        super().__init__({field: [sentence]})
        self.afterwards = lambda: _count(found)


def _count(found: Verdict) -> None:
    if found.filter_id is not None:
        db.execute(update(table).where(table.c.id == found.filter_id).values(hits=table.c.hits + 1))


@replica.from_primary
def _read() -> list[dict[str, Any]]:
    columns = select(table.c.id, table.c.phrase, table.c.folded, table.c.action, table.c.whole_word)
    return [dict(row._mapping, id=str(row.id)) for row in db.rows(columns.order_by(table.c.created_at).limit(MOST))]


def _sought(row: Mapping[str, Any]) -> _Sought:
    verdict = Verdict(row["action"], row["phrase"], uuid.UUID(row["id"]))
    if row["whole_word"]:
        return _Sought(verdict, f" {row['folded']} ", None)
    return _Sought(verdict, row["folded"], row["folded"].replace(" ", ""))


def _ready(rows: list[dict[str, Any]]) -> list[_Sought]:
    """Return filters ready to be looked for, the strongest first."""
    return sorted(map(_sought, rows), key=lambda one: -_STRENGTH[one.verdict.action or ""])


kept = cache.Copy("filters", _read, _ready)
