"""What may come in about a comment."""

import uuid
from typing import Annotated, Any

from pydantic import BeforeValidator

from webapp.web.forms import Schema, Text


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


class NewComment(Schema):
    """A comment, or a reply to one."""

    content: Text(1000, 1)
    parent_id: Annotated[uuid.UUID | None, BeforeValidator(_blank_is_none)] = None
