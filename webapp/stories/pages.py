"""Stories and highlights as pages: compose, the viewer, who saw, one's highlights."""

from typing import Any

from flask import Blueprint, redirect, request
from flask_login import login_required

from webapp.stories import actions, highlights, queries, rings, showing
from webapp.stories.schemas import HighlightChange, NewHighlight, NewStory, NewStoryForm, SeenStory, StoryReply
from webapp.stories.showing import Showing
from webapp.web import forms, htmx, limits, replicas
from webapp.web.once import once
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("stories", __name__)


@bp.get("/new/story")
@login_required
def compose(form: Any = None, errors: Any = None) -> Any:
    """Show the form for a new story."""
    return htmx.page("stories/new.html", form=form or {}, errors=errors or {})


@bp.post("/new/story")
@login_required
@forms.takes_files
@limits.on("stories")
@forms.redisplay(compose)
def create() -> Any:
    """Share a photo for a day: one that was uploaded already, or the form's file."""
    if request.form.get("media_id"):
        asked = forms.read(NewStory)
        once(lambda: actions.create(viewer(), asked).id)
    else:
        plain, photo = forms.read(NewStoryForm), actions.take_in(viewer(), forms.files("photo"))
        once(lambda: actions.create_from_files(viewer(), plain, photo).id)
    htmx.toast("Shared. Your story appears in a moment, and stays for a day.")
    return htmx.go("/")


@bp.get("/new/story/ring")
@login_required
def own_ring() -> Any:
    """Show one's own ring: while a story is on its way, it asks for itself."""
    return htmx.page("stories/_own.html", row=rings.front(viewer())())


@bp.get("/stories")
@login_required
def index() -> Any:
    """Show everybody who has stories, and one's own that are on their way."""
    me, ask = viewer(), forms.ask()
    pending = None if ask.cursor else queries.unfinished(me)
    page = rings.page(me, ask)
    return htmx.listing(
        "stories/index.html", "stories/_rings.html", page, "people", pending=pending() if pending else []
    )


@bp.get("/stories/<username>")
@login_required
def first(username: str) -> Any:
    """Lead to the first story of a person that one has not seen."""
    return _lead(showing.first(viewer(), username))


def _lead(address: str) -> Any:
    """Lead on: a script follows by itself and keeps the header that asks for the part."""
    return redirect(address, 303)


@bp.get("/stories/<username>/<story_id>")
@login_required
def show(username: str, story_id: str) -> Any:
    """Show a story among its author's; the name in the address is the author's."""
    story = queries.get(viewer(), identity(story_id))
    if username != story.author.username:
        return _lead(f"/stories/{story.author.username}/{story.id}")
    if story.status != "published":
        return htmx.page("stories/waiting.html", story=story)
    return _viewer(showing.of_day(viewer(), story))


def _viewer(shown: Showing) -> Any:
    template = "stories/_viewer.html" if htmx.wants_part() else "stories/show.html"
    return htmx.page(template, shown=shown, story=shown.story)


@bp.post("/stories/<story_id>/view")
@login_required
@replicas.theirs_alone
def view(story_id: str) -> Any:
    """Note that one has seen a story, and go on: so the way to the next one counts without scripts, and no GET does."""
    actions.view(viewer(), identity(story_id))
    return htmx.go(htmx.local(forms.read(SeenStory).to))


def _again(story_id: str, form: Any, errors: Any) -> Any:
    """Show a story once more, with what was typed below it and what is wrong with it."""
    shown = showing.of_day(viewer(), queries.get(viewer(), identity(story_id)))
    template = "stories/_reply.html" if htmx.wants_part() else "stories/show.html"
    return htmx.page(template, shown=shown, story=shown.story, form=form, errors=errors)


@bp.post("/stories/<story_id>/reply")
@login_required
@limits.on("messages")
@forms.redisplay(_again)
def reply(story_id: str) -> Any:
    """Answer a story: a message to its author."""
    story = queries.get(viewer(), identity(story_id))
    asked = forms.read(StoryReply)
    once(lambda: actions.reply(viewer(), story.id, asked).id)
    back = htmx.came_from(f"/stories/{story.author.username}/{story.id}")
    return htmx.part("stories/_replied.html", back, "Sent. You find it among your messages.", story=story)


@bp.get("/stories/<story_id>/viewers")
@login_required
def viewers(story_id: str) -> Any:
    """Show who saw one's own story."""
    story = queries.get(viewer(), identity(story_id))
    page = queries.viewers(viewer(), story.id, forms.ask())
    return htmx.listing("stories/viewers.html", "users/_items.html", page, "people", story=story)


@bp.post("/stories/<story_id>/delete")
@login_required
def delete(story_id: str) -> Any:
    """Delete a story, with a way back."""
    story = queries.get(viewer(), identity(story_id))
    actions.delete(viewer(), story.id)
    htmx.toast("Story deleted.", undo=f"/stories/{story.id}/restore")
    return htmx.go("/")


@bp.post("/stories/<story_id>/restore")
@login_required
def restore(story_id: str) -> Any:
    """Take a deletion back."""
    story = actions.restore(viewer(), identity(story_id))
    htmx.toast("Your story is back.")
    return htmx.go(f"/stories/{story.author.username}/{story.id}")


@bp.get("/highlights")
@login_required
def list_highlights() -> Any:
    """Show one's highlights, to make, arrange and delete them."""
    return htmx.page("stories/highlights.html", highlights=highlights.mine(viewer()))


@bp.get("/highlights/new")
@login_required
def compose_highlight(form: Any = None, errors: Any = None) -> Any:
    """Show the form for a new highlight."""
    return _form(None, form or {}, errors)


def _form(highlight: Any, form: Any, errors: Any) -> Any:
    asked = request.form.getlist("story_ids") or request.args.getlist("story")
    typed = {**form, "story_ids": asked or form.get("story_ids", [])}
    stories = highlights.choices(viewer())
    if highlight is not None:  # those inside first, in their order
        stories.sort(key=lambda one: highlight.story_ids.index(one.id) if one.id in highlight.story_ids else 10**6)
    return htmx.page("stories/highlight.html", highlight=highlight, stories=stories, form=typed, errors=errors or {})


@bp.post("/highlights/new")
@login_required
@forms.redisplay(compose_highlight)
def create_highlight() -> Any:
    """Make a highlight."""
    highlight = highlights.create(viewer(), forms.read(NewHighlight))
    htmx.toast(f"{highlight.title} is on your profile.")
    return htmx.go(f"/@{viewer().username}")


@bp.get("/highlights/<highlight_id>")
@login_required
def open_highlight(highlight_id: str) -> Any:
    """Lead to the first story of a highlight."""
    found = highlights.get(viewer(), identity(highlight_id))
    if not found.story_ids:  # one's own, of which nothing is left
        return _lead(f"/highlights/{found.id}/edit")
    return _lead(f"/highlights/{found.id}/{found.story_ids[0]}")


@bp.get("/highlights/<highlight_id>/<story_id>")
@login_required
def show_kept(highlight_id: str, story_id: str) -> Any:
    """Show a story in a highlight."""
    return _viewer(showing.kept(viewer(), identity(highlight_id), identity(story_id)))


@bp.get("/highlights/<highlight_id>/edit")
@login_required
def edit_highlight(highlight_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show the form to change a highlight."""
    found = highlights.own(viewer(), identity(highlight_id))
    before = {"title": found.title, "story_ids": [str(one) for one in found.story_ids], "cover_id": found.cover_id}
    return _form(found, before if form is None else form, errors)


@bp.post("/highlights/<highlight_id>/edit")
@login_required
@forms.redisplay(edit_highlight)
def change_highlight(highlight_id: str) -> Any:
    """Change a highlight, or its place on one's profile."""
    asked = forms.read(HighlightChange)
    highlight = highlights.change(viewer(), identity(highlight_id), asked)
    htmx.toast(f"{highlight.title} is changed.")
    return htmx.go("/highlights")


@bp.post("/highlights/<highlight_id>/delete")
@login_required
def remove_highlight(highlight_id: str) -> Any:
    """Delete a highlight."""
    highlights.remove(viewer(), identity(highlight_id))
    htmx.toast("The highlight is gone. Stories whose day is over and which are in no other one went with it.")
    return htmx.go("/highlights")
