"""Forms that are sent again: the service worker gives each a key, and whose answer got lost has the effect of one."""

import hashlib
import uuid
from collections.abc import Callable

import orjson
from flask import request

from webapp.core import idempotency
from webapp.core.errors import Invalid
from webapp.web.viewer import viewer


def once(write: Callable[[], uuid.UUID]) -> uuid.UUID:
    """Do the write of a form. With the same `Idempotency-Key` and form again, only return the id of what it made."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return write()
    if not 1 <= len(key) <= 190 or not key.isprintable():
        raise Invalid({"Idempotency-Key": ["Use 1 to 190 printable characters."]})
    known_as = f"form:{key}"  # apart from the keys of calls: what is kept for those are whole answers
    found = idempotency.begin(viewer().id, known_as, _fingerprint())
    if found is not None:
        return uuid.UUID(bytes=found[1])
    made = write()
    idempotency.keep(viewer().id, known_as, 200, made.bytes)
    return made


def _fingerprint() -> bytes:
    """Hash what the form asks for: not its token, which is another one by the time it is sent again."""
    fields = sorted(field for field in request.form.items(multi=True) if field[0] != "csrf_token")
    return hashlib.sha256(f"{request.path}\n".encode() + orjson.dumps(fields)).digest()
