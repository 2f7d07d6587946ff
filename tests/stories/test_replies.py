"""Answers to stories land in the conversation with their author."""

import io

from sqlalchemy import func, update

from tests import make
from tests.browsing import HTMX
from tests.stories.test_api import API, over
from webapp.core import db
from webapp.models import Story


def last(browser) -> dict:
    """Return the last message of the newest conversation."""
    return browser.get(f"{API}/conversations").json["items"][0]["last_message"]


def test_an_answer_is_a_message_to_the_author(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    make.follow(ana, ben)
    story_id = make.story(ana, "Fog")
    browser, his = sign_in(ana), sign_in(ben)
    made = his.post(f"{API}/stories/{story_id}/reply", json={"content": "Where is this?"})
    assert made.status_code == 201
    assert made.json["story_id"] == str(story_id)
    assert last(browser)["content"] == "Where is this?"
    assert last(browser)["story_id"] == str(story_id)
    assert browser.post(f"{API}/stories/{story_id}/reply", json={"content": "Me"}).status_code == 403
    key = {"Idempotency-Key": "once"}
    twice = [his.post(f"{API}/stories/{story_id}/reply", json={"content": "Hm"}, headers=key).json for _ in range(2)]
    assert twice[0]["id"] == twice[1]["id"]
    for body in ({}, {"content": ""}, {"content": "x" * 2001}, {"content": "x", "more": 1}):
        assert his.post(f"{API}/stories/{story_id}/reply", json=body).status_code == 422


def test_the_form_below_a_story_sends_it(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    make.follow(ana, ben)
    story_id = make.story(ana)
    his, path = sign_in(ben), f"/stories/{story_id}/reply"
    assert f'action="{path}"' in his.get(f"/stories/ana/{story_id}").text
    assert f'action="{path}"' not in sign_in(ana).get(f"/stories/ana/{story_id}").text
    sent = his.post(path, data={"content": "By a form"})
    assert (sent.status_code, sent.location) == (303, f"/stories/ana/{story_id}")
    assert last(sign_in(ana))["content"] == "By a form"
    talk = his.get(f"/messages/{his.get(f'{API}/conversations').json['items'][0]['id']}").text
    assert f'href="/stories/ana/{story_id}"' in talk
    part = his.post(path, data={"content": "By htmx"}, headers=HTMX)
    assert "Sent to @ana" in part.text
    assert "<html" not in part.text
    wrong = his.post(path, data={"content": "x" * 2001})
    assert wrong.status_code == 422
    assert "At most 2,000 characters" in wrong.text
    wrong = his.post(path, data={"content": "x" * 2001}, headers=HTMX)
    assert wrong.text.startswith('<form id="story-reply"')


def test_a_form_that_is_sent_twice_answers_and_shares_once(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    his, path = sign_in(ben), f"/stories/{make.story(ana)}/reply"
    for words in ("Once", "Once", "Another"):
        assert his.post(path, data={"content": words, "key": "k"}).status_code == 303
    talk = his.get(f"{API}/conversations").json["items"][0]["id"]
    said = [message["content"] for message in his.get(f"{API}/conversations/{talk}/messages").json["items"]]
    assert said == ["Another", "Once"]
    for _ in range(2):
        form = {"photo": (io.BytesIO(make.photo()), "a.jpg"), "audience": "followers", "key": "k"}
        assert his.post("/new/story", data=form, content_type="multipart/form-data").status_code == 303
    make.work()
    assert len(his.get(f"{API}/users/me/stories").json["items"]) == 1


def test_what_one_may_not_see_can_not_be_answered(app, sign_in):
    ana, ben, dan = make.user("ana"), make.user("ben"), make.user("dan")
    make.follow(ben, ana)
    close, plain = make.story(ana, audience="close_friends"), make.story(ana)
    for person, story_id in ((ben, close), (dan, plain), (dan, close)):
        answer = sign_in(person).post(f"{API}/stories/{story_id}/reply", json={"content": "Let me in"})
        assert answer.status_code == 404
    over()
    assert sign_in(ben).post(f"{API}/stories/{plain}/reply", json={"content": "Late"}).status_code == 404
    with make.unit():
        db.execute(update(Story).values(expires_at=func.now() + func.make_interval(0, 0, 0, 0, 1)))
    assert sign_in(ben).post(f"{API}/users/ana/block").status_code == 200
    assert sign_in(ben).post(f"{API}/stories/{plain}/reply", json={"content": "Blocked"}).status_code == 404
