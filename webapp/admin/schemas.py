"""What may come in about people, posts, the record, jobs, figures and announcements."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from webapp.web.forms import Listing, Schema, Text

Name = Annotated[str, Field(max_length=100), BeforeValidator(lambda value: str(value).strip().removeprefix("@"))]
_DAY = len("2026-01-31")


def _moment(value: Any, *, whole_day: bool = False) -> Any:
    """Read a day or a moment; one without a zone is UTC. `whole_day`: a day means its end."""
    if not isinstance(value, str) or not value.strip():
        return value or None
    try:
        found = datetime.fromisoformat(value.strip())
        found += timedelta(days=1) if whole_day and len(value.strip()) <= _DAY else timedelta(0)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("Write a day like 2026-01-31, or a moment like 2026-01-31T18:30Z.") from error


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
UntilMoment = Annotated[datetime | None, BeforeValidator(lambda value: _moment(value, whole_day=True))]


class PeopleFilter(Listing):
    """Which people to list. `q`: part of a name or an address, or an id."""

    q: Name = ""
    status: Literal["", "active", "pending", "deactivated", "suspended", "leaving", "erasing", "shadowbanned"] = ""
    role: Literal["", "user", "creator", "moderator", "admin"] = ""


class PostsFilter(Listing):
    """Which posts to list. `q`: part of a caption or a place, or an id."""

    q: Text(200) = ""
    author: Name = ""
    status: Literal["", "processing", "published", "failed", "held", "taken_down", "deleted", "concealed"] = ""


class RecordFilter(Listing):
    """Which entries of the record to read. `actor`, `user`: a name or an id; `target`: an id, or type:id."""

    actor: Name = ""
    user: Name = ""
    target: Text(200) = ""
    action: Text(100) = ""
    since: Moment = None
    until: UntilMoment = None


class RoleChange(Schema):
    """Another role."""

    role: Literal["user", "creator", "moderator", "admin"]
    reason: Text(1000) = ""


class Removal(Schema):
    """Why a post or an account is taken away; whom it concerns reads it."""

    reason: Text(1000) = ""


class Span(Schema):
    """How many days back."""

    days: int = Field(30, ge=7, le=90)


class JobsFilter(Listing):
    """Which jobs to list: those that failed, wait or run."""

    status: Literal["failed", "queued", "running"] = "failed"


class ChosenJobs(Schema):
    """Jobs that were ticked."""

    job: Annotated[list[str], Field(min_length=1, max_length=100)]


class NewAnnouncement(Schema):
    """What everybody is told, from one moment to another."""

    text: Text(500, 1)
    level: Literal["info", "warning"] = "info"
    starts_at: Moment = None
    ends_at: Moment = None

    @model_validator(mode="after")
    def _in_order(self) -> "NewAnnouncement":
        """Refuse one that is over before it begins."""
        if self.ends_at is not None and self.ends_at <= (self.starts_at or datetime.now(UTC)):
            raise ValueError("It has to end after it begins, and later than now.")
        return self


class Rejection(Schema):
    """Why somebody may not join; they read it in a mail."""

    reason: Text(1000) = ""
