"""What may come in about reports, cases, sanctions and appeals."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, ValidationInfo, field_validator

from webapp.core import clock
from webapp.web.forms import Listing, Schema, Text

TargetType = Literal["user", "post", "comment", "story", "message"]
ReportReason = Literal[
    "spam", "harassment", "hate", "nudity", "violence", "self_harm", "illegal", "impersonation", "copyright", "other"
]
Act = Literal["dismiss", "takedown", "warn", "suspend", "shadowban", "sensitive", "restore", "approve"]
Source = Literal["report", "flag", "filter", "hash", "new_account"]
NOTE = 1000  # characters of what people write to each other here
MOST = 100  # cases at once
_LONGEST = timedelta(days=3660)
_UNEXPLAINED = ("dismiss", "approve", "restore")  # what nobody has to give a reason for
Name = Text(100)


def _to_come(value: datetime) -> datetime:
    if not clock.now() < value < clock.now() + _LONGEST:
        raise ValueError("Choose a time that is still to come, within ten years; leave it out for no end.")
    return value


def _moment(value: Any) -> Any:
    """Forms say “no end” by an empty field, and a time (of UTC) without its zone."""
    if value == "":
        return None
    if isinstance(value, str) and len(value) == len("2030-01-31T12:00"):
        return f"{value}:00Z"
    return value


Until = Annotated[Annotated[AwareDatetime, AfterValidator(_to_come)] | None, BeforeValidator(_moment)]


class NewReport(Schema):
    """What should be looked at, and why."""

    target_type: TargetType
    target_id: Name
    reason: ReportReason
    note: Text(NOTE) = ""


class DecisionReason(Schema):
    """Why something is done; whom it concerns reads it."""

    reason: Text(NOTE, 1)


class SuspendReason(DecisionReason):
    """Why an account is suspended, and until when; left out, without an end."""

    until: Until = None


class DirectAct(Schema):
    """What is done without a case, as a form of the pages says it."""

    action: Literal[
        "takedown", "restore", "sensitive", "flag", "warn", "suspend", "unsuspend", "shadowban", "unshadowban"
    ]
    reason: Text(NOTE, 1)
    until: Until = None


class SensitiveReason(DecisionReason):
    """Why a photo is covered until asked, or (`sensitive` false) not any more."""

    sensitive: bool = True


class UndoReason(Schema):
    """Why something is taken back."""

    reason: Text(NOTE) = ""


class Resolution(Schema):
    """What is done about a case."""

    action: Act
    reason: Annotated[Text(NOTE), Field(validate_default=True)] = ""
    until: Until = None

    @field_validator("reason")
    @classmethod
    def _explained(cls, reason: str, info: ValidationInfo) -> str:
        if not reason and info.data.get("action", "dismiss") not in _UNEXPLAINED:
            raise ValueError("Say why: whom it concerns reads it.")
        return reason


class BulkResolution(Resolution):
    """What is done about several cases, each by itself."""

    ids: Annotated[list[Name], Field(min_length=1, max_length=MOST)]


class Assignment(Schema):
    """Who takes care of a case: oneself, if it is left out; nobody, if it is null or empty."""

    username: Annotated[Name | None, BeforeValidator(lambda value: value or None)] = "me"


class NewCaseNote(Schema):
    """A note for the other moderators."""

    content: Text(NOTE, 1)


class QueueAsk(Listing):
    """Which cases to list."""

    status: Literal["open", "closed"] = "open"
    type: TargetType | None = None
    reason: ReportReason | None = None
    assigned: Literal["me", "nobody", "anybody"] = "anybody"
    source: Source | None = None


class NewAppeal(Schema):
    """Why a decision should be looked at again: the newest one, unless another is named."""

    content: Text(2000, 1)
    action_id: Annotated[Name | None, BeforeValidator(lambda value: value or None)] = None


class AppealsAsk(Listing):
    """Which appeals to list."""

    status: Literal["open", "accepted", "rejected"] = "open"


class Decision(Schema):
    """The answer to an appeal; who asked reads the reason."""

    decision: Literal["accept", "reject"]
    reason: Text(NOTE, 1)
