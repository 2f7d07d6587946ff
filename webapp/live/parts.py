"""What happens, as parts that pages swap in, and as events that their elements wait for."""

from collections.abc import Iterator

from flask import render_template

from webapp.core.live import Word
from webapp.live import queries
from webapp.visibility import Viewer
from webapp.web import sse


def face(viewer: Viewer, word: Word) -> Iterator[bytes]:
    """Yield the events of one word for a page of the viewer's."""
    what = word["what"]
    if what in ("start", "badges"):
        counts = queries.counts(viewer)
        yield sse.frame(render_template("live/_counts.html", counts=counts), retry=word.get("retry", 0))
    elif what in ("posts", "medium"):
        yield sse.frame("", event=what)
