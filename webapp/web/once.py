"""Forms that are sent again, because an answer got lost or somebody pressed twice: they have the effect of one.

The service worker sends an `Idempotency-Key` with each; where it is not there, a form may hold a `key` of its page.
"""

import hashlib
import uuid
from collections.abc import Callable

import orjson
from flask import request

from webapp.core import idempotency
from webapp.core.errors import Invalid
from webapp.web.json import hash_files
from webapp.web.viewer import viewer


def once(write: Callable[[], uuid.UUID]) -> uuid.UUID:
    """Do the write of a form. With the same key and form again, only return the id of what it made."""
    sent = request.headers.get("Idempotency-Key")
    key = request.form.get("key", "") if sent is None else sent
    if sent is None and not key:
        return write()
    if not 1 <= len(key) <= 150 or not key.isprintable():
        raise Invalid({"Idempotency-Key": ["Use 1 to 150 printable characters."]})
    asked = _fingerprint()
    # Apart from the keys of calls: what is kept for those are whole answers. A page's key is the same when somebody
    # goes back to it and writes something else, which is then something else.
    known_as = f"form:{key}" if sent else f"form:{key}:{asked.hex()[:32]}"
    found = idempotency.begin(viewer().id, known_as, asked)
    if found is not None:
        return uuid.UUID(bytes=found[1])
    made = write()
    idempotency.keep(viewer().id, known_as, 200, made.bytes)
    return made


def _fingerprint() -> bytes:
    """Hash what the form asks for: not its token, which is another one by the time it is sent again, nor its key."""
    fields = sorted(field for field in request.form.items(multi=True) if field[0] not in ("csrf_token", "key"))
    digest = hashlib.sha256(f"{request.path}\n".encode() + orjson.dumps(fields))
    hash_files(digest)
    return digest.digest()
