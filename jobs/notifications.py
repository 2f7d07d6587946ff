"""Notifications: look at what happened once more, and tell whom it concerns."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.notifications import actions


def settle(kind: str, actor_id: str, subject_id: str) -> Callable[[], None]:
    """Tell of one cause if it stands, take back what was told if it does not."""
    return partial(actions.settle, kind, uuid.UUID(actor_id), uuid.UUID(subject_id))


def withdraw(kind: str, actor_id: str, subject_id: str) -> Callable[[], None]:
    """Take back what was told of a cause that ended."""
    return partial(actions.settle, kind, uuid.UUID(actor_id), uuid.UUID(subject_id), renew=False)
