"""Why something was held or taken down: the words that its author, and moderators, read beside it."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from webapp.models import Sanction

decided = Sanction.__table__.c


def verdict(target_type: str, target_id: ColumnElement[Any]) -> ColumnElement[str]:
    """Select the reason of the newest decision about something of this kind that stands; null if there is none."""
    newest = select(decided.reason).where(
        decided.target_type == target_type,
        decided.target_id == target_id,
        or_(decided.kind == "takedown", decided.kind == "hold"),
        decided.undone_at.is_(None),
        ~decided.quiet,
    )
    newest = newest.order_by(decided.created_at.desc(), decided.id.desc()).limit(1)
    return newest.correlate_except(Sanction).scalar_subquery()
