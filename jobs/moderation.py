"""Moderation: put into the queue what a rule of the site noticed."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.moderation import actions


def open(target_type: str, target_id: str, source: str, detail: str = "") -> Callable[[], None]:
    """Open a case about a thing, or go on with the one that is open."""
    return partial(actions.open_about, target_type, uuid.UUID(target_id), source, detail)
