"""What may come in when somebody leaves."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from webapp.web.forms import Schema

Typed = Annotated[str, Field(max_length=1024)]


class Farewell(Schema):
    """The wish to have one's account deleted; the password as proof, unless one has just signed in by a passkey."""

    password: Annotated[Typed | None, BeforeValidator(lambda value: value or None)] = None
