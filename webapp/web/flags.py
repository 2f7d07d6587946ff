"""Features that admins switch off: looked up before every request, by the view that it goes to, in this one place.

What is off is refused with a sentence over pages and JSON alike, and templates leave out what leads there
(`feature("stories")`). What people made with it stays, and is there again when it is switched on.
"""

from dataclasses import dataclass

from flask import Flask

from webapp.core import options
from webapp.core.errors import AppError, Refused
from webapp.web.viewer import viewer


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature: its meaning, what is said when it is off, and its views (a whole blueprint ends in a dot)."""

    description: str
    sentence: str
    views: tuple[str, ...]
    visitors: bool = False  # off for visitors alone: people who are signed in have it in any case

    def has(self, endpoint: str) -> bool:
        """Tell whether a view belongs to the feature."""
        return endpoint in self.views or f"{endpoint.partition('.')[0]}." in self.views


FLAGS: dict[str, Flag] = {
    "stories": Flag(
        "Stories and highlights", "Stories are switched off on this site.", ("stories.", "stories_api.")
    ),
    "messages": Flag(
        "Messages between people", "Messages are switched off on this site.",
        ("messages.", "messages_api.", "stories.reply", "stories_api.reply"),
    ),
    "reposts": Flag(
        "Reposts", "Reposts are switched off on this site.",
        tuple(f"{face}.{view}" for face in ("posts", "posts_api") for view in ("repost", "unrepost", "reposters")),
    ),
    "visitor_feed": Flag(
        "What is new, for visitors", "What is new here is for people of this site. Please sign in.",
        ("feed.index", "feed.news", "feed.explore", "feed_api.index", "feed_api.explore"), visitors=True,
    ),
    "visitor_search": Flag(
        "Search, for visitors", "Search is for people of this site. Please sign in.",
        ("search.", "search_api."), visitors=True,
    ),
}  # fmt: skip


def is_on(name: str) -> bool:
    """Tell whether a feature is there, for whoever asks."""
    if options.now().flags.get(name, True):
        return True
    return FLAGS[name].visitors and not viewer().is_visitor


def off() -> tuple[str, ...]:
    """Return the names of all that is switched off: what is kept with it left out is another thing."""
    return tuple(sorted(name for name, on in options.now().flags.items() if not on))


def install(app: Flask) -> None:
    """Tell templates what is on."""
    app.jinja_env.globals["feature"] = is_on


def check(endpoint: str) -> None:
    """Raise Refused if a request goes to what is switched off; visitors are led to the sign-in."""
    for name in off():
        flag = FLAGS.get(name)
        if flag is None or not flag.has(endpoint) or _may(flag):
            continue
        raise Refused(flag.sentence, status=401 if flag.visitors else 403, kind="switched-off")


def _may(flag: Flag) -> bool:
    try:
        return flag.visitors and not viewer().is_visitor
    except AppError:  # a token that is not valid: the view says so
        return True
