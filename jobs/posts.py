"""Posts: copy their photos out, then publish."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.media import actions as media
from webapp.posts import actions


def publish(post_id: str) -> Callable[[], None]:
    """Publish a post whose photos are all ready: first their public copies, then the row."""
    photos = actions.to_show(uuid.UUID(post_id))
    for photo in photos:
        media.copy_out(photo)
    return partial(actions.publish, uuid.UUID(post_id), [photo.public_key for photo in photos])
