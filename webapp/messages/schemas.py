"""What may come in about conversations."""

import uuid
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from webapp.web.forms import Listing, Schema, Text, Title, names, unless_empty

MOST_PEOPLE = 32  # in a group, oneself included


Words = Text(2000)
Names = Annotated[list[Text(40)], Field(min_length=1, max_length=MOST_PEOPLE), BeforeValidator(names)]
Id = Annotated[uuid.UUID | None, BeforeValidator(unless_empty)]


class NewConversation(Schema):
    """With whom, by user names or ids; one other is a conversation of two, several are a group. The first words."""

    usernames: Names
    content: Words = ""
    title: Title(100) = ""


class NewMessage(Schema):
    """What is said: words, an uploaded photo, a post; at least one of them."""

    content: Words = ""
    media_id: Id = None
    post_id: Id = None


class MessageForm(Schema):
    """What is said, from a plain form, whose photo is a file."""

    content: Words = ""


class Shared(Schema):
    """To whom a post is sent: into a conversation, or to people by name; and the words beside it."""

    conversation_id: Id = None
    usernames: Annotated[list[Text(40)], Field(max_length=MOST_PEOPLE), BeforeValidator(names)] = []
    content: Words = ""


class ReadUpTo(Schema):
    """The number of the last message that was read."""

    seq: int = Field(ge=0, le=2**62)


class ConversationTitle(Schema):
    """What a group is called; nothing for the names of its people."""

    title: Title(100)


class SomePeople(Schema):
    """People, by user names or ids."""

    usernames: Names


class Conversations(Listing):
    """Which conversations: those one takes part in, or those one is asked to."""

    state: Literal["accepted", "requested"] = "accepted"


class MessageSearch(Listing):
    """What is looked for."""

    q: Text(100, 1)


class MessageSearchPage(Schema):
    """What the page of the search shows."""

    q: Text(100) = ""


class To(Schema):
    """With whom a new conversation begins."""

    to: Text(400) = ""
