"""Posts of feeds, drawn once per version, as cards and as JSON: making them anew is the largest cost of a page.

A list selects glances (`queries.glances`): which posts, in which version. Whoever writes to a post or to its author
makes a new version without knowing of it, because PostgreSQL counts them; whoever changes a photo touches its post too;
the newest comments stand in the glance themselves, or for JSON whom the author tagged and named (`queries.named`). So
a glance is the card's key, and a post is read whole only when its card has to be drawn. What time changes, “5 min” and
signed addresses of photos, ends a card's life; what only this browser has, the form token, is put in last, and so is
what only this list says: why the post stands in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from flask import current_app

from webapp.core import clock, storage
from webapp.core.cache import Memory
from webapp.posts import queries
from webapp.posts.shapes import Post, PostViewer
from webapp.users import shapes as user_shapes
from webapp.visibility import Viewer
from webapp.web import csrf, flags, json
from webapp.web.filters import until

_MARKS = slice(2, 12)  # of a glance: its number, the versions, the viewer's flags, the talk or the people in it
_REASON = "\x02"  # stands where the line above the post goes: text holds no control characters
_GAP = _REASON.encode()
_cards = Memory(6000)  # twice as many at most, of 4 to 5 KB each: 50 MB when full

Key = tuple[Any, ...]
Previews = Callable[[str | None], Sequence[Any]]
Reason = Callable[[Any], str]  # of a glance: markup


@dataclass(frozen=True, slots=True)
class Written:
    """A post as JSON, with what the entry of a feed repeats of it: fragments that orjson takes as they are."""

    post: Any
    author: Any
    created_at: datetime


def _none(_glance: Any) -> str:
    return ""


def drawn(
    viewer: Viewer, glances: Sequence[Any], previews: Previews, reason: Reason = _none, *, eager: bool = False
) -> list[bytes]:
    """Return the cards of these glances, ready for `htmx.page`; their forms wait for the token (`csrf.PLACE`).

    `previews` makes comments of a glance's `talk`, `reason` the line above it; `eager` loads the first photo at once.
    """
    without = flags.off()
    keys = [(viewer.role, without, eager and place == 0, glance[_MARKS]) for place, glance in enumerate(glances)]

    def draw(post: Post, glance: Any, key: Key) -> tuple[bytes, float]:
        return _draw(post, previews(glance.talk), key[2]), until(post.created_at)

    found = _found(viewer, glances, keys, draw)
    return [
        found[key].replace(_GAP, reason(glance).encode(), 1)
        for key, glance in zip(keys, glances, strict=True)
        if key in found
    ]


def written(viewer: Viewer, glances: Sequence[Any]) -> list[tuple[Any, Written]]:
    """Return what these glances (`queries.named`) are of as JSON, each beside its glance."""
    keys = [("json", viewer.role, glance[_MARKS]) for glance in glances]
    found = _found(viewer, glances, keys, lambda post, glance, _key: (_write(post, glance), float("inf")))
    return [(glance, found[key]) for key, glance in zip(keys, glances, strict=True) if key in found]


def _found(
    viewer: Viewer, glances: Sequence[Any], keys: Sequence[Key], make: Callable[[Post, Any, Key], tuple[Any, float]]
) -> dict[Key, Any]:
    """Return what is kept under the keys, or made now and kept until the time that `make` says.

    The number of a published post tells which it is, so keys need not hold its id, which is slow to compare.
    """
    now = clock.now().timestamp()
    found = {key: kept[0] for key in keys if (kept := _cards.get(key)) is not None and now < kept[1]}
    missing = {glance.id: (key, glance) for key, glance in zip(keys, glances, strict=True) if key not in found}
    for post in queries.several(viewer, list(missing)):
        key, glance = missing[post.id]
        found[key], end = make(_as_glanced(post, glance), glance, key)
        _cards.put(key, (found[key], min(end, storage.here().window_end())))
    return found


def _as_glanced(post: Post, glance: Any) -> Post:
    """Take the viewer's flags from the glance: between the two reads another tab may have changed them."""
    return (
        post if post.viewer is None else replace(post, viewer=PostViewer(glance.liked, glance.saved, glance.reposted))
    )


def _draw(post: Post, comments: Sequence[Any], eager: bool) -> bytes:
    macros = current_app.jinja_env.get_template("posts/_card.html").module
    return csrf.seal(macros.card(post, csrf.PLACE_FIELD, comments, eager, reason=_REASON))  # type: ignore[attr-defined]


def _write(post: Post, glance: Any) -> Written:
    tagged, names = orjson.loads(glance.people)
    shown = replace(post, tagged=user_shapes.listed(tagged), mentions=names or [])
    whole, author = (orjson.Fragment(json.dump(one)) for one in (shown, post.author))
    return Written(whole, author, post.created_at)
