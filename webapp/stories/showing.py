"""One story as the viewer's page shows it: its place among the others, and where to go from it."""

import uuid
from dataclasses import dataclass

from webapp.core.errors import NotFound
from webapp.core.page import Ask
from webapp.media.shapes import Media
from webapp.stories import highlights, queries, rings
from webapp.stories.shapes import Story
from webapp.users import queries as user_queries
from webapp.visibility import Viewer


@dataclass(frozen=True, slots=True)
class Showing:
    """A story, the `place` (from 1) among `total`, the addresses before and after it, the photo that comes next.

    `base` is the address of what it is shown in, `back` the page to which one returns.
    """

    story: Story
    place: int
    total: int
    before: str | None
    after: str | None
    ahead: Media | None
    base: str
    back: str
    title: str = ""


def first(viewer: Viewer, username: str) -> str:
    """Return the address of the first story of a person that the viewer has not seen, or of the first one at all."""
    author = user_queries.get(viewer, username)
    found = queries.by(viewer, author, Ask(queries.MOST_AT_ONCE)).items
    if not found:
        raise NotFound("There are no stories here right now. They are shown for a day.")
    chosen = next((story for story in found if not story.seen), found[0])
    return f"/stories/{author.username}/{chosen.id}"


def of_day(viewer: Viewer, story: Story) -> Showing:
    """Show a story among its author's of the last day, from person to person."""
    author = story.author
    found = queries.by(viewer, user_queries.get(viewer, str(author.id)), Ask(queries.MOST_AT_ONCE)).items
    if story.id not in [one.id for one in found]:
        found = [story]  # kept in a highlight, and its day is over
    return _among(viewer, story, found, f"/stories/{author.username}", "/")


def kept(viewer: Viewer, highlight_id: uuid.UUID, story_id: uuid.UUID) -> Showing:
    """Show a story in a highlight. NotFound if it is not (any more) in it."""
    found = highlights.stories_of(viewer, highlight_id)
    story = next((one for one in found if one.id == story_id), None)
    if story is None:
        raise NotFound
    title = highlights.get(viewer, highlight_id).title
    return _among(None, story, found, f"/highlights/{highlight_id}", f"/@{story.author.username}", title)


def _among(viewer: Viewer | None, story: Story, found: list[Story], base: str, back: str, title: str = "") -> Showing:
    """Find the neighbours; with a `viewer`, go on with other people's stories beyond the ends."""
    place = [one.id for one in found].index(story.id)
    before = f"{base}/{found[place - 1].id}" if place else None
    ahead = found[place + 1] if place + 1 < len(found) else None
    after = f"{base}/{ahead.id}" if ahead else None
    if viewer is not None and (before is None or after is None):
        near = rings.neighbours(viewer, story.author.id)
        before = before or (near.before and f"/stories/{near.before}")
        after = after or (near.after and f"/stories/{near.after}")
    return Showing(story, place + 1, len(found), before, after, ahead and ahead.media, base, back, title)
