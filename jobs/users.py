"""People: show a new avatar, and bring photos into line when an account turns private or public."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.core import outbox
from webapp.media import actions as media
from webapp.media import queries
from webapp.models import Media
from webapp.posts import actions as posts
from webapp.users import actions
from webapp.users import queries as users


def show_avatar(media_id: str) -> Callable[[], None] | None:
    """Copy an avatar out, then let it appear."""
    photo = queries.find(uuid.UUID(media_id))
    if photo is None or photo.status != "ready":
        return None
    media.copy_out(photo)
    return partial(actions.show_avatar, photo.id)


def settle(user_id: str) -> Callable[[], None]:
    """Show or hide the photos of an account that turned public or private, left or came back, some at a time."""
    person = uuid.UUID(user_id)
    face = actions.misplaced_avatar(person)
    if face is not None:  # first, and alone: a photo is locked before its person
        return _settle_face(person, face)
    copied: list[str] = []
    if users.row(person).is_open:
        for photo in posts.misplaced(person):
            media.copy_out(photo)
            copied.append(photo.public_key)
    return partial(_settle, person, copied)


def _settle_face(person: uuid.UUID, face: Media) -> Callable[[], None]:
    shown = users.row(person).is_active
    if shown:
        media.copy_out(face)
    return partial(_settled_face, person, face.public_key if shown else None)


def _settled_face(person: uuid.UUID, copied: str | None) -> None:
    actions.settle_avatar(person, copied)
    outbox.enqueue("jobs.users.settle", person)


def _settle(person: uuid.UUID, copied: list[str]) -> None:
    if posts.settle(person, copied):
        outbox.enqueue("jobs.users.settle", person)
