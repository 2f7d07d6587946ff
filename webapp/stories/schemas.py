"""What may come in about stories and highlights."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from webapp.web.forms import Schema, Text, Title, unless_empty

MOST_KEPT = 100
MOST_HIGHLIGHTS = 50
Alt = Text(1500)
Caption = Text(2200)
Audience = Literal["followers", "close_friends"]


def _each_once(value: list[uuid.UUID]) -> list[uuid.UUID]:
    if len(set(value)) != len(value):
        raise ValueError("A story can stand in a highlight only once.")
    return value


def _in_their_places(values: Any) -> Any:
    """Put a form's `story_ids` into the order of its `place-<id>` fields."""
    if not isinstance(values, dict):
        return values
    places = {name[6:]: value for name, value in values.items() if name.startswith("place-")}
    rest = {name: value for name, value in values.items() if not name.startswith("place-")}
    ids = rest.get("story_ids")
    if places and isinstance(ids, list):
        rest["story_ids"] = sorted(ids, key=lambda one: _number(places.get(str(one), "")))
    return rest


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 6 else 10**6


Called = Title(60, 1)
Chosen = Annotated[list[uuid.UUID], Field(max_length=MOST_KEPT), AfterValidator(_each_once)]
Cover = Annotated[uuid.UUID | None, BeforeValidator(unless_empty)]


class NewStory(Schema):
    """A story of an uploaded photo."""

    media_id: uuid.UUID
    caption: Caption = ""
    audience: Audience = "followers"
    alt: Alt = ""


class NewStoryForm(Schema):
    """A story from a plain form: its photo is a file."""

    caption: Caption = ""
    audience: Audience = "followers"
    alt: Alt = ""


class StoryReply(Schema):
    """An answer to a story."""

    content: Text(2000, 1)


class SeenStory(Schema):
    """A form's word that a story has been seen, and where to go on."""

    to: str = Field("/", max_length=500)


class NewHighlight(Schema):
    """A highlight of one's stories, in this order."""

    title: Called
    story_ids: Chosen = Field(min_length=1)
    cover_id: Cover = None

    _sort = model_validator(mode="before")(_in_their_places)


class HighlightChange(Schema):
    """A change of a highlight. What is left out stays. `position` is its place among one's highlights, from 0."""

    title: Called | None = None
    story_ids: Chosen | None = Field(None, min_length=1)
    cover_id: Cover = None
    position: int | None = Field(None, ge=0, lt=MOST_HIGHLIGHTS)

    _sort = model_validator(mode="before")(_in_their_places)
