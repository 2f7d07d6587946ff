"""The time, in UTC: the database's, so that all processes agree and a machine with a wrong clock does no harm."""

from datetime import UTC, datetime, timedelta

_BEARABLE = 5.0  # seconds; a smaller difference is mostly the way there and back
_ahead = [timedelta(0)]


def now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC) + _ahead[0]


def follow(seconds: float) -> bool:
    """Take note of by how much the database's clock is ahead of this machine's. Tells whether that changes anything."""
    before = _ahead[0]
    _ahead[0] = timedelta(seconds=seconds if abs(seconds) > _BEARABLE else 0)
    return abs(_ahead[0] - before) > timedelta(seconds=_BEARABLE)
