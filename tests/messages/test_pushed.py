"""Messages on people's devices: that somebody wrote, to whom it is for, and not a word of it unless wanted."""

import pytest

from tests import make, pushes

API = "/api/v1"


@pytest.fixture
def two(app, sign_in):
    """Ana, to whose phone is pushed, and Ben, whom she talks with."""
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ana, ben)
    make.follow(ben, ana)
    talk, browser = make.talk(ben, ana), sign_in(ana)
    with pushes.service() as service:
        phone = service.phone()
        browser.put(f"{API}/me/notification-settings", json={"follow": {"app": False}})
        make.work()
        browser.post(f"{API}/notifications/read-all")
        assert browser.post(f"{API}/push/subscriptions", json=phone.json()).status_code == 201
        yield ana, ben, talk, browser, phone


def settings(browser, **message) -> None:
    assert browser.put(f"{API}/me/notification-settings", json={"message": message}).status_code == 200


def test_a_push_says_who_wrote_and_not_what(two):
    _, ben, talk, _, phone = two
    make.say(ben, talk, "A secret")
    make.work()
    (said,) = phone.got()
    assert said == {
        "title": "@ben wrote to you", "body": "", "url": f"/messages/{talk}", "tag": f"talk-{talk}", "badge": 1,
    }  # fmt: skip
    assert phone.service.taken[0].headers["Urgency"] == "high"


def test_the_words_are_there_for_whoever_wants_that(two):
    _, ben, talk, browser, phone = two
    settings(browser, content=True)
    make.say(ben, talk, "No secret " + "x" * 1900)
    make.work()
    (said,) = phone.got()
    assert said["title"] == "@ben"
    assert said["body"].startswith("No secret x")
    assert len(said["body"]) == 600


@pytest.mark.parametrize("reason", ["read", "deleted", "blocked", "unwanted", "left"])
def test_what_is_over_by_then_is_not_pushed(two, sign_in, reason):
    _, ben, talk, browser, phone = two
    message = make.say(ben, talk, "Well?")
    if reason == "read":
        browser.post(f"{API}/conversations/{talk}/read", json={"seq": 99})
        browser.post(f"{API}/conversations/{talk}/read", json={"seq": 1})
    elif reason == "deleted":
        assert sign_in(ben).delete(f"{API}/messages/{message}").status_code == 204
    elif reason == "blocked":
        browser.post(f"{API}/users/ben/block")
    elif reason == "unwanted":
        settings(browser, push=False)
    else:
        browser.delete(f"{API}/conversations/{talk}")
    make.work()
    assert phone.got() == []


def test_neither_its_sender_nor_who_is_only_asked_gets_one(two, sign_in):
    ana, _, talk, _, phone = two
    make.say(ana, talk, "From me")
    make.talk(make.user("stranger"), ana, content="Buy this")
    make.work()
    assert phone.got() == []


def test_a_group_is_told_as_one_and_its_name_only_with_the_words(two, sign_in):
    ana, ben, _, browser, phone = two
    cleo = make.user("cleo")
    for one, other in ((ana, cleo), (cleo, ana), (ben, cleo), (cleo, ben)):
        make.follow(one, other)
    group = make.talk(ben, ana, cleo, title="Surprise for Dora")
    make.say(ben, group, "Friday?")
    make.work()
    assert phone.got()[-1]["title"] == "@ben wrote to a group"
    settings(browser, content=True)
    make.say(cleo, group, "Saturday.")
    make.work()
    assert (phone.got()[-1]["title"], phone.got()[-1]["body"]) == ("@cleo · Surprise for Dora", "Saturday.")
    assert phone.got()[-1]["badge"] == 1
