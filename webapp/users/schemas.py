"""What may come in about a profile."""

import re
import uuid
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from webapp.web.forms import Emptied, Line, Schema, Text

# What is or may become an address of the site, or pretends to speak for it.
RESERVED = frozenset(
    """about account accounts admin administrator api app appeal auth blog blogs docs everyone explore feed follow
    followers following help home hub info likes locations login logout mail me media messages metrics
    moderation moderator moderators new news notifications null offline official p password post posts privacy profile
    public register reports requests reset root saved search security settings site static stories story
    suggestions support system tag tags terms timeline tintype undefined user users webmaster www you""".split()  # noqa: SIM905 - a list of words
)
_USERNAME = re.compile(r"[a-z0-9_]{3,30}")


def _username(value: str) -> str:
    """Fold and hold a user name against the rules."""
    folded = value.strip().lower()
    if not _USERNAME.fullmatch(folded):
        raise ValueError("3 to 30 letters a–z, digits or underscores.")
    if folded in RESERVED:
        raise ValueError("This name is reserved. Choose another one.")
    return folded


def _link(value: str) -> str:
    """Hold a link against the rules."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or len(value) > 300:
        raise ValueError("A link begins with https:// and is at most 300 characters long.")
    return value


def _without_blanks(value: Any) -> Any:
    """Forms send empty fields for links that are not there, JSON null for none at all."""
    return [link for link in value or [] if link != ""] if isinstance(value, list | None) else value


Username = Annotated[str, AfterValidator(_username)]
Link = Annotated[Text(300), AfterValidator(_link)]


class ProfileChange(Schema):
    """A change of one's profile. What is left out stays."""

    display_name: Annotated[Line(100) | None, Emptied] = None
    bio: Annotated[Text(500) | None, Emptied] = None
    links: Annotated[list[Link] | None, BeforeValidator(_without_blanks), Field(max_length=5)] = None
    username: Username | None = None
    is_private: bool | None = None


class SettingsChange(Schema):
    """A change of one's settings. What is left out stays."""

    digest: Literal["off", "daily"] | None = None
    who_may_message: Literal["everyone", "followed", "nobody"] | None = None


class AvatarChoice(Schema):
    """The photo to become one's avatar."""

    media_id: uuid.UUID


class ViewAs(Schema):
    """By whose eyes to look at oneself: `stranger`, `follower`, or a person's name or id."""

    view_as: str | None = Field(None, max_length=50)
