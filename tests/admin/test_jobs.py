"""The queue: what admins see of it, starting again, throwing away; with Redis and without."""

import uuid

import pytest
from sqlalchemy import select, update

import jobs
from tests import make
from webapp.core import cache, clock, db, outbox
from webapp.core.outbox import Outbox
from webapp.models import AuditEntry, Post

API = "/api/v1/admin/jobs"


@pytest.fixture
def ada(app, sign_in):
    """An admin's browser."""
    browser = sign_in(make.user("ada", role="admin"))
    with make.unit():
        db.execute(update(Outbox).values(status="done", finished_at=clock.now()))
    return browser


def failed(name: str = "jobs.posts.publish", *arguments) -> uuid.UUID:
    """Leave a job that failed for good."""
    with make.unit():
        job_id = outbox.enqueue(name, *(arguments or (uuid.uuid4(),)))
        values = {"status": "failed", "attempts": 4, "finished_at": clock.now()}
        db.execute(
            update(Outbox).where(Outbox.id == job_id).values(error="ValueError: no" + outbox.TRACE + "line 3", **values)
        )
    return job_id


def state(job_id: uuid.UUID) -> str | None:
    with make.unit():
        return db.scalar(select(Outbox.status).where(Outbox.id == job_id))


def noted(action: str) -> int:
    with make.unit():
        return len(db.rows(select(AuditEntry.seq).where(AuditEntry.action == action)))


def test_the_queue_is_told_by_state_and_name(app, ada):
    job_id = failed()
    with make.unit():
        outbox.enqueue("jobs.search.fill_posts")
    told = ada.get(API).json
    assert told["depth"] == {"queued": 1, "running": 0, "failed": 1}
    assert {(one["job"], one["status"]): one["total"] for one in told["by_job"]} == {
        ("jobs.posts.publish", "failed"): 1, ("jobs.search.fill_posts", "queued"): 1,
    }  # fmt: skip
    assert told["oldest_waiting_at"]
    assert told["workers"] == []
    (item,) = told["items"]
    assert (item["id"], item["error"], item["trace"]) == (str(job_id), "ValueError: no", "line 3")
    assert ada.get(f"{API}/{job_id}").json == item
    assert [one["job"] for one in ada.get(f"{API}?status=queued").json["items"]] == ["jobs.search.fill_posts"]
    page = ada.get("/admin/jobs").text
    assert "No worker is running" in page
    assert f'value="{job_id}"' in page
    assert "line 3" in ada.get(f"/admin/jobs/{job_id}").text
    assert ada.get(f"{API}/{uuid.uuid4()}").status_code == 404


def test_a_job_that_is_started_again_is_really_done(app, ada):
    ben = make.user("ben")
    post_id = make.post(ben, published=False)
    with make.unit():
        waiting = select(Outbox.id).where(Outbox.job == "jobs.posts.publish", Outbox.status == "queued")
        job_id = db.scalar(waiting)
        db.execute(update(Outbox).where(Outbox.id == job_id).values(status="failed", attempts=4))
    answer = ada.post(f"{API}/{job_id}/retry")
    assert (answer.status_code, answer.json["status"], answer.json["attempts"]) == (200, "queued", 0)
    assert str(job_id) in outbox.queue("photos").job_ids, "the message is on its way"
    again = ada.post(f"{API}/{job_id}/retry")
    assert again.status_code == 409
    assert noted("retry_job") == 1
    assert jobs.run(str(job_id)) in ("done", "postponed")
    with make.unit():
        assert db.scalar(select(Post.id).where(Post.id == post_id))
    assert state(job_id) in ("done", "queued")


def test_a_failure_keeps_where_it_happened_and_no_values(app, ada, monkeypatch):
    def wrong(*_names):
        raise ValueError("no such thing\nsecret=hunter2")

    monkeypatch.setattr(jobs, "resolve", lambda _path: wrong)
    with make.unit():
        job_id = outbox.enqueue("jobs.posts.publish", uuid.uuid4())
    assert [jobs.run(str(job_id)) for _ in range(3)] == ["retrying"] * 3
    with pytest.raises(ValueError, match="no such thing"):
        jobs.run(str(job_id))
    shown = ada.get(f"{API}/{job_id}").json
    assert (shown["status"], shown["error"]) == ("failed", "ValueError: no such thing")
    assert "in wrong" in shown["trace"]
    assert "hunter2" not in shown["error"] + shown["trace"].replace(
        'raise ValueError("no such thing\\nsecret=hunter2")', ""
    )


def test_several_are_started_again_by_one_form(app, ada):
    ids = [failed() for _ in range(3)]
    page = ada.post("/admin/jobs/retry", data={"job": [str(ids[0]), str(ids[1])]})
    assert (page.status_code, page.location) == (303, "/admin/jobs")
    assert [state(job_id) for job_id in ids] == ["queued", "queued", "failed"]
    assert ada.post(f"{API}/retry", json={"job": [str(one) for one in ids]}).json == {"retried": 1}
    nothing = ada.post("/admin/jobs/retry", data={})
    assert nothing.status_code == 422
    assert "Tick the jobs" in nothing.text
    assert ada.post(f"{API}/retry", json={"job": ["x"]}).status_code == 404


def test_a_job_is_thrown_away_unless_it_runs(app, ada):
    job_id, other = failed(), failed()
    assert ada.delete(f"{API}/{job_id}").status_code == 204
    assert state(job_id) is None
    assert ada.delete(f"{API}/{job_id}").status_code == 404
    with make.unit():
        db.execute(update(Outbox).where(Outbox.id == other).values(status="running"))
    assert ada.delete(f"{API}/{other}").status_code == 409
    with make.unit():
        db.execute(update(Outbox).where(Outbox.id == other).values(status="queued"))
    assert ada.post(f"/admin/jobs/{other}/discard").status_code == 303
    assert noted("discard_job") == 2


def test_without_redis_the_queue_is_still_told_and_started_again(app, ada, monkeypatch):
    job_id = failed()
    held = make.bearer(make.user("eve", role="admin"))
    away = cache.Cache("redis://127.0.0.1:1", 0.1)
    monkeypatch.setitem(cache._cache, 0, away) if isinstance(cache._cache, dict) else monkeypatch.setattr(
        cache, "_cache", [away]
    )
    browser = app.test_client()
    told = browser.get(API, headers=held)
    assert told.status_code == 200
    assert told.json["workers"] is None
    assert browser.post(f"{API}/{job_id}/retry", headers=held).status_code == 200
    assert state(job_id) == "queued", "the sweeper will send it"
