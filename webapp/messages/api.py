"""Conversations over JSON."""

import uuid
from collections.abc import Callable

from apiflask import APIBlueprint
from flask import Response, request
from flask_login import login_required

from webapp.core.page import Ask
from webapp.messages import actions, queries, shapes
from webapp.messages.schemas import (
    Conversations,
    ConversationTitle,
    MessageForm,
    MessageSearch,
    NewConversation,
    NewMessage,
    ReadUpTo,
    SomePeople,
)
from webapp.web import forms, json, limits, replicas
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("messages_api", __name__, tag="messages")


@bp.get("/conversations")
@login_required
@describe(shapes.Conversation, many=True, query=Conversations)
def listed() -> Response:
    """List one's conversations, or those one is asked into (`state=requested`), the last written in first."""
    asked = forms.query(Conversations)
    return json.listing(queries.listed(viewer(), Ask(asked.limit, asked.cursor), asked.state))


@bp.post("/conversations")
@login_required
@limits.on("messages")
@describe(shapes.Conversation, status=(200, 201), body=NewConversation, retried=True)
@json.idempotent
def begin() -> Response:
    """Begin a conversation with one person or a group with several; the same two people go on with theirs (200)."""
    conversation, new = actions.begin(viewer(), forms.read(NewConversation))
    return json.answer(conversation, 201 if new else 200)


@bp.get("/conversations/<conversation_id>")
@login_required
@describe(shapes.Conversation)
def show(conversation_id: str) -> Response:
    """Show a conversation."""
    return json.answer(queries.get(viewer(), identity(conversation_id)))


@bp.patch("/conversations/<conversation_id>")
@login_required
@describe(shapes.Conversation, body=ConversationTitle)
def rename(conversation_id: str) -> Response:
    """Give a group a title."""
    title = forms.read(ConversationTitle).title
    return json.answer(actions.rename(viewer(), identity(conversation_id), title))


@bp.delete("/conversations/<conversation_id>")
@login_required
@describe(status=204)
def forget(conversation_id: str) -> Response:
    """Delete a conversation for oneself; it comes back, empty, when somebody writes in it."""
    actions.forget(viewer(), identity(conversation_id))
    return json.nothing()


@bp.get("/conversations/<conversation_id>/messages")
@login_required
@describe(shapes.Message, many=True)
def said(conversation_id: str) -> Response:
    """List what was said, the newest first."""
    return json.listing(queries.said(viewer(), identity(conversation_id), forms.ask()))


@bp.post("/conversations/<conversation_id>/messages")
@login_required
@forms.takes_files
@limits.on("messages")
@describe(shapes.Message, status=(201, 202), body=NewMessage, files="photo", form=MessageForm, retried=True)
def send(conversation_id: str) -> Response:
    """Say something: words, an uploaded photo, a post; or a form with the file `photo`. 202: it is on its way."""
    where = identity(conversation_id)
    if request.mimetype == "multipart/form-data":
        form = forms.read(MessageForm)
        photo = actions.take_in(viewer(), form, forms.files("photo"))
        return _said(lambda: actions.send_form(viewer(), where, form, photo))
    return _said(lambda: actions.send(viewer(), where, forms.read(NewMessage)))


@json.idempotent
def _said(send: Callable[[], uuid.UUID]) -> Response:
    message = queries.message(viewer(), send())
    waits = message.media is not None and message.media.status != "ready"
    return json.answer(message, 202 if waits else 201)


@bp.delete("/messages/<message_id>")
@login_required
@describe(status=204)
def delete(message_id: str) -> Response:
    """Delete what one said, for everybody."""
    actions.delete(viewer(), identity(message_id))
    return json.nothing()


@bp.post("/conversations/<conversation_id>/read")
@login_required
@describe(shapes.Conversation, body=ReadUpTo)
@replicas.theirs_alone
def read(conversation_id: str) -> Response:
    """Note up to which message one has read."""
    return json.answer(actions.read(viewer(), identity(conversation_id), forms.read(ReadUpTo).seq))


@bp.post("/conversations/<conversation_id>/typing")
@login_required
@describe(status=204)
@replicas.theirs_alone
def typing(conversation_id: str) -> Response:
    """Let the others know that one is writing something."""
    actions.typing(viewer(), identity(conversation_id))
    return json.nothing()


@bp.post("/conversations/<conversation_id>/accept")
@login_required
@describe(shapes.Conversation)
def accept(conversation_id: str) -> Response:
    """Take part in a conversation that one is asked into."""
    return json.answer(actions.accept(viewer(), identity(conversation_id)))


@bp.post("/conversations/<conversation_id>/decline")
@login_required
@describe(status=204)
def decline(conversation_id: str) -> Response:
    """Turn a request down; nobody is told."""
    actions.decline(viewer(), identity(conversation_id))
    return json.nothing()


@bp.post("/conversations/<conversation_id>/leave")
@login_required
@describe(status=204)
def leave(conversation_id: str) -> Response:
    """Leave a group."""
    actions.leave(viewer(), identity(conversation_id))
    return json.nothing()


@bp.post("/conversations/<conversation_id>/participants")
@login_required
@limits.on("messages")
@describe(shapes.Conversation, body=SomePeople)
def add(conversation_id: str) -> Response:
    """Ask people into a group."""
    return json.answer(actions.add(viewer(), identity(conversation_id), forms.read(SomePeople).usernames))


@bp.delete("/conversations/<conversation_id>/participants")
@login_required
@describe(shapes.Conversation, body=SomePeople)
def remove(conversation_id: str) -> Response:
    """Take people out of a group: whoever has been in it the longest may."""
    return json.answer(actions.remove(viewer(), identity(conversation_id), forms.read(SomePeople).usernames))


@bp.get("/search/messages")
@login_required
@limits.on("search")
@describe(shapes.Message, many=True, query=MessageSearch)
def search() -> Response:
    """Find messages in one's conversations by their words, the newest first."""
    asked = forms.query(MessageSearch)
    return json.listing(queries.search(viewer(), asked.q, Ask(asked.limit, asked.cursor)))
