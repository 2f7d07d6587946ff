"""Pushes: look whether there still is something to say, and send it to one device."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from webapp.core import clock, log
from webapp.core import push as service
from webapp.core.crypto import b64
from webapp.messages import pushed
from webapp.notifications import push
from webapp.visibility import Viewer

_KEPT = 24 * 3600  # seconds for which a push service keeps what it can't hand over at once
_BODY = 600  # characters, four bytes each at most: services take 4096 in all
Words = dict[str, Any]


def send(subscription_id: str, until: str, what: str, *things: str) -> Callable[[], None] | None:
    """Push one thing to one device, unless it is read, gone, unwanted or too late by now.

    Sent twice it is shown once: the push service lets the newer of one topic replace the older, and so does the browser
    with one tag.
    """
    device, end = push.target(uuid.UUID(subscription_id)), datetime.fromisoformat(until)
    if device is None or end <= clock.now():
        return None
    if device.paused_until is not None and device.paused_until > clock.now():
        return partial(push.again, device.id, end, (what, *things), device.paused_until)
    viewer = Viewer(device.user_id, device.username, role=device.role)
    words = _SAID[what](viewer, *map(uuid.UUID, things))
    if words is None:
        return None
    try:
        _deliver(device, words | {"badge": pushed.badge(viewer)}, uuid.UUID(things[0]), urgent=what == "message")
    except service.Gone as error:
        log.get().info("push device gone", reason=str(error))
        return partial(push.gone, device.id)
    except service.Later as error:
        log.get().info("push postponed", reason=str(error))
        return partial(push.postpone, device.id, end, (what, *things), error.wait)
    return partial(push.arrived, device.id)


def message(conversation_id: str, message_id: str) -> Callable[[], None]:
    """Have a message pushed to the devices of whom it is for."""
    talk, written = uuid.UUID(conversation_id), uuid.UUID(message_id)
    return partial(push.have_sent, pushed.devices(talk, written), "message", talk, written)


def _deliver(device: Any, words: Words, about: uuid.UUID, *, urgent: bool) -> None:
    words["body"] = _short(words["body"], _BODY)
    text = json.dumps(words, ensure_ascii=False).encode()
    to = service.Device(device.endpoint, device.key, device.auth)
    service.send(to, text, seconds=_KEPT, urgency="high" if urgent else "normal", topic=b64(about.bytes))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# what is pushed: how to find its words; the first thing that names it is its topic
_SAID: dict[str, Callable[..., Words | None]] = {"notification": push.words, "message": pushed.words}
