"""Pages of lists by keyset: opaque, signed cursors that stay true while others insert."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson

from webapp.core import crypto
from webapp.core.errors import Invalid

Item = TypeVar("Item")
Row = TypeVar("Row")

_signer: list[crypto.Signer] = []
_SIGNATURE = 9


def configure(signer: crypto.Signer) -> None:
    """Use this signer for cursors."""
    _signer[:] = [signer]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A stretch of a list; `next_cursor` leads to what follows, None at the end."""

    items: list[Item]
    next_cursor: str | None

    def map(self, change: Callable[[list[Item]], list[Any]]) -> "Page[Any]":
        """Return the page with its items changed all at once, its cursor kept."""
        return Page(change(self.items), self.next_cursor)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader asks of a list: how many, and after which cursor."""

    limit: int = 20
    cursor: str | None = None

    def after(self, name: str, kinds: Sequence[type]) -> tuple[Any, ...] | None:
        """Return the key values that the cursor of list `name` holds. Invalid if it was tampered with."""
        return decode(name, self.cursor, kinds) if self.cursor else None


def encode(name: str, *key: Any) -> str:
    """Seal the key of the last item shown into a cursor of list `name`."""
    body = orjson.dumps([value.isoformat() if isinstance(value, datetime) else value for value in key])
    return crypto.b64(_signer[0].sign(f"cursor:{name}", body, _SIGNATURE) + body)


def decode(name: str, cursor: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    """Open a cursor. Invalid if it is not one that this site made for this list."""
    try:
        raw = crypto.unb64(cursor)
        signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if len(signature) < _SIGNATURE or not _signer[0].valid(f"cursor:{name}", body, signature):
            raise ValueError(name)
        return tuple(_restore(kind, value) for kind, value in zip(kinds, orjson.loads(body), strict=True))
    except (ValueError, TypeError) as error:
        raise Invalid({"cursor": ["This cursor is not valid here. Start again without it."]}) from error


def _restore(kind: type, value: Any) -> Any:
    if kind is uuid.UUID:
        return uuid.UUID(value)
    return datetime.fromisoformat(value) if kind is datetime else kind(value)


def whole(items: Sequence[Any], ask: Ask, name: str) -> Page[Any]:
    """Make a page out of a list that is read whole, because it is short: what follows the item shown last, by its `id`.

    Where that one is gone meanwhile, its place counts.
    """
    start = 0
    if after := ask.after(name, (int, uuid.UUID)):
        place, last = after
        start = next((number for number, item in enumerate(items, 1) if item.id == last), place)
    shown = list(items[start : start + ask.limit])
    end = start + len(shown)
    return Page(shown, encode(name, end, shown[-1].id) if shown and end < len(items) else None)


def cut(rows: Sequence[Row], ask: Ask, name: str, key: Callable[[Row], tuple[Any, ...]]) -> Page[Row]:
    """Make a page out of up to `limit + 1` rows: the row too many tells that there is more."""
    shown = list(rows[: ask.limit])
    more = len(rows) > ask.limit
    return Page(shown, encode(name, *key(shown[-1])) if more else None)
