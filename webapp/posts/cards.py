"""Cards of feeds, drawn once per version: drawing is the largest cost of a page.

The key holds everything that a card shows and that can change; captions, places and alt texts change with `edited_at`.
What only this browser has, the form token, is put in last. A test changes every field in turn and looks at the card.
"""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from markupsafe import Markup

from webapp.core.cache import Memory
from webapp.posts.shapes import Post
from webapp.web import csrf
from webapp.web.words import since

_cards = Memory(4000)  # of 3 to 4 KB each


def key(post: Post, comments: Sequence[Any], eager: bool) -> tuple[Any, ...]:
    """Return what identifies a card as it looks now."""
    author, media, flags = post.author, post.media, post.viewer
    face = author.avatar
    return (
        post.id, post.status, post.edited_at, since(post.created_at), author.username, author.display_name,
        face and face.urls, len(media), media[0].urls if media else None, flags and (flags.liked, flags.saved),
        post.counts, tuple(post.can), eager, *((c.id, c.username) for c in comments),
    )  # fmt: skip


def card(post: Post, comments: Sequence[Any] = (), eager: bool = False) -> Markup:
    """Return a post's card with up to two comments, its forms waiting for the token (`csrf.PLACE`)."""
    wanted = key(post, comments, eager)
    found: Markup | None = _cards.get(wanted)
    if found is None:
        draw = current_app.jinja_env.get_template("posts/_card.html").module.card
        found = draw(post, csrf.PLACE_FIELD, comments, eager)
        _cards.put(wanted, found)
    return found
