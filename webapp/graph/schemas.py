"""What may come in about people."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from webapp.core import clock
from webapp.web.forms import Schema, unless_empty

_LONGEST = timedelta(days=3660)


def _to_come(value: datetime) -> datetime:
    if not clock.now() < value < clock.now() + _LONGEST:
        raise ValueError("Choose a time that is still to come, within ten years; leave it out to mute for good.")
    return value


class MuteChoice(Schema):
    """Until when: a time, or a number of hours from now; left out, for good."""

    until: Annotated[AwareDatetime, AfterValidator(_to_come)] | None = None
    hours: Annotated[Annotated[int, Field(ge=1, le=8784)] | None, BeforeValidator(unless_empty)] = None
