"""What moderators do to stories: the row alone. Their photos have no public addresses; signed ones end soon."""

import uuid

from webapp.core import db
from webapp.models import Story

SHOWN = "published"  # how a story is called that nothing was done to


def locked(story_id: uuid.UUID) -> Story | None:
    """Return a story's row, locked."""
    return db.session().get(Story, story_id, with_for_update=db.LOCK, populate_existing=True)


def take_down(story_id: uuid.UUID) -> str | None:
    """Take a story from everybody but its author. Returns its state before, None if there is no such story."""
    return _turn(story_id, "taken_down")


def hold(story_id: uuid.UUID) -> str | None:
    """Let a story wait for review. Returns its state before, None if there is no such story."""
    return _turn(story_id, "held")


def conceal(story_id: uuid.UUID) -> str | None:
    """Let nobody but its author see a story, who is not told. Returns its state before."""
    return _turn(story_id, "concealed")


def put_back(story_id: uuid.UUID, to: str = SHOWN) -> None:
    """Bring a story back into the state that it had before."""
    _turn(story_id, None if to == SHOWN else to)


def approve(story_id: uuid.UUID) -> str | None:
    """Show a story that was held or concealed to those for whom it is. Returns its state before, None if neither."""
    story = locked(story_id)
    if story is None or story.moderated not in ("held", "concealed"):
        return None
    return _turn(story_id, None)


def mark_sensitive(story_id: uuid.UUID, on: bool) -> bool | None:
    """Cover a story's photo until asked. Returns how it was."""
    story = locked(story_id)
    if story is None:
        return None
    before, story.sensitive = story.sensitive, on
    db.session().flush()
    return before


def _turn(story_id: uuid.UUID, to: str | None) -> str | None:
    story = locked(story_id)
    if story is None:
        return None
    before, story.moderated = story.moderated, to
    db.session().flush()
    return before or SHOWN
