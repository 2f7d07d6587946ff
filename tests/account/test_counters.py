"""Counters counted anew: what has drifted is told and repaired, what is right is left alone."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from jobs import account, clock
from tests import make
from webapp.account import counters
from webapp.core import db, metrics, outbox, runs
from webapp.models import Comment, CommentLike, Follow, Like, Post, User

TABLES = {"posts": Post, "comments": Comment, "users": User}


@pytest.fixture
def village(app, sign_in):
    """Ana with a post that is liked, passed on and talked about, by some who have left since."""
    ana, ben, cleo, dora = (make.user(name) for name in ("ana", "ben", "cleo", "dora"))
    for one in (ben, cleo, dora):
        make.follow(one, ana)
    post_id = make.post(ana, "Fog")
    make.post(ana, "Rain")
    for one in (ben, cleo, dora):
        make.like(one, post_id)
    make.repost(ben, post_id)
    thread = make.comment(ben, post_id)
    answers = [make.comment(one, post_id, parent=thread) for one in (ana, cleo, dora)]
    sign_in(cleo).post(f"/api/v1/comments/{thread}/like")
    sign_in(dora).post(f"/api/v1/comments/{thread}/like")
    sign_in(ana).delete(f"/api/v1/posts/{post_id}/comments/{answers[0]}")
    assert sign_in(dora).post("/api/v1/me/deactivate", json={"password": make.PASSWORD}).status_code < 300
    make.work()
    with make.unit():
        outbox.enqueue("jobs.account.settle", dora.id)
    make.work()
    return ana, ben, cleo, dora, post_id, thread


def stored() -> dict:
    with make.unit():
        return {
            (part, row.id): {name: getattr(row, name) for name in counters._COUNTED[part]()}
            for part, table in TABLES.items()
            for row in db.rows(select(table.__table__))
        }


def round_of(**options) -> dict[str, int]:
    with make.unit():
        at, drifted = counters.Round(), counters.Counter()
        while True:
            drifted += counters.step(at, **options)
            if not at.part:
                return dict(drifted)


def test_what_people_did_is_counted_rightly_whoever_left_or_deleted(village):
    before = stored()
    assert before[("posts", village[4])] == {"like_count": 2, "repost_count": 1, "comment_count": 2}
    assert before[("comments", village[5])] == {"like_count": 1, "reply_count": 1}
    assert round_of() == {}
    assert stored() == before


def test_what_has_drifted_is_told_and_repaired_in_slices(village, monkeypatch):
    monkeypatch.setattr(counters, "AT_ONCE", 1)
    before = stored()
    with make.unit():
        db.execute(update(Post).values(like_count=90, comment_count=Post.comment_count + 1))
        db.execute(update(Comment).where(Comment.id == village[5]).values(reply_count=0))
        db.execute(update(User).where(User.id == village[0].id).values(follower_count=7, last_activity_seq=None))
    metric = metrics.drift.labels("posts.like_count")._value
    counted = metric.get()
    found = {
        "posts.like_count": 2, "posts.comment_count": 2, "comments.reply_count": 1, "users.follower_count": 1,
        "users.last_activity_seq": 1,
    }  # fmt: skip
    assert round_of(repair=False) == found
    assert stored() != before
    assert clock.run("count") == "done"
    assert stored() == before
    assert metric.get() == counted + 2
    with make.unit():
        (run,) = [row for row in runs.latest(5) if row.name == "count"]
        assert run.done == found
        assert runs.mark("count")["part"] == "", "the round is over"
    assert account.count() == {}, "the next one begins in a day"


def test_a_round_that_was_cut_off_goes_on_where_it_was(village, monkeypatch):
    monkeypatch.setattr(counters, "AT_ONCE", 1)
    monkeypatch.setattr(account, "_COUNTING", -1)  # no time at all: the run ends before its first piece
    assert clock.run("count") == "done"
    moments = iter([0, 0, 0, 9])
    monkeypatch.setattr(account, "_COUNTING", 4)
    monkeypatch.setattr(account, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    clock.run("count")
    with make.unit():
        marked = runs.mark("count")
        second = select(Post.__table__.c.id).order_by(Post.__table__.c.id).offset(1).limit(1)
        assert (marked["part"], marked["after"]) == ("posts", str(db.scalar(second)))


def test_what_counts_although_its_person_left_is_brought_into_line(village):
    ana, _, _, dora, post_id, _ = village
    before = stored()
    with make.unit():
        for table, owner in ((Like, Like.user_id), (Follow, Follow.follower_id), (CommentLike, CommentLike.user_id)):
            db.execute(update(table).where(owner == dora.id).values(counted=True))
        db.execute(update(Post).where(Post.id == post_id).values(like_count=3))
        db.execute(update(User).where(User.id == ana.id).values(follower_count=3))
    assert round_of()["marks"] >= 1
    assert "jobs.account.settle" in make.work()
    round_of()
    assert stored() == before
    assert round_of() == {}
