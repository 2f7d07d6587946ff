"""What may come in about a post."""

import uuid
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from webapp.core import text
from webapp.web.forms import Emptied, Line, Listing, Schema, Text, Title, names, unless_empty

MOST_PHOTOS = 20
MOST_PEOPLE = 20


def _caption(value: str) -> str:
    """Hold a caption against the limits on what it links."""
    if len(text.hashtags(value)) > 30:
        raise ValueError("At most 30 hashtags.")
    if len(text.mentions(value)) > 20:
        raise ValueError("At most 20 mentions.")
    return value


def _each_once(value: list[uuid.UUID]) -> list[uuid.UUID]:
    if len(set(value)) != len(value):
        raise ValueError("A photo can stand in a post only once.")
    return value


def _alts_from_form(values: Any) -> Any:
    """Gather a form's `alt-<id>` fields into `alts`."""
    if not isinstance(values, dict):
        return values
    alts = {name[4:]: value for name, value in values.items() if name.startswith("alt-")}
    rest = {name: value for name, value in values.items() if not name.startswith("alt-")}
    given = rest.get("alts", {})
    return {**rest, "alts": {**alts, **given}} if alts and isinstance(given, dict) else rest


Alt = Text(1500)
Caption = Annotated[Text(2200), AfterValidator(_caption)]
Location = Line(255)
Chosen = Annotated[list[uuid.UUID], Field(max_length=MOST_PHOTOS), AfterValidator(_each_once)]


class NewPost(Schema):
    """A post of uploaded photos."""

    media_ids: Chosen = Field(min_length=1)
    alts: dict[uuid.UUID, Alt] = {}
    caption: Caption = ""
    location: Location = ""

    _gather = model_validator(mode="before")(_alts_from_form)


class NewPostForm(Schema):
    """A post from a plain form: its photos are files, described together in `alt`."""

    caption: Caption = ""
    location: Location = ""
    alt: Alt = ""


class PostChange(Schema):
    """A change of a post. What is left out stays."""

    caption: Annotated[Caption | None, Emptied] = None
    location: Annotated[Location | None, Emptied] = None
    alts: dict[uuid.UUID, Alt] = {}
    sensitive: bool | None = None
    comments_enabled: bool | None = None
    tagged: Annotated[list[Text(40)] | None, Field(max_length=MOST_PEOPLE), BeforeValidator(names)] = None

    _gather = model_validator(mode="before")(_alts_from_form)


class Retry(Schema):
    """How to go on with a post that failed."""

    without_failed: bool = False


class SaveChoice(Schema):
    """Where to keep a post: a folder, none (null), or, left out, where it is."""

    folder_id: Annotated[uuid.UUID | None, BeforeValidator(unless_empty)] = None


class FolderName(Schema):
    """The name of a folder."""

    name: Title(60, 1)


class ShelfChoice(SaveChoice):
    """Where to keep a post, from a form: one of the folders, or a new one by its name."""

    name: Text(60) = ""


class SavedQuery(Listing):
    """Which saved posts: those of a folder, or all."""

    folder: uuid.UUID | None = None
