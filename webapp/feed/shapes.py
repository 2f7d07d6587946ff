"""What goes out about the feed; its entries have the shapes of `posts`."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Reposter:
    """Who passed a post on, for the line above its card, and how many others whom the viewer follows."""

    username: str
    display_name: str
    others: int


def reposter(text: str) -> Reposter:
    """Make it of what `activities.newest` selected."""
    return Reposter(*orjson.loads(text))
