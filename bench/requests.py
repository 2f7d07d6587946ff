"""Requests as bytes, ready to be sent."""

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from bench.site import Person

Requests = list[bytes]


def each(people: Sequence[Person], path: str, *more: str) -> Requests:
    """Let each of these people open a page."""
    return [get(path, person, *more) for person in people]


def dashed(digits: str) -> str:
    """Write an id as addresses have it."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _head(method: str, path: str, person: Person | None, *more: str) -> str:
    cookie = [f"Cookie: {person.cookie}"] if person else []
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: */*", *cookie, *more, "", ""]
    return "\r\n".join(lines)


def get(path: str, person: Person, *more: str) -> bytes:
    """Ask for a page."""
    return _head("GET", path, person, *more).encode()


def bare(path: str) -> bytes:
    """Ask without saying who one is."""
    return _head("GET", path, None).encode()


def press(path: str, person: Person, **fields: str) -> bytes:
    """Send a form as htmx does."""
    body = urlencode(fields).encode()
    kind = ("Content-Type: application/x-www-form-urlencoded",) if body else ()
    lines = ("HX-Request: true", f"X-CSRFToken: {person.token}", *kind, f"Content-Length: {len(body)}")
    return _head("POST", path, person, *lines).encode() + body


def send(path: str, person: Person, value: object) -> bytes:
    """Send JSON."""
    body = json.dumps(value).encode()
    lines = (f"X-CSRFToken: {person.token}", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return _head("POST", path, person, *lines).encode() + body
