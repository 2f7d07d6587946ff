"""The daily mail: wanted, due, new; once; and ended by whoever holds one in the hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

import cron
from jobs import clock as by_clock
from jobs import sweeps
from tests import make
from webapp.core import clock, crypto, db
from webapp.models import Notification, User, UserSettings

API = "/api/v1"
ANA = "ana@example.org"


@pytest.fixture
def two(app, sign_in, letters):
    """Ana who wants the daily mail, Ben who likes her post, her browser and her letter box."""
    ana, ben = make.user("ana"), make.user("ben", display_name="https://example.com")
    post_id = make.post(ana, "A gate")
    browser = sign_in(ana)
    assert browser.put(f"{API}/me/settings", json={"digest": "daily"}).json["digest"] == "daily"
    make.like(ben, post_id)
    make.comment(ben, post_id, "Private words")
    make.work()
    return ana, ben, browser, letters


def due(days=0):
    """Let twenty hours pass, and the day be over for everybody, or have been over days ago."""
    with make.unit():
        before = Notification.latest_at - timedelta(hours=20)
        db.execute(update(Notification).values(latest_at=before))
        db.execute(update(UserSettings).values(digest_due_at=clock.now() - timedelta(days=days, seconds=1)))


def test_nobody_is_mailed_who_did_not_ask(app, sign_in, letters):
    browser = sign_in(make.user("ana"))
    assert browser.get(f"{API}/me/settings").json["digest"] == "off"
    sweeps.digest()
    assert letters.of(ANA) == []


def test_what_is_new_and_unread_is_mailed_once_a_day(two):
    _, _, _, letters = two
    sweeps.digest()
    assert letters.of(ANA) == [], "the first one is due in a day"
    due()
    for _ in range(2):
        sweeps.digest()
    mail = letters.one(ANA)
    text = mail.get_body(("plain",)).get_content()
    assert "@ben commented on your post." in text
    assert "@ben liked your post." in text
    assert "example.com" not in text, "a name that is an address does not speak in our name"
    assert "Private words" not in text, "mails lie about: they say who and what, not the words"
    assert "http://localhost/notifications" in text
    due()
    sweeps.digest()
    assert letters.of(ANA) == [], "nothing is new since then"


def test_it_comes_at_the_same_time_of_the_day_and_after_a_pause_in_a_day(two):
    def next_one():
        with make.unit():
            return db.scalar(select(UserSettings.digest_due_at))

    due()
    was = next_one()
    sweeps.digest()
    assert next_one() == was + timedelta(days=1)
    due(days=5)
    sweeps.digest()
    assert timedelta(hours=23) < next_one() - clock.now() <= timedelta(days=1)


def test_what_is_read_or_may_not_be_seen_is_not_mailed(two):
    _, _, browser, letters = two
    browser.post(f"{API}/users/ben/block")
    due()
    sweeps.digest()
    assert letters.of(ANA) == []
    browser.delete(f"{API}/users/ben/block")
    browser.post(f"{API}/notifications/read-all")
    due()
    sweeps.digest()
    assert letters.of(ANA) == []


@pytest.mark.parametrize("change", [{"email_confirmed_at": None}, {"status": "deactivated"}])
def test_who_is_hidden_or_never_confirmed_the_address_gets_none(two, change):
    ana, _, _, letters = two
    with make.unit():
        db.execute(update(User).where(User.id == ana.id).values(change))
    due()
    sweeps.digest()
    assert letters.of(ANA) == []


def test_a_mail_program_ends_it_with_one_press_signed_out(two, visitor):
    _, _, browser, letters = two
    due()
    sweeps.digest()
    make.work()
    raw = next(letters.folder.glob("*.eml")).read_bytes()
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"\r\nList-Unsubscribe: <http://localhost/unsubscribe/" in raw, "as it is, not encoded"
    address = letters.one(ANA)["List-Unsubscribe"].strip("<>")
    path = address.removeprefix("http://localhost")
    assert visitor.get(path).status_code == 200
    assert browser.get(f"{API}/me/settings").json["digest"] == "daily", "to look is not to press"
    for _ in range(2):
        pressed = visitor.post(
            path, data={"List-Unsubscribe": "One-Click"}, token=False, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert pressed.status_code == 200
        assert "no more daily mails" in pressed.text
    assert browser.get(f"{API}/me/settings").json["digest"] == "off"
    due_none = browser.put(f"{API}/me/settings", json={"digest": "daily"})
    assert due_none.json["digest"] == "daily"


def test_the_link_in_the_text_leads_to_a_button(two, visitor):
    _, _, browser, letters = two
    due()
    sweeps.digest()
    text = letters.one(ANA).get_body(("plain",)).get_content()
    path = text.split("http://localhost/unsubscribe/")[1].split()[0]
    page = visitor.get(f"/unsubscribe/{path}").text
    assert f'action="/unsubscribe/{path}"' in page
    assert "no more daily mails" in visitor.post(f"/unsubscribe/{path}").text
    assert browser.get(f"{API}/me/settings").json["digest"] == "off"


def test_a_made_up_key_ends_nothing(two, visitor):
    ana, _, browser, _ = two
    elsewhere = crypto.b64(crypto.vault().seal("mail:x", ana.id.bytes))
    for key in ("x", "%00", "a" * 59, elsewhere, crypto.b64(ana.id.bytes)):
        assert visitor.get(f"/unsubscribe/{key}").status_code in (400, 404, 422), key
        assert visitor.post(f"/unsubscribe/{key}", token=False).status_code in (400, 404, 422), key
    assert browser.get(f"{API}/me/settings").json["digest"] == "daily"


def test_the_choice_is_a_plain_form(two):
    _, _, browser, _ = two
    assert 'value="daily" checked' in browser.get("/settings/notifications").text
    saved = browser.post("/settings/digest", data={"digest": "off"})
    assert saved.status_code == 303
    page = browser.get(saved.location).text
    assert 'value="off" checked' in page
    assert "No daily mail." in page
    assert browser.post("/settings/digest", data={"digest": "hourly"}).status_code == 422
    assert browser.put(f"{API}/me/settings", json={"digest": None}).json["digest"] == "off"
    for body in ({"digest": "hourly"}, {"colour": "red"}):
        assert browser.put(f"{API}/me/settings", json=body).status_code == 422


def test_asking_again_does_not_put_it_off(two):
    _, _, browser, letters = two
    due()
    browser.put(f"{API}/me/settings", json={"digest": "daily"})
    sweeps.digest()
    assert len(letters.of(ANA)) == 1


def test_the_clock_calls_it():
    assert by_clock.JOBS["digests"] is sweeps.digest
    assert cron.SCHEDULE["digests"] <= 300
