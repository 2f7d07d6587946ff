"""What people's devices show while the site is closed: who gets it, what it says, and when it ends."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import jobs
from tests import make, pushes
from webapp.core import clock, db, outbox
from webapp.models import Notification, PushSubscription
from webapp.notifications import push

API = "/api/v1"
table = PushSubscription.__table__


@pytest.fixture
def service(app):
    with pushes.service() as running:
        yield running


@pytest.fixture
def town(service, sign_in):
    """Ana with a post and a phone to which is pushed, Ben and Cleo."""
    ana, ben, cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
    browser, phone = sign_in(ana), service.phone()
    assert browser.post(f"{API}/push/subscriptions", json=phone.json()).status_code == 201
    return ana, ben, cleo, make.post(ana, "The old harbour"), browser, phone


def due() -> None:
    """Let the time come for what waits."""
    with make.unit():
        db.execute(update(table).values(paused_until=None))


def later(hours: float) -> None:
    """Let time pass for what was pushed."""
    with make.unit():
        db.execute(update(Notification).values(pushed_at=Notification.pushed_at - timedelta(hours=hours)))


def rows() -> list:
    with make.unit():
        return list(db.rows(select(table)))


def waiting() -> list:
    """Return the jobs of pushes that are not done: (arguments, when)."""
    box = outbox.Outbox.__table__
    with make.unit():
        found = select(box).where(box.c.job == "jobs.push.send", box.c.status == "queued")
        return list(db.rows(found))


def test_a_comment_is_pushed_with_its_words_and_the_number_for_the_icon(town):
    _, ben, _, post_id, browser, phone = town
    comment = make.comment(ben, post_id, "What light!")
    make.work()
    (said,) = phone.got()
    told = browser.get(f"{API}/notifications").json["items"][0]
    assert said == {
        "title": "@ben commented on your post", "body": "What light!", "url": f"/p/{post_id}#comment-{comment}",
        "tag": f"told-{told['id']}", "read": f"/api/v1/notifications/{told['id']}/read", "badge": 1,
    }  # fmt: skip
    assert browser.post(said["read"]).json["read_at"]
    shown = browser.get(f"{API}/push/subscriptions").json["items"]
    assert [(one["is_current"], bool(one["last_ok_at"])) for one in shown] == [(True, True)]


def test_a_growing_line_is_not_pushed_at_every_turn(town):
    _, ben, cleo, post_id, browser, phone = town
    browser.put(f"{API}/me/notification-settings", json={"like": {"push": True}})
    for person in (ben, cleo):
        make.like(person, post_id)
        make.work()
    assert [said["title"] for said in phone.got()] == ["@ben liked your post"]
    later(1.1)
    make.like(make.user("dora"), post_id)
    make.work()
    assert [said["title"] for said in phone.got()][1:] == ["@dora and 2 others liked your post"]
    first, second = (taken.headers["Topic"] for taken in phone.service.taken)
    assert first == second, "the newer one takes the older one's place"


def test_what_is_not_wanted_read_taken_back_or_out_of_sight_is_not_pushed(town):
    _, ben, cleo, post_id, browser, phone = town
    make.like(ben, post_id)  # not pushed unless wanted
    browser.put(f"{API}/me/notification-settings", json={"comment": {"push": False}, "mention": {"app": False}})
    make.comment(ben, post_id, "Nor this")
    make.comment(cleo, make.post(ben), "Nor you, @ana")
    make.work()
    assert phone.got() == []
    assert browser.get(f"{API}/notifications/count").json["unread"] == 2, "both are told in the app"
    browser.put(f"{API}/me/notification-settings", json={"comment": {"push": True}})
    for undo in (
        lambda: browser.post(f"{API}/notifications/read-all"),
        lambda: browser.post(f"{API}/users/cleo/block"),
        lambda: browser.put(f"{API}/me/notification-settings", json={"reply": {"push": False}}),
    ):
        browser.post(f"{API}/notifications/read-all")
        thread = browser.post(f"{API}/posts/{post_id}/comments", json={"content": "Well?"}).json["id"]
        make.comment(cleo, post_id, "Well.", uuid.UUID(thread))
        make.work(but="jobs.push.send")
        assert len(waiting()) == 1, "it was on its way"
        undo()
        make.work()
        browser.delete(f"{API}/users/cleo/block")
        later(1)
    assert phone.got() == []


def test_it_ends_with_the_session(town, app, sign_in):
    ana, ben, _, post_id, browser, phone = town
    second, tablet = sign_in(ana), phone.service.phone("tablet")
    second.post(f"{API}/push/subscriptions", json=tablet.json())
    make.comment(ben, post_id, "One")
    make.work()
    assert (len(phone.got()), len(tablet.got())) == (1, 1)
    browser.post("/logout")
    later(1)
    make.comment(ben, post_id, "Two")
    make.work()
    assert (len(phone.got()), len(tablet.got())) == (1, 2)
    change = {"current_password": make.PASSWORD, "new_password": "another fine secret"}
    third, desk = sign_in(ana), phone.service.phone("desk")
    third.post(f"{API}/push/subscriptions", json=desk.json())
    assert third.post(f"{API}/auth/password", json=change).status_code in (200, 204)
    assert [row.endpoint for row in rows()] == [desk.json()["endpoint"]]


def test_one_made_by_a_program_ends_with_its_tokens(service, app, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    phone, program = service.phone(), make.bearer(ana)
    assert visitor.post(f"{API}/push/subscriptions", json=phone.json(), headers=program).status_code == 201
    post_id = make.post(ana)
    make.comment(ben, post_id, "One")
    make.work()
    assert len(phone.got()) == 1
    token = program["Authorization"].removeprefix("Bearer ")
    visitor.post(f"{API}/auth/revoke", json={"token": token})
    later(1)
    make.comment(ben, post_id, "Two")
    make.work()
    assert len(phone.got()) == 1
    assert len(rows()) == 1
    with make.unit():
        assert push.sweep() == 1
    assert rows() == []


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_device_that_is_gone_is_forgotten_and_others_are_reached(town, status):
    _, ben, _, post_id, browser, phone = town
    dead = phone.service.phone("dead")
    browser.post(f"{API}/push/subscriptions", json=dead.json())
    phone.service.answers["/dead"] = (status, {})
    make.comment(ben, post_id, "Hello")
    make.work()
    assert len(phone.got()) == 1
    assert [row.endpoint for row in rows()] == [phone.json()["endpoint"]]


def test_a_service_that_wants_us_to_wait_is_left_alone_until_then(town):
    _, ben, _, post_id, _, phone = town
    phone.service.answers["/phone"] = (429, {"Retry-After": "90"})
    make.comment(ben, post_id, "Hello")
    make.work(but="jobs.push.send")
    jobs.run(str(waiting()[0].id))
    (again,) = waiting()
    assert 80 < (again.due_at - clock.now()).total_seconds() <= 90
    asked = phone.service.asked
    jobs.run(str(again.id))  # too early: put off again, nobody is asked
    (again,) = waiting()
    assert phone.service.asked == asked
    assert rows()[0].failures == 1
    phone.service.answers.clear()
    due()
    jobs.run(str(again.id))
    assert [said["body"] for said in phone.got()] == ["Hello"]
    assert (rows()[0].failures, waiting()) == (0, [])


def test_trying_has_an_end(town):
    _, ben, _, post_id, _, phone = town
    phone.service.answers["/phone"] = (503, {})
    make.comment(ben, post_id, "Hello")
    make.work(but="jobs.push.send")
    (entry,) = waiting()
    device, past = entry.arguments[0], clock.now() + timedelta(seconds=20)
    with make.unit():
        push.postpone(uuid.UUID(device), past, ("notification", uuid.uuid4()))
    assert len(waiting()) == 1, "after its time nothing is tried again"
    with make.unit():
        db.execute(update(table).values(failures=19))
        push.postpone(uuid.UUID(device), clock.now() + timedelta(hours=6), ("notification", uuid.uuid4()))
    assert rows() == []


def test_a_job_that_comes_twice_replaces_itself(town):
    _, ben, _, post_id, _, phone = town
    make.comment(ben, post_id, "Hello")
    make.work(but="jobs.push.send")
    (entry,) = waiting()
    jobs.run(str(entry.id))
    with make.unit():
        outbox.enqueue("jobs.push.send", *entry.arguments)
    make.work()
    assert len(phone.got()) == 2
    assert len({said["tag"] for said in phone.got()}) == 1
    assert len({taken.headers["Topic"] for taken in phone.service.taken}) == 1


def test_the_same_browser_again_takes_its_own_place_and_goes_with_whoever_signs_in(town, sign_in):
    _, ben, _, post_id, browser, phone = town
    changed = phone.service.phone()
    changed.auth = b"another sixteen!"
    for _ in range(2):
        assert browser.post(f"{API}/push/subscriptions", json=changed.json()).status_code == 201
    assert [bytes(row.auth) for row in rows()] == [changed.auth]
    his = sign_in(ben)
    his.post(f"{API}/push/subscriptions", json=phone.json())
    make.comment(ben, post_id, "Not to my own device")
    make.work()
    assert phone.got() == []
    body = {"endpoint": phone.json()["endpoint"]}
    assert browser.delete(f"{API}/push/subscriptions", json=body).status_code == 204
    assert len(rows()) == 1, "it is Ben's now"
    for _ in range(2):
        assert his.delete(f"{API}/push/subscriptions", json=body).status_code == 204
    assert rows() == []


def test_ten_devices_are_enough(town):
    _, _, _, _, browser, phone = town
    for number in range(12):
        assert (
            browser.post(f"{API}/push/subscriptions", json=phone.service.phone(f"p{number}").json()).status_code == 201
        )
    found = browser.get(f"{API}/push/subscriptions").json["items"]
    assert len(found) == 10
    assert phone.json()["endpoint"] not in {one["endpoint"] for one in found}


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://10.0.0.1/x"}, {"endpoint": "ftp://push.example.org/x"}, {"endpoint": ""},
        {"endpoint": "https://push.example.org/" + "x" * 2000}, {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": {"p256dh": "A" * 87, "auth": "tBHItJI5svbpez7KI4CUXg"}}, {"keys": None}, {"more": 1},
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(town, change):
    _, _, _, _, browser, phone = town
    push.service._sender[0].local = False
    try:
        body = phone.json() | {"endpoint": "https://push.example.org/x"}
        assert browser.post(f"{API}/push/subscriptions", json=body).status_code == 201
        refused = browser.post(f"{API}/push/subscriptions", json=body | change)
        assert refused.status_code == 422, refused.json
    finally:
        push.service._sender[0].local = True


def test_a_site_without_a_key_says_so(town, monkeypatch):
    _, _, _, _, browser, phone = town
    assert browser.get(f"{API}/push/key").json["public_key"] in browser.get("/settings/notifications").text
    monkeypatch.setattr(push.service._sender[0], "public", "")
    assert browser.get(f"{API}/push/key").json == {"public_key": None}
    assert browser.post(f"{API}/push/subscriptions", json=phone.json()).status_code == 409
    assert "has not set a key" in browser.get("/settings/notifications").text


def test_a_device_is_turned_off_from_another_one_without_scripts(town, sign_in):
    ana, ben, _, _, browser, _ = town
    device = browser.get(f"{API}/push/subscriptions").json["items"][0]["id"]
    path = f"/settings/notifications/devices/{device}/remove"
    assert path in browser.get("/settings/notifications").text
    assert sign_in(ben).post(path).status_code == 404
    other = sign_in(ana)
    assert other.post(path).status_code == 303
    assert "no more pushes" in other.get("/settings/notifications").text
    assert rows() == []
    assert other.post(path).status_code == 404


def test_nobody_without_a_session_subscribes(visitor, service):
    assert visitor.post(f"{API}/push/subscriptions", json=service.phone().json()).status_code == 401
    assert visitor.get(f"{API}/push/subscriptions").status_code == 401
    assert visitor.get(f"{API}/push/key").json["public_key"]
