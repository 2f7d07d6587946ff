"""What may come in about a comment."""

import uuid
from typing import Annotated

from pydantic import BeforeValidator

from webapp.web.forms import Schema, Text, unless_empty


class NewComment(Schema):
    """A comment, or a reply to one."""

    content: Text(1000, 1)
    parent_id: Annotated[uuid.UUID | None, BeforeValidator(unless_empty)] = None
