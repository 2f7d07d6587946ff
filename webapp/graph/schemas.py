"""What may come in about people."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from webapp.core import clock
from webapp.web.forms import Schema

_LONGEST = timedelta(days=3660)


def _to_come(value: datetime) -> datetime:
    if not clock.now() < value < clock.now() + _LONGEST:
        raise ValueError("Choose a time that is still to come, within ten years; leave it out to mute for good.")
    return value


def _unless_empty(value: Any) -> Any:
    """A form says “for good” by an empty field."""
    return None if value == "" else value


class MuteChoice(Schema):
    """Until when: a time, or a number of hours from now; left out, for good."""

    until: Annotated[AwareDatetime, AfterValidator(_to_come)] | None = None
    hours: Annotated[Annotated[int, Field(ge=1, le=8784)] | None, BeforeValidator(_unless_empty)] = None
