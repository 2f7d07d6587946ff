"""Cards of feeds, drawn once per version: drawing them is the largest cost of a page.

A list selects glances (`queries.glances`): which posts, in which version. Whoever writes to a post or to its author
makes a new version without knowing of it, because PostgreSQL counts them; whoever changes a photo touches its post too;
the newest comments stand in the glance themselves. So a glance is the card's key, and a post is read whole only when
its card has to be drawn. What time changes, “5 min” and signed addresses of photos, ends a card's life; what only this
browser has, the form token, is put in last, and so is what only this list says: why the post stands in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import current_app

from webapp.core import clock, storage
from webapp.core.cache import Memory
from webapp.posts import queries
from webapp.posts.shapes import Post, PostViewer
from webapp.visibility import Viewer
from webapp.web import csrf, flags
from webapp.web.words import until

_MARKS = slice(2, 12)  # of a glance: its number, the versions, the viewer's flags, the talk
_REASON = "\x02"  # stands where the line above the post goes: text holds no control characters
_GAP = _REASON.encode()
_cards = Memory(6000)  # twice as many at most, of 4 to 5 KB each: 50 MB when full

Previews = Callable[[str | None], Sequence[Any]]
Reason = Callable[[Any], str]  # of a glance: markup


def _none(_glance: Any) -> str:
    return ""


def drawn(
    viewer: Viewer, glances: Sequence[Any], previews: Previews, reason: Reason = _none, *, eager: bool = False
) -> list[bytes]:
    """Return the cards of these glances, ready for `htmx.page`; their forms wait for the token (`csrf.PLACE`).

    `previews` makes comments of a glance's `talk`, `reason` the line above it; `eager` loads the first photo at once.
    """
    now = clock.now().timestamp()
    # the number of a published post tells which it is; its id, slow to compare, is left out
    without = flags.off()
    keys = [(viewer.role, without, eager and place == 0, glance[_MARKS]) for place, glance in enumerate(glances)]
    found = {key: kept[0] for key in keys if (kept := _cards.get(key)) is not None and now < kept[1]}
    missing = {glance.id: (key, glance) for key, glance in zip(keys, glances, strict=True) if key not in found}
    for post in queries.several(viewer, list(missing)):
        key, glance = missing[post.id]
        found[key] = _draw(_as_glanced(post, glance), previews(glance.talk), key[2])
        _cards.put(key, (found[key], min(until(post.created_at), storage.here().window_end())))
    return [
        found[key].replace(_GAP, reason(glance).encode(), 1)
        for key, glance in zip(keys, glances, strict=True)
        if key in found
    ]


def _as_glanced(post: Post, glance: Any) -> Post:
    """Take the viewer's flags from the glance: between the two reads another tab may have changed them."""
    return (
        post if post.viewer is None else replace(post, viewer=PostViewer(glance.liked, glance.saved, glance.reposted))
    )


def _draw(post: Post, comments: Sequence[Any], eager: bool) -> bytes:
    macros = current_app.jinja_env.get_template("posts/_card.html").module
    return csrf.seal(macros.card(post, csrf.PLACE_FIELD, comments, eager, reason=_REASON))  # type: ignore[attr-defined]
