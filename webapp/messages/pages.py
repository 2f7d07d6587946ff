"""Conversations as pages: the list, what is said, requests, who takes part, and a post sent to somebody."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response
from flask_login import login_required

from webapp.core import live
from webapp.core.page import Ask, Page
from webapp.messages import actions, queries
from webapp.messages.schemas import (
    ConversationTitle,
    MessageForm,
    MessageSearchPage,
    NewConversation,
    ReadUpTo,
    Shared,
    SomePeople,
    To,
)
from webapp.posts import queries as post_queries
from webapp.users import queries as user_queries
from webapp.web import forms, htmx, limits, replicas
from webapp.web.once import once
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("messages", __name__)


@bp.get("/messages", defaults={"state": "accepted"})
@bp.get("/messages/requests", defaults={"state": "requested"})
@login_required
def listed(state: str) -> Any:
    """Show one's conversations, or those one is asked into."""
    place = live.moment()
    page = queries.listed(viewer(), forms.ask(), state)
    waiting = 0 if htmx.wants_part() or state == "requested" else queries.waiting(viewer())
    name = "conversations" if state == "accepted" else "requests"  # what happens puts rows into the former
    return htmx.listing(
        "messages/list.html", "messages/_rows.html", page, name, state=state, waiting=waiting, place=place()
    )


@bp.get("/messages/new")
@login_required
def compose(form: Any = None, errors: Any = None) -> Any:
    """Show the form that begins a conversation; with one person with whom there is one, go there."""
    to = forms.query(To, only=True).to
    known = user_queries.known(viewer(), [to]) if to and form is None else {}
    there = queries.with_person(viewer(), known[to]) if known else None
    if there:
        return htmx.go(f"/messages/{there}#latest")
    form = {"usernames": to, **(form or {})}
    return htmx.page("messages/new.html", form=form, errors=errors or {})


@bp.post("/messages/new")
@login_required
@limits.on("messages")
@forms.redisplay(compose)
def begin() -> Any:
    """Begin a conversation."""
    asked = forms.read(NewConversation)
    there = once(lambda: actions.begin(viewer(), asked)[0].id)
    return htmx.go(f"/messages/{there}#latest")


@bp.get("/messages/search")
@login_required
@limits.on("search")
def search() -> Any:
    """Find messages by their words."""
    q, ask = forms.query(MessageSearchPage, only=True).q, forms.ask()
    page = queries.search(viewer(), q, ask) if q else Page([], None)
    return htmx.listing("messages/search.html", "messages/_found.html", page, "found", q=q)


@bp.get("/messages/<conversation_id>")
@login_required
def show(conversation_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show a conversation, its newest messages last; htmx gets those before the cursor."""
    me, ask, place = viewer(), forms.ask(), live.moment()
    talk, page = queries.opened(me, identity(conversation_id), Ask(max(ask.limit, 30), ask.cursor))
    older = f"/messages/{talk.id}?cursor={quote(page.next_cursor)}" if page.next_cursor else None
    template = "messages/_older.html" if htmx.wants_part() else "messages/show.html"
    return htmx.page(
        template, talk=talk, said=page.items[::-1], older_url=older, past=bool(ask.cursor), form=form or {},
        errors=errors or {}, place=place(),
    )  # fmt: skip


def show_again(conversation_id: str, form: Any, errors: Any) -> Any:
    """Say what was wrong with a message: alone for a script, on the conversation's page otherwise."""
    if htmx.wants_part():
        return htmx.page("messages/_refused.html", errors=errors)
    return show(conversation_id, form, errors)


@bp.post("/messages/<conversation_id>")
@login_required
@forms.takes_files
@limits.on("messages")
@forms.redisplay(show_again)
def send(conversation_id: str) -> Any:
    """Say something."""
    where, asked = identity(conversation_id), forms.read(MessageForm)
    photo = actions.take_in(viewer(), asked, forms.files("photo"))
    said = once(lambda: actions.send_form(viewer(), where, asked, photo))
    message = queries.message(viewer(), said)
    return htmx.part("messages/_message.html", f"/messages/{conversation_id}#latest", message=message)


@bp.get("/messages/m/<message_id>")
@login_required
def message(message_id: str) -> Any:
    """Show one message where it stands in its conversation; htmx gets it alone."""
    found = queries.message(viewer(), identity(message_id))
    if htmx.wants_part():
        return htmx.page("messages/_message.html", message=found)
    return htmx.go(f"/messages/{found.conversation_id}?cursor={quote(queries.near(found))}#m-{found.id}")


@bp.post("/messages/m/<message_id>/delete")
@login_required
def delete(message_id: str) -> Any:
    """Delete what one said."""
    gone = actions.delete(viewer(), identity(message_id))
    return htmx.part("messages/_message.html", f"/messages/{gone.conversation_id}#latest", message=gone)


@bp.post("/messages/<conversation_id>/read")
@login_required
@replicas.theirs_alone
def read(conversation_id: str) -> Any:
    """Note up to which message one has read."""
    talk = actions.read(viewer(), identity(conversation_id), forms.read(ReadUpTo).seq)
    return htmx.part("messages/_read.html", f"/messages/{talk.id}#latest", talk=talk)


@bp.post("/messages/<conversation_id>/typing")
@login_required
@replicas.theirs_alone
def typing(conversation_id: str) -> Response:
    """Let the others know that one is writing something."""
    actions.typing(viewer(), identity(conversation_id))
    return Response(status=204)


@bp.post("/messages/<conversation_id>/accept")
@login_required
def accept(conversation_id: str) -> Any:
    """Take part in a conversation that one is asked into."""
    talk = actions.accept(viewer(), identity(conversation_id))
    return htmx.go(f"/messages/{talk.id}#latest")


@bp.post("/messages/<conversation_id>/decline")
@login_required
def decline(conversation_id: str) -> Any:
    """Turn a request down."""
    actions.decline(viewer(), identity(conversation_id))
    htmx.toast("The request is gone. They are not told.")
    return htmx.go("/messages/requests")


@bp.get("/messages/<conversation_id>/details")
@login_required
def details(conversation_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show who takes part, and what can be done with the conversation."""
    talk = queries.get(viewer(), identity(conversation_id))
    return htmx.page(
        "messages/details.html", talk=talk, form={"title": talk.title, **(form or {})}, errors=errors or {}
    )


@bp.post("/messages/<conversation_id>/title")
@login_required
@forms.redisplay(details)
def rename(conversation_id: str) -> Any:
    """Give a group a title."""
    actions.rename(viewer(), identity(conversation_id), forms.read(ConversationTitle).title)
    htmx.toast("The title is saved.")
    return htmx.go(f"/messages/{conversation_id}/details")


@bp.post("/messages/<conversation_id>/people")
@login_required
@limits.on("messages")
@forms.redisplay(details)
def add(conversation_id: str) -> Any:
    """Ask people into a group."""
    actions.add(viewer(), identity(conversation_id), forms.read(SomePeople).usernames)
    htmx.toast("They are asked. Those who follow you take part at once.")
    return htmx.go(f"/messages/{conversation_id}/details")


@bp.post("/messages/<conversation_id>/people/remove")
@login_required
@forms.redisplay(details)
def remove(conversation_id: str) -> Any:
    """Take people out of a group."""
    actions.remove(viewer(), identity(conversation_id), forms.read(SomePeople).usernames)
    htmx.toast("They are not in this group any more.")
    return htmx.go(f"/messages/{conversation_id}/details")


@bp.post("/messages/<conversation_id>/leave")
@login_required
def leave(conversation_id: str) -> Any:
    """Leave a group."""
    actions.leave(viewer(), identity(conversation_id))
    htmx.toast("You have left the group.")
    return htmx.go("/messages")


@bp.post("/messages/<conversation_id>/delete")
@login_required
def forget(conversation_id: str) -> Any:
    """Delete a conversation for oneself."""
    actions.forget(viewer(), identity(conversation_id))
    htmx.toast("The conversation is deleted for you. The others keep theirs.")
    return htmx.go("/messages")


@bp.get("/p/<post_id>/send")
@login_required
def choose(post_id: str, form: Any = None, errors: Any = None) -> Any:
    """Ask to whom to send a post."""
    post = post_queries.get(viewer(), identity(post_id))
    talks = queries.listed(viewer(), Ask(12)).items
    return htmx.page("messages/send.html", post=post, talks=talks, form=form or {}, errors=errors or {})


@bp.post("/p/<post_id>/send")
@login_required
@limits.on("messages")
@forms.redisplay(choose)
def share(post_id: str) -> Any:
    """Send a post into a conversation, or to people by name."""
    asked = forms.read(Shared)
    there = once(lambda: actions.share(viewer(), identity(post_id), asked).id)
    return htmx.go(f"/messages/{there}#latest")
