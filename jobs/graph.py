"""The graph: let those in who were waiting for an account that turned public."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.core import outbox
from webapp.graph import actions


def settle(user_id: str) -> Callable[[], None]:
    """Accept what waits, some at a time."""
    return partial(_settle, uuid.UUID(user_id))


def _settle(person: uuid.UUID) -> None:
    if actions.settle(person):
        outbox.enqueue("jobs.graph.settle", person)
