"""What background work is asked after a fault: is it going on, and since when."""

from datetime import datetime

from tests import make
from tests.faults.site import Breakable, until
from tests.whole import Script

_PHOTOS = ["jobs.media.process", "jobs.posts.publish"]
_DONE = "SELECT count(*) FROM outbox WHERE job = ANY(%s) AND status = 'done' AND finished_at > %s"


def now(site: Breakable) -> datetime:
    """Return the time by PostgreSQL's clock."""
    return site.sql("SELECT clock_timestamp()")[0][0]


def share(person: Script, photo: bytes | None = None) -> str:
    """Share a photo, however long it will take; returns the post's id."""
    media_id = person.upload(photo or make.photo(320, 240))
    made = person.call("POST", "/posts", json={"media_ids": [media_id], "caption": "For a bad day"})
    assert made.status_code == 202, made.text
    return made.json()["id"]


def works_again(site: Breakable, since: datetime, *, within: float) -> float:
    """Wait until a job of a photo has been done since a moment; returns how many seconds after the call."""
    return until(lambda: site.sql(_DONE, _PHOTOS, since)[0][0], within, "a photo's job is done after the fault")


def published(site: Breakable, *post_ids: str, within: float) -> float:
    """Wait until posts are published; returns how many seconds after the call."""
    waiting = "SELECT id FROM posts WHERE id = ANY(%s::uuid[]) AND status <> 'published'"
    return until(lambda: not site.sql(waiting, list(post_ids)), within, "the posts are published")


def end_jobs(site: Breakable) -> None:
    """Wait until no job is left to do, so that a test begins with an empty queue."""
    until(lambda: not site.sql("SELECT 1 FROM outbox WHERE status IN ('queued', 'running') AND due_at < now()"), 120,
          "the queue is empty")  # fmt: skip
