"""What happens, as parts that pages swap in, and as events that their elements wait for."""

from collections.abc import Iterator

from flask import render_template

from webapp.live.queries import News
from webapp.web import csrf


def face(news: News) -> Iterator[tuple[str, str]]:
    """Yield the events of one word: name (none: parts to swap in) and data."""
    if news.event is not None:
        yield news.event["what"], ""
    drawn = render_template("live/news.html", news=news)
    if drawn.strip():
        yield "", csrf.fill(drawn.encode()).decode()
