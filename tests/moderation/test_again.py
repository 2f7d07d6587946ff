"""What was decided, undone or over once can be decided again, and what is older never turns what is newer."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import make
from webapp.account import sanctions
from webapp.core import clock, db
from webapp.models import Post, Sanction, User

API = "/api/v1"
WHY = {"reason": "Against rule three."}


@pytest.fixture
def world(app, sign_in):
    """Ana, Ben who follows her, Moira, a moderator, and Alma, an admin."""
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    moira, alma = make.user("moira", role="moderator"), make.user("alma", role="admin")
    return ana, sign_in(ana), sign_in(ben), sign_in(moira), sign_in(alma)


def decide(browser, path, **more):
    made = browser.post(f"{API}/moderation/{path}", json={**WHY, **more})
    assert made.status_code == 200, made.text
    make.work()
    return made.json


def found(browser, post):
    return browser.get(f"{API}/posts/{post}").status_code == 200


def test_a_post_that_is_held_again_is_approved_again(world):
    ana, hers, his, mods, _ = world
    assert mods.post(f"{API}/moderation/filters", json={"phrase": "snake oil", "action": "hold"}).status_code == 201
    post = make.post(ana, "A gate")
    for words in ("Snake oil", "Snake oil, and more of it"):
        hers.patch(f"{API}/posts/{post}", json={"caption": "A gate"})
        assert hers.patch(f"{API}/posts/{post}", json={"caption": words}).json["status"] == "held"
        make.work()
        [case] = mods.get(f"{API}/moderation/queue").json["items"]
        decide(mods, f"reports/{case['id']}/resolve", action="approve")
        assert found(his, post)
