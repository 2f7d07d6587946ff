"""Some conversations of `demo`: with one person, in a group, and one it has not agreed to yet."""

import uuid
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import update

import jobs
from demo.plan import Plan
from webapp.core import clock, db
from webapp.core.page import Ask
from webapp.messages import actions
from webapp.messages.schemas import NewConversation, NewMessage
from webapp.models import Conversation, Message, Participant
from webapp.posts import queries as posts
from webapp.visibility import Viewer

# What is said, by whom: 0 is `demo`, the others are the conversation's people in their order. The last word is theirs.
_WITH_ONE = (
    (1, "The fog came down as far as the boathouse today."),
    (0, "I saw it from the bus and nearly got off."),
    (1, "You should have. It was gone by nine."),
    (0, "Tomorrow then. I bring coffee, you bring the tripod."),
    (1, "Seven at the jetty. Dress for water."),
)
_TOGETHER = (
    (1, "Who comes along on Sunday? I thought of the old railway bridge."),
    (2, "Me, if somebody lends me a wide lens."),
    (0, "I have one. It has a scratch, but it only shows against the sun."),
    (3, "Against the sun is all I do."),
    (2, "Then we know who gets the other lens."),
)
_ASKED = ((1, "Hello! I like how you see rain. Would you show your prints at our library in March?"),)


def talk(people: dict[int, Viewer], community: Plan) -> None:
    """Let people talk with `demo`: friends whom it follows and who follow it, and a stranger who asks."""
    follows = set(community.follows)
    friends = [other for one, other in community.follows if one == 0 and (other, 0) in follows and other in people]
    stranger = next(number for number in people if number and (0, number) not in follows)
    for others, said, title, hours in (
        (friends[:1], _WITH_ONE, "", 2), (friends[1:4], _TOGETHER, "Sunday walk", 20), ([stranger], _ASKED, "", 5)
    ):  # fmt: skip
        if others:
            jobs.now(partial(_say, [people[0], *(people[one] for one in others)], said, title, hours))


def _say(people: list[Viewer], said: tuple[tuple[int, str], ...], title: str, hours: int) -> None:
    """Let them say these things, the last of them so many hours ago."""
    begins = people[1]
    asked = NewConversation(usernames=[person.username for person in people if person is not begins], title=title)
    conversation_id = actions.begin(begins, asked)[0].id
    if len(said) > 1:
        for person in people:
            if person is not begins:
                actions.accept(person, conversation_id)
    last = clock.now() - timedelta(hours=hours)
    for number, (who, words) in enumerate(said):
        sender = people[min(who, len(people) - 1)]
        _set_back(actions.send(sender, conversation_id, NewMessage(content=words)), last, len(said) - number - 1)
    if said is _WITH_ONE:
        _share_a_post(people[0], begins, conversation_id, last)
    then = {"newest_at": last}
    db.execute(update(Participant).where(Participant.conversation_id == conversation_id).values(then))
    db.execute(update(Conversation).where(Conversation.id == conversation_id).values(updated_at=last))


def _share_a_post(reader: Viewer, sender: Viewer, conversation_id: uuid.UUID, last: datetime) -> None:
    some = posts.public(reader, Ask(limit=3)).items
    if some:
        asked = NewMessage(content="Like this one.", post_id=some[-1].id)
        _set_back(actions.send(sender, conversation_id, asked), last, 0)


def _set_back(message_id: uuid.UUID, last: datetime, steps: int) -> None:
    when = last - timedelta(minutes=4 * steps)
    db.execute(update(Message).where(Message.id == message_id).values(created_at=when))
