"""Open pages: what tells them that something happened. Redis carries the word; what happened stands in PostgreSQL.

A word is sent after the commit and may be lost (Redis away, a process killed): an open page then learns of it when
it asks the next time, because what it asks is always "what is new since what I have".
"""

import uuid
from collections.abc import Iterable
from functools import partial

from webapp.core import cache, db

CHANNEL = "live"


def tell(what: str, people: Iterable[uuid.UUID], **facts: object) -> None:
    """Let the open pages of these people know, after this unit's commit, that something happened.

    `what`: messages (somebody wrote, deleted, came, left), typing and read (with `conversation`, `user`; `seq`),
    badges (a number on the frame changed), posts (`author` published; of no use to people who don't follow), medium
    (a photo of theirs got ready or failed; `post` or `story`), end (a session ended; `session`).
    """
    word = {"what": what, "people": [str(person) for person in people], **{k: str(v) for k, v in facts.items()}}
    db.after_commit(partial(cache.publish, CHANNEL, word))
