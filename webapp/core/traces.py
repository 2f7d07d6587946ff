"""Errors in words that may be kept: what it is and where, never what people wrote.

Knows the standard library alone: gunicorn's first process reads it before anything of ours may be loaded.
"""

import re
import traceback
from collections.abc import Iterator

MOST = 8000  # characters of a trace; its end says where it happened
_FIRST = 1000
_HIDDEN = "…"
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_PATTERNS = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(?<=://)[^/\s@'\"]+@", f"{_HIDDEN}@"),  # the password in an address of a server
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", f"{_HIDDEN}@{_HIDDEN}"),
        (r"\?[^\s'\"<>=]+=[^\s'\"<>]*", f"?{_HIDDEN}"),  # tokens and signatures travel in queries
        (r"(?i)\b(bearer|basic|cookie:|authorization:)\s+[^\s'\"]+", rf"\1 {_HIDDEN}"),
        # keys of sessions, tokens, signatures: long, of mixed letters and digits (names of constraints are not)
        (r"\b(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{32,}", _HIDDEN),
        (r"\b[0-9a-f]{64}\b", _HIDDEN),
    )
)


def scrubbed(text: str) -> str:
    """Return the text without addresses of people, secrets and whatever follows a question mark in an address."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def said(error: BaseException) -> str:
    """Return an error's kind and the first line of what it says: those that follow may hold what people wrote.

    What stands in quotes is left out if it looks like words, and always where PostgreSQL refuses a value.
    """
    state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
    words = first_words(str(error), quotes=not state.startswith("22"))
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def first_words(text: str, *, quotes: bool) -> str:
    """Return the first line, scrubbed. With `quotes`, what stands in quotes stays if it looks like a name."""
    line = next(iter(text.splitlines()), "")
    return scrubbed(_QUOTED.sub(lambda found: _unquoted(found[0], quotes), line)[:_FIRST])


def _unquoted(words: str, names: bool) -> str:
    is_name = len(words) <= 64 and not any(sign.isspace() or sign == "@" for sign in words)
    return words if is_name and names else f"{words[0]}{_HIDDEN}{words[-1]}"


def written(error: BaseException) -> str:
    """Return an error with what led to it, and where: the last lines of it if it is long."""
    parts = []
    for one in reversed(list(_chain(error))):
        parts.append("".join(traceback.format_tb(one.__traceback__)) + said(one) + _statement(one))
    return "\n\nthen\n\n".join(parts)[-MOST:]


def _statement(error: BaseException) -> str:
    """Return the statement that failed, with placeholders where the values were, and who had it sent along."""
    statement, place = getattr(error, "statement", None), getattr(error, "place", None)
    asked = f"\n[asked for by {place}]" if isinstance(place, str) and place else ""
    return asked + (f"\n[SQL: {squeezed(statement)}]" if isinstance(statement, str) else "")


def squeezed(statement: str, most: int = 1000) -> str:
    """Return a statement on one line, its beginning if it is long."""
    text = " ".join(statement[: 4 * most].split())
    return text if len(text) <= most else text[: most - 1] + _HIDDEN


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what it was raised from, and so on: ten at most, because such chains can be rings."""
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
