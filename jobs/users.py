"""People: show a new avatar."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.media import actions as media
from webapp.media import queries
from webapp.users import actions


def show_avatar(media_id: str) -> Callable[[], None] | None:
    """Copy an avatar out, then let it appear."""
    photo = queries.find(uuid.UUID(media_id))
    if photo is None or photo.status != "ready":
        return None
    media.copy_out(photo)
    return partial(actions.show_avatar, photo.id)
