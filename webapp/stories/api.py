"""Stories over JSON."""

from collections.abc import Callable

from apiflask import APIBlueprint
from flask import Response, request
from flask_login import login_required

from webapp.core import page
from webapp.messages.shapes import Message
from webapp.stories import actions, highlights, queries, rings, shapes
from webapp.stories.schemas import HighlightChange, NewHighlight, NewStory, NewStoryForm, StoryReply
from webapp.users import queries as users
from webapp.users.shapes import User
from webapp.web import forms, json, limits, replicas
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("stories_api", __name__, tag="stories")


@bp.post("/stories")
@login_required
@forms.takes_files
@limits.on("stories")
@describe(shapes.Story, status=(201, 202), body=NewStory, files="photo", form=NewStoryForm, retried=True)
def create() -> Response:
    """Share a photo for a day: by the id of an upload, or as a multipart form (file `photo`). 202 until it is ready."""
    if request.mimetype == "multipart/form-data":
        form, photo = forms.read(NewStoryForm), actions.take_in(viewer(), forms.files("photo"))
        return _made(lambda: actions.create_from_files(viewer(), form, photo))
    return _made(lambda: actions.create(viewer(), forms.read(NewStory)))


@json.idempotent
def _made(make: Callable[[], shapes.Story]) -> Response:
    story = make()
    return json.answer(story, 202 if story.status == "processing" else 201)


@bp.get("/stories/feed")
@login_required
@describe(shapes.WholeRing, many=True)
def feed() -> Response:
    """List who of those whom one follows has stories: oneself first, then the unseen, then the newest."""
    return json.listing(rings.page(viewer(), forms.ask()).map(lambda found: rings.whole(viewer(), found)))


@bp.get("/users/<username>/stories")
@login_required
@describe(shapes.Story, many=True)
def by(username: str) -> Response:
    """List a person's stories of the last day, the oldest first."""
    return json.listing(queries.by(viewer(), users.get(viewer(), username), forms.ask()))


@bp.get("/stories/<story_id>")
@login_required
@describe(shapes.Story)
def show(story_id: str) -> Response:
    """Show a story: of the last day, or kept in a highlight."""
    return json.answer(queries.get(viewer(), identity(story_id)))


@bp.delete("/stories/<story_id>")
@login_required
@describe(status=204)
def delete(story_id: str) -> Response:
    """Delete a story; it can be restored for a day, as long as it would be shown."""
    actions.delete(viewer(), identity(story_id))
    return json.nothing()


@bp.post("/stories/<story_id>/restore")
@login_required
@describe(shapes.Story)
def restore(story_id: str) -> Response:
    """Take a deletion back."""
    return json.answer(actions.restore(viewer(), identity(story_id)))


@bp.post("/stories/<story_id>/view")
@login_required
@replicas.theirs_alone
@describe(shapes.Story)
def view(story_id: str) -> Response:
    """Say that one has seen a story; it counts once."""
    return json.answer(actions.view(viewer(), identity(story_id)))


@bp.post("/stories/<story_id>/reply")
@login_required
@limits.on("messages")
@describe(Message, status=201, body=StoryReply, retried=True)
@json.idempotent
def reply(story_id: str) -> Response:
    """Answer a story: a message to its author."""
    return json.answer(actions.reply(viewer(), identity(story_id), forms.read(StoryReply)), 201)


@bp.get("/stories/<story_id>/viewers")
@login_required
@describe(User, many=True)
def viewers(story_id: str) -> Response:
    """List who saw one's own story, the last first."""
    return json.listing(queries.viewers(viewer(), identity(story_id), forms.ask()))


@bp.get("/highlights")
@login_required
@describe(shapes.Highlight, many=True)
def own_highlights() -> Response:
    """List one's own highlights in their order."""
    return json.listing(page.whole(highlights.mine(viewer()), forms.ask(), "own-highlights"))


@bp.get("/users/<username>/highlights")
@login_required
@describe(shapes.Highlight, many=True)
def highlights_of(username: str) -> Response:
    """List a person's highlights in their order: those in which something is for the viewer."""
    found = highlights.of(viewer(), users.get(viewer(), username))
    return json.listing(page.whole(found, forms.ask(), "highlights"))


@bp.post("/highlights")
@login_required
@describe(shapes.Highlight, status=201, body=NewHighlight, retried=True)
@json.idempotent
def create_highlight() -> Response:
    """Keep stories on one's profile, in this order, under a title."""
    return json.answer(highlights.create(viewer(), forms.read(NewHighlight)), 201)


@bp.get("/highlights/<highlight_id>")
@login_required
@describe(shapes.Highlight)
def show_highlight(highlight_id: str) -> Response:
    """Show a highlight."""
    return json.answer(highlights.get(viewer(), identity(highlight_id)))


@bp.get("/highlights/<highlight_id>/stories")
@login_required
@describe(shapes.Story, many=True)
def inside(highlight_id: str) -> Response:
    """List the stories in a highlight in their order."""
    found = highlights.stories_of(viewer(), identity(highlight_id))
    return json.listing(page.whole(found, forms.ask(), "kept-stories"))


@bp.patch("/highlights/<highlight_id>")
@login_required
@describe(shapes.Highlight, body=HighlightChange)
def change_highlight(highlight_id: str) -> Response:
    """Change a highlight's title, stories and their order, cover, or place on the profile."""
    return json.answer(highlights.change(viewer(), identity(highlight_id), forms.read(HighlightChange)))


@bp.delete("/highlights/<highlight_id>")
@login_required
@describe(status=204)
def remove_highlight(highlight_id: str) -> Response:
    """Delete a highlight."""
    highlights.remove(viewer(), identity(highlight_id))
    return json.nothing()
