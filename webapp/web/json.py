"""JSON answers: shapes out, ETags, and kept answers for writes that are retried."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request

from webapp.core import idempotency
from webapp.core.errors import Invalid
from webapp.core.page import Page
from webapp.web.viewer import viewer

_OPTIONS = orjson.OPT_UTC_Z


def dump(value: Any) -> bytes:
    """Write shapes (dataclasses), ids and times as JSON."""
    return orjson.dumps(value, option=_OPTIONS)


def answer(value: Any, status: int = 200) -> Response:
    """Answer with a shape. What a visitor gets is the same for all, and carries an ETag."""
    return _respond(dump(value), status)


def listing(shown: Page[Any]) -> Response:
    """Answer with a page of a list."""
    return answer({"items": shown.items, "next_cursor": shown.next_cursor})


def nothing() -> Response:
    """Answer 204."""
    return Response(status=204)


def accepted() -> Response:
    """Answer 202 without a word: what was asked for happens by and by, or there was nothing to do."""
    return Response(status=202)


def _respond(body: bytes, status: int) -> Response:
    response = Response(body, status, mimetype="application/json")
    if request.method in ("GET", "HEAD") and viewer().is_visitor:
        response.headers["Cache-Control"] = "public, no-cache"
        response.headers["Vary"] = "Authorization, Cookie"
        response.set_etag(hashlib.sha256(body).hexdigest()[:24])
        return response.make_conditional(request)
    return response


def idempotent(view: Callable[..., Response]) -> Callable[..., Response]:
    """Answer a retry (same `Idempotency-Key`, same body) as the first time; 422 for another body."""

    @functools.wraps(view)
    def kept(*args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        if not 1 <= len(key) <= 200 or not key.isprintable():
            raise Invalid({"Idempotency-Key": ["Use 1 to 200 printable characters."]})
        found = idempotency.begin(viewer().id, key, _fingerprint())
        if found is not None:
            return Response(found[1], found[0], mimetype="application/json")
        response = view(*args, **kwargs)
        idempotency.keep(viewer().id, key, response.status_code, response.get_data())
        return response

    return kept


def _fingerprint() -> bytes:
    """Hash what the request asks for."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.files:
        digest.update(dump(sorted(request.form.items(multi=True))))
        hash_files(digest)
    else:
        digest.update(request.get_data())
    return digest.digest()


def hash_files(digest: Any) -> None:
    """Hash the files that came with a form by their bytes, read in pieces."""
    for name, file in request.files.items(multi=True):
        digest.update(f"{name}:{file.filename}\n".encode())
        file.stream.seek(0)  # it may have been stored already
        while part := file.stream.read(1 << 16):
            digest.update(part)
        file.stream.seek(0)
