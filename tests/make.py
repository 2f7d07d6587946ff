"""People and what they made, for tests that read as sentences."""

import io
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image
from sqlalchemy import create_engine, select, text, update

import jobs
from webapp.auth import actions as auth
from webapp.auth import tokens
from webapp.auth.schemas import Registration
from webapp.comments import actions as comments
from webapp.comments.schemas import NewComment
from webapp.core import db, outbox, sessions
from webapp.graph import actions as graph
from webapp.graph import circles
from webapp.media.placeholder import PALETTE
from webapp.messages import actions as messages
from webapp.messages.schemas import NewConversation, NewMessage
from webapp.models import Media, Sanction, User
from webapp.posts import actions as posts
from webapp.posts import reactions
from webapp.posts.schemas import NewPost
from webapp.stories import actions as stories
from webapp.stories.schemas import NewStory
from webapp.visibility import Viewer

factory: list[Any] = [None]
PASSWORD = "a very fine secret"


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: uuid.UUID
    username: str

    @property
    def viewer(self) -> Viewer:
        """The person as the one who asks."""
        return Viewer(self.id, self.username, role="user")


@contextmanager
def unit():
    """Open a unit of work that is kept (until the test is over)."""
    with db.unit(make=factory[0]) as opened:
        yield opened
        opened.transaction.commit()
        db.run_after_commit()


def user(name: str, *, private: bool = False, role: str = "user", **profile: Any) -> Person:
    """Make somebody with an account."""
    with unit():
        asked = Registration(username=name, email=f"{name}@example.org", password=PASSWORD)
        user_id = auth.register(asked, role=role, trusted=True)
        if private or profile:
            db.execute(update(User).where(User.id == user_id).values(is_private=private, **profile))
    return Person(user_id, name)


def session(person: Person, *, stay: bool = False) -> str:
    """Sign somebody in; returns the key for the cookie."""
    with unit():
        return sessions.start(person.id, stay=stay, device="Tests", address="127.0.0.1")[1]


def bearer(person: Person, *scopes: str) -> dict[str, str]:
    """Return the headers of a program that acts for somebody."""
    with unit():
        made = tokens.issue(person.id, name="tests", scopes=list(scopes) or ["read", "write"])
    return {"Authorization": f"Bearer {made.access_token}"}


def follow(follower: Person, followee: Person) -> None:
    """Let somebody follow somebody."""
    with unit():
        graph.follow(follower.viewer, followee.username)


def media(owner: Person, *, status: str = "ready", purpose: str = "post", **values: Any) -> uuid.UUID:
    """Make a photo's row, without objects in storage."""
    with unit():
        row = Media(
            owner_id=owner.id, purpose=purpose, status=status, content_type="image/jpeg", size=1000,
            width=1200, height=800, placeholder=PALETTE[12], **values,
        )  # fmt: skip
        db.add(row)
        return row.id


def post(author: Person, caption: str = "", *, photos: int = 1, published: bool = True, **values: Any) -> uuid.UUID:
    """Make a post whose photos have rows but no objects."""
    chosen = [media(author) for _ in range(photos)]
    with unit():
        made = posts.create(author.viewer, NewPost(media_ids=chosen, caption=caption, **values))
    if published:
        with unit():
            publish(made.id)
            waiting = update(outbox.Outbox).where(~outbox.Outbox.job.startswith("jobs.notifications."))
            db.execute(waiting.values(status="done"))
    return made.id


def story(author: Person, caption: str = "", *, audience: str = "followers", ready: bool = True) -> uuid.UUID:
    """Make a story whose photo has a row but no objects."""
    chosen = media(author, purpose="story", status="ready" if ready else "processing")
    with unit():
        return stories.create(author.viewer, NewStory(media_id=chosen, caption=caption, audience=audience)).id


def befriend(person: Person, friend: Person) -> None:
    """Let somebody count somebody among the close friends."""
    with unit():
        circles.add_close_friend(person.viewer, friend.username)


def publish(post_id: uuid.UUID) -> None:
    """Publish a post as if its photos had been copied out."""
    keys = select(Media.public_key).where(Media.post_id == post_id)
    posts.publish(post_id, [row.public_key for row in db.rows(keys)])


def comment(
    author: Person, post_id: uuid.UUID, content: str = "Fine light.", parent: uuid.UUID | None = None
) -> uuid.UUID:
    """Let somebody comment."""
    with unit():
        return comments.create(author.viewer, post_id, NewComment(content=content, parent_id=parent))


def sanction(
    kind: str, person: Person, reason: str, target: tuple[str, uuid.UUID] | None = None, **values: Any
) -> Sanction:
    """Make the row of what was decided about somebody, or about something of theirs, without its effects."""
    of_what, which = target or ("user", person.id)
    return Sanction(kind=kind, target_type=of_what, target_id=which, user_id=person.id, reason=reason, **values)


def like(person: Person, post_id: uuid.UUID) -> None:
    """Let somebody like a post."""
    with unit():
        reactions.like(person.viewer, post_id)


def repost(person: Person, post_id: uuid.UUID) -> None:
    """Let somebody pass a post on."""
    with unit():
        reactions.repost(person.viewer, post_id)


def talk(person: Person, *others: Person, content: str = "", title: str = "") -> uuid.UUID:
    """Let somebody begin a conversation, or go on with it. Returns its id."""
    names = [other.username for other in others]
    with unit():
        return messages.begin(person.viewer, NewConversation(usernames=names, content=content, title=title))[0].id


def say(person: Person, conversation_id: uuid.UUID, content: str = "Hello.", **what: Any) -> uuid.UUID:
    """Let somebody say something. Returns the message's id."""
    with unit():
        return messages.send(person.viewer, conversation_id, NewMessage(content=content, **what))


def photo(width: int = 640, height: int = 480, colour: str = "#7a5c3e", kind: str = "JPEG", **options: Any) -> bytes:
    """Draw a photo."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind, **options)
    return file.getvalue()


def let_analyze(app: Any) -> None:
    """Let the application's role bring statistics up to date: ANALYZE skips what belongs to another one."""
    owner = create_engine(app.config["SETTINGS"].migration_database_url)
    with owner.begin() as connection:
        connection.execute(text("GRANT pg_maintain TO tintype_app"))
    owner.dispose()


def plan(read: Callable[[], Any], *, seqscan: bool = True) -> str:
    """Explain the SELECTs that a read sends, as they were sent. Without `seqscan` PostgreSQL avoids reading tables."""
    with unit():
        with db.watched() as sent:
            read()
        db.execute(text(f"SET LOCAL enable_seqscan = {'on' if seqscan else 'off'}"))
        raw = db.current().connection.connection.cursor()
        lines: list[str] = []
        for statement, values in [one for one in sent if "SELECT" in one[0]]:
            raw.execute(f"EXPLAIN {statement}", values)
            lines += [line for (line,) in raw.fetchall()]
        return "\n".join(lines)


def tell(verb: str, kind: str, actor: uuid.UUID, subject: uuid.UUID) -> None:
    """Send a job of notifications and do it."""
    with unit():
        job_id = outbox.enqueue(f"jobs.notifications.{verb}", kind, actor, subject)
    jobs.run(str(job_id))


def work(*, but: str = "") -> list[str]:
    """Do all jobs that wait, as the worker would, until none is left (`but` those of one name). Returns their names."""
    done: list[str] = []
    while True:
        with unit():
            queued = select(outbox.Outbox.id, outbox.Outbox.job).where(outbox.Outbox.status == "queued")
            waiting = db.rows(queued.where(outbox.Outbox.job != but).order_by(outbox.Outbox.id))
        if not waiting:
            return done
        for job_id, name in waiting:
            done.append(name)
            jobs.run(str(job_id))
