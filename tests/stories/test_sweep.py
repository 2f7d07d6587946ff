"""What is over is removed: rows and objects; what is kept stays, and what can't be removed holds nothing up."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

import cron
from jobs import clock
from jobs import stories as job
from tests import make
from tests.account.test_erasing import objects
from tests.stories.test_api import API, over
from webapp.core import db
from webapp.models import Media, Story, StoryView
from webapp.stories import actions


def ids() -> set:
    with make.unit():
        return {row.id for row in db.rows(select(Story.__table__.c.id))}


def test_it_is_called_every_hour():
    assert clock.JOBS["stories"] is job.sweep
    assert cron.SCHEDULE["stories"] <= 3600


def test_what_is_over_goes_with_its_objects_and_what_is_kept_stays(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    browser = sign_in(ana)
    form = {"photo": (io.BytesIO(make.photo()), "a.jpg")}
    real = browser.post(f"{API}/stories", data=form, content_type="multipart/form-data").json
    make.work()
    real = browser.get(f"{API}/stories/{real['id']}").json
    sign_in(ben).post(f"{API}/stories/{real['id']}/view")
    kept, running = make.story(ana), make.story(ana)
    body = {"title": "Kept", "story_ids": [str(kept)]}
    highlight = browser.post(f"{API}/highlights", json=body).json["id"]
    assert [key for key in objects() if real["media"]["id"] in key]
    over(kept)
    over(real["id"])

    assert job.sweep() == 1
    make.work()
    assert ids() == {kept, running}
    assert not [key for key in objects() if real["media"]["id"] in key]
    with make.unit():
        assert db.row(select(Media.__table__).where(Media.id == real["media"]["id"])) is None
        assert db.row(select(StoryView.__table__)) is None
    assert job.sweep() == 0

    browser.delete(f"{API}/highlights/{highlight}")
    assert job.sweep() == 1
    assert ids() == {running}


def test_deleted_and_failed_ones_go_after_a_day(app):
    ana = make.user("ana")
    deleted, failed, fresh = make.story(ana), make.story(ana, ready=False), make.story(ana)
    with make.unit():
        actions.delete(ana.viewer, deleted)
        actions.delete(ana.viewer, fresh)
        db.execute(update(Story).where(Story.id == failed).values(status="failed"))
    assert job.sweep() == 0
    with make.unit():
        late = func.now() - timedelta(hours=25)
        db.execute(update(Story).where(Story.id == deleted).values(deleted_at=late))
        db.execute(update(Story).where(Story.id == failed).values(created_at=late))
    assert job.sweep() == 2
    assert ids() == {fresh}


@pytest.mark.parametrize("its_author", ["lets it end", "deletes it"])
def test_what_was_reported_stays_until_moderators_have_decided(app, sign_in, its_author):
    ana, ben, mod = make.user("ana"), make.user("ben"), make.user("mod", role="moderator")
    make.follow(ben, ana)
    story = make.story(ana, "Unkind words")
    body = {"target_type": "story", "target_id": str(story), "reason": "harassment"}
    assert sign_in(ben).post(f"{API}/reports", json=body).status_code == 201
    if its_author == "deletes it":
        assert sign_in(ana).delete(f"{API}/stories/{story}").status_code == 204
        with make.unit():
            db.execute(update(Story).values(deleted_at=func.now() - timedelta(hours=25)))
    over(story)

    assert job.sweep() == 0
    assert sign_in(ben).get(f"{API}/stories/{story}").status_code == 404, "for moderators alone"
    moderator = sign_in(mod)
    [case] = moderator.get(f"{API}/moderation/queue").json["items"]
    assert case["target"]["excerpt"] == "Unkind words"
    decided = {"action": "warn", "reason": "Be kind."}
    assert moderator.post(f"{API}/moderation/reports/{case['id']}/resolve", json=decided).status_code == 200
    assert job.sweep() == 1
    assert ids() == set()


def test_one_that_can_not_be_removed_holds_none_up(app, monkeypatch):
    ana = make.user("ana")
    made = [make.story(ana) for _ in range(5)]
    over()
    with make.unit():
        stuck = db.scalar(select(Story.media_id).where(Story.id == made[0]))
    whole = actions.remove

    def remove(media_id):
        if media_id == stuck:
            raise RuntimeError("This one does not want to go.")
        return whole(media_id)

    monkeypatch.setattr(actions, "_AT_ONCE", 2)
    monkeypatch.setattr(actions, "remove", remove)
    assert job.sweep() == 4
    assert ids() == {made[0]}
    monkeypatch.undo()
    assert job.sweep() == 1


def test_what_was_put_into_a_highlight_at_the_last_moment_stays(app, sign_in):
    ana = make.user("ana")
    story_id = make.story(ana)
    over()
    with make.unit():
        [media_id] = actions.due()
        db.execute(update(Story).values(expires_at=func.now() + timedelta(hours=1)))
    body = {"title": "Just so", "story_ids": [str(story_id)]}
    assert sign_in(ana).post(f"{API}/highlights", json=body).status_code == 201
    over()
    with make.unit():
        assert actions.remove(media_id) is False
    assert ids() == {story_id}
