"""Conversations: delete what nobody sees any more."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.core import outbox
from webapp.messages import clearing


def settle(conversation_id: str) -> Callable[[], None]:
    """Delete what everybody in a conversation has deleted, some at a time."""
    return partial(_settle, uuid.UUID(conversation_id))


def _settle(conversation_id: uuid.UUID) -> None:
    if clearing.settle(conversation_id):
        outbox.enqueue("jobs.messages.settle", conversation_id)
