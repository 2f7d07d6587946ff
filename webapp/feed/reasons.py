"""Why a post stands in a list, said in a line above its card. Cards are shared between viewers, this line is not."""

from typing import Any

from flask import current_app

from webapp.feed.shapes import reposter
from webapp.web.viewer import viewer


def why(sentence: str) -> str:
    """Return the line that answers “why this?” when it is asked."""
    macros = current_app.jinja_env.get_template("feed/_reason.html").module
    return str(macros.why(sentence))  # type: ignore[attr-defined]


def line(row: Any) -> str:
    """Return the line for a row of a feed; nothing for what its author posted."""
    text = getattr(row, "reposter", None)
    if not text:
        return ""
    macros = current_app.jinja_env.get_template("feed/_reason.html").module
    return str(macros.repost(reposter(text), viewer()))  # type: ignore[attr-defined]
