"""Writes of stories: share, see, answer, delete and take back.

A story is processing until its photo is ready; then it is published with the next number, and its day begins. A photo
is locked before its story.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import DateTime, Uuid, and_, func, literal, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import FileStorage

from webapp.core import clock, db, live, outbox
from webapp.core.errors import Invalid, Refused
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.media.actions import Arrived
from webapp.messages import actions as messages
from webapp.messages.shapes import Message
from webapp.models import Case, Media, Story, StoryView
from webapp.policy import hashes, screening
from webapp.policy.screening import Verdict
from webapp.stories import queries, shapes
from webapp.stories.schemas import NewStory, NewStoryForm, StoryReply
from webapp.visibility import Viewer, confirmed_first, is_kept, may

stories = Story.__table__.c
cases = Case.__table__.c
views = StoryView.__table__
_LIFETIME = [timedelta(days=1)]
_AT_ONCE = 200


def configure(*, lifetime: int) -> None:
    """Set for how many seconds a story is shown."""
    _LIFETIME[:] = [timedelta(seconds=lifetime)]


def create(viewer: Viewer, asked: NewStory) -> shapes.Story:
    """Make a story of an uploaded photo. It is published at once if the photo is ready, else as soon as it is."""
    confirmed_first(viewer)
    verdict = _screened(viewer, asked)
    [photo] = media_queries.chosen(viewer, [asked.media_id])
    media_queries.check_free(photo, "story")
    return _create(viewer, media_queries.get(viewer, asked.media_id), asked, verdict)


def take_in(viewer: Viewer, files: Sequence[FileStorage]) -> Arrived:
    """Store the photo of a plain form, for `create_from_files`; no transaction waits for it."""
    confirmed_first(viewer)
    if not files:
        raise Invalid({"photo": ["Choose a photo, or take one."]})
    if len(files) > 1:
        raise Invalid({"photo": ["A story is one photo. Share the others as stories of their own."]})
    return media_actions.stow(files)[0]


def create_from_files(viewer: Viewer, asked: NewStoryForm, photo: Arrived) -> shapes.Story:
    """Make a story of the photo that came with a plain form."""
    verdict = _screened(viewer, asked)
    media = media_actions.receive(viewer, photo, purpose="story")
    return _create(viewer, media, asked, verdict)


def _screened(viewer: Viewer, asked: NewStory | NewStoryForm) -> Verdict:
    return screening.review(viewer, caption=asked.caption, alt=asked.alt or None)


def _create(viewer: Viewer, media: Media, asked: NewStory | NewStoryForm, verdict: Verdict) -> shapes.Story:
    story = Story(
        author_id=viewer.id, media_id=media.id, caption=asked.caption, audience=asked.audience,
        moderated=verdict.state,
    )  # fmt: skip
    media.in_use, media.alt = True, asked.alt or media.alt
    db.add(story)
    if verdict.action == "hold":
        outbox.enqueue("jobs.moderation.open", "story", story.id, "filter", verdict.phrase)
    if media.status == "ready":
        _compare(story.id, media)
        _publish(story.id)
    return queries.get(viewer, story.id)


def advance(media: Media) -> None:
    """Go on with the story of a photo that has just become ready or failed."""
    story = queries.of_photo(media.id)
    if story is None or story.status != "processing":
        return
    if media.status == "ready":
        _compare(story.id, media)
        _publish(story.id)
    elif media.status == "failed":
        db.execute(update(Story).where(stories.id == story.id).values(status="failed"))
    live.tell("medium", [story.author_id], story=story.id)


def _compare(story_id: uuid.UUID, media: Media) -> None:
    """Hold a story whose photo looks like a blocked one until moderators have looked at it."""
    known = hashes.match(media.looks)
    if known is not None:
        hashes.hit(known.id)
        db.execute(update(Story.__table__).where(stories.id == story_id).values(moderated="held"))
        outbox.enqueue("jobs.moderation.open", "story", story_id, "hash", known.note)


def _publish(story_id: uuid.UUID) -> None:
    """Let a story's time begin, by the database's clock; its place is among those published now."""
    now = func.clock_timestamp(type_=DateTime(True))
    values: dict[str, Any] = {"seq": literal_column("DEFAULT"), "published_at": now, "expires_at": now + _LIFETIME[0]}
    fresh = update(Story.__table__).where(stories.id == story_id, stories.status == "processing")
    db.execute(fresh.values(status="published", **values))


def view(viewer: Viewer, story_id: uuid.UUID) -> shapes.Story:
    """Note that the viewer has seen a story, once; one's own never counts. Returns the story as seen."""
    story = queries.get(viewer, story_id)
    if story.author.id == viewer.id:
        return story
    # the story's row is held, or it could be removed before its viewer is written
    there = select(stories.id, literal(viewer.id, Uuid), literal(clock.now(), DateTime(True)))
    there = there.where(stories.id == story_id).with_for_update(read=True, key_share=True)
    db.execute(insert(views).from_select(["story_id", "viewer_id", "seen_at"], there).on_conflict_do_nothing())
    return replace(story, seen=True)


def reply(viewer: Viewer, story_id: uuid.UUID, asked: StoryReply) -> Message:
    """Answer a story: a message to its author, in the conversation with them."""
    story = queries.get(viewer, story_id)
    if not may(viewer, "reply", "story", story):
        raise Refused("This is your own story. Others can answer it.")
    return messages.answer_story(viewer, story.id, story.author.id, asked.content)


def delete(viewer: Viewer, story_id: uuid.UUID) -> None:
    """Delete a story. It is gone at once; a day to take it back, as long as it would be shown."""
    story = queries.get(viewer, story_id)
    if not may(viewer, "delete", "story", story):
        raise Refused("Only its author can delete this story.")
    there = update(Story.__table__).where(stories.id == story_id, stories.deleted_at.is_(None))
    db.execute(there.values(deleted_at=func.now()))


def restore(viewer: Viewer, story_id: uuid.UUID) -> shapes.Story:
    """Take a deletion back."""
    found = queries.deleted(viewer, story_id)
    db.execute(update(Story.__table__).where(stories.id == found).values(deleted_at=None))
    return queries.get(viewer, found)


def _over() -> Any:
    """Condition on stories: nobody will see it again, moderators either: while a case about it is open they do."""
    day_ago = func.now() - queries.UNDO
    looked_at = select(cases.id).where(cases.target_type == "story", cases.target_id == stories.id)
    return and_(
        or_(
            and_(stories.expires_at <= func.now(), ~is_kept()),
            stories.deleted_at < day_ago,
            and_(stories.status != "published", stories.created_at < day_ago),
        ),
        ~looked_at.where(cases.closed_at.is_(None)).correlate(Story.__table__).exists(),
    )


def due(but: Collection[uuid.UUID] = ()) -> list[uuid.UUID]:
    """Return the photos of stories that nobody will see again, some of them (`but` these)."""
    statement = select(stories.media_id).where(_over(), stories.media_id.not_in(but))
    statement = statement.order_by(stories.expires_at).limit(_AT_ONCE)
    return [row.media_id for row in db.rows(statement)]


def remove(media_id: uuid.UUID) -> bool:
    """Remove a story that is over: photo, objects and row. False if there is nothing to remove (any more)."""
    media = media_queries.locked(media_id)
    if media is None or queries.of_photo(media_id) is None:
        return False
    # asked once more now that the row is held: it may have been put into a highlight meanwhile
    if db.row(select(stories.id).where(stories.media_id == media_id, _over())) is None:
        return False
    media_actions.discard(media)
    return True
