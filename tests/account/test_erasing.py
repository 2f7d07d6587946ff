"""A deleted account: a week to think, then nothing of it is left in any table or bucket, and all of others' is."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, select, update

import jobs
from jobs import account
from jobs import clock as clock_jobs
from tests import make
from tests.account.moderated import moderate
from tests.auth.test_passkeys import add as add_passkey
from tests.authenticator import Device
from webapp.account import erasure
from webapp.core import clock, db, outbox, storage
from webapp.core.errors import Unavailable
from webapp.models import Comment, Media, Post, User

API = "/api/v1"
KEY = {"Idempotency-Key": "quinkey"}
# Tables in which nothing is about one person.
IMPERSONAL = {"retired_names", "sign_in_failures", "outbox", "post_tags"}


def over(name: str = "") -> None:
    """Let the days be over."""
    with make.unit():
        db.execute(update(outbox.Outbox).values(finished_at=outbox.Outbox.finished_at - timedelta(days=8)))
        outbox.sweep()
        late = update(User).where(User.delete_at.is_not(None)).values(delete_at=clock.now() - timedelta(seconds=1))
        db.execute(late.where(User.username == name) if name else late)


def stored() -> set[tuple[str, str]]:
    """Return bucket and key of all objects."""
    here, found = storage.here(), set()
    for bucket in (here.access.private, here.access.public):
        listed = here.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        found |= {(bucket, item["Key"]) for page in listed for item in page.get("Contents", ())}
    return found


def objects() -> list[str]:
    """Return the keys of all objects in both buckets."""
    return [key for _, key in stored()]


def put_back(kept: dict[tuple[str, str], bytes]) -> None:
    """Let the buckets hold what they held, and nothing else."""
    client, now = storage.here().client, stored()
    for bucket, key in now - kept.keys():
        client.delete_object(Bucket=bucket, Key=key)
    for bucket, key in kept.keys() - now:
        client.put_object(Bucket=bucket, Key=key, Body=kept[bucket, key])


def contents() -> dict[str, str]:
    """Return every table, all columns, as text."""
    with make.unit():
        return {
            table.name: "\n".join(repr(tuple(row)) for row in db.rows(select(table)))
            for table in User.metadata.sorted_tables
        }


def references(user_id) -> set[str]:
    """Return the tables that hold a row about a person."""
    with make.unit():
        return {
            table.name
            for table in User.metadata.sorted_tables
            for key in table.foreign_keys
            if key.column.table is User.__table__
            and db.row(select(table).where(key.parent == user_id).limit(1)) is not None
        }


def upload(browser, path: str, **more) -> None:
    form = {"photo": (make.io.BytesIO(make.photo()), "a.jpg"), **more}
    assert browser.post(path, data=form, content_type="multipart/form-data").status_code == 303


def stories(browser, his, quin) -> None:
    """Let her share a story that Ben sees and she keeps, see and answer his, and ask to follow somebody."""
    make.user("shy", private=True)
    assert browser.post(f"{API}/users/shy/follow").status_code == 200
    upload(browser, "/new/story", caption="Quinstory", alt="Quinstoryalt")
    make.work()
    [own] = browser.get(f"{API}/users/me/stories").json["items"]
    assert his.post(f"{API}/stories/{own['id']}/view").status_code == 200
    kept = {"title": "Quinhighlight", "story_ids": [own["id"]], "cover_id": own["id"]}
    assert browser.post(f"{API}/highlights", json=kept).status_code == 201
    with make.unit():
        ben = db.row(select(User.__table__.c.id).where(User.__table__.c.username == "ben")).id
    theirs = make.story(make.Person(ben, "ben"), "Ben's own")
    assert browser.post(f"{API}/stories/{theirs}/view").status_code == 200
    assert browser.post(f"{API}/stories/{theirs}/reply", json={"content": "Quinanswer"}).status_code == 201


def talk_with(browser, his) -> None:
    """Let both talk, by themselves and in a group with somebody else, and send each other photos."""
    make.user("third")
    two = browser.post(f"{API}/conversations", json={"usernames": ["ben"], "content": "Quinsecret"}).json["id"]
    his.post(f"{API}/conversations/{two}/accept")
    group = browser.post(f"{API}/conversations", json={"usernames": ["ben", "third"], "title": "Walk"}).json["id"]
    for one, words in ((browser, "Quinphoto"), (his, "Ben in the group")):
        for talk in (two, group):
            upload(one, f"/messages/{talk}", content=words)


def choose(browser) -> None:
    """Let her set something of what can be set, and have her phone told."""
    assert browser.put(f"{API}/me/notification-settings", json={"like": {"app": False}}).status_code == 200
    assert browser.put(f"{API}/me/settings", json={"digest": "daily"}).status_code == 200
    assert browser.post(f"{API}/tags/quinfollowed/follow").status_code == 200
    keys = {"p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
            "auth": "tBHItJI5svbpez7KI4CUXg"}  # fmt: skip
    subscription = {"endpoint": "https://push.example.org/quinpush", "keys": keys}
    assert browser.post(f"{API}/push/subscriptions", json=subscription).status_code == 201


@pytest.fixture(scope="module")
def made(lasting, sign_in):
    """Quintilia, who has one of everything, Ben, with whom she shares it, his post, and all objects."""
    quin, ben = make.user("quintilia_old"), make.user("ben")
    browser, his = sign_in(quin), sign_in(ben)
    browser.patch(f"{API}/users/me", json={"username": "quintilia", "bio": "Quinbio", "display_name": "Quinname"})
    upload(browser, "/new", caption="Quincaption #quintag", location="Quinplace", alt="Quinalt")
    upload(browser, "/settings/profile/avatar")
    make.work()
    with make.unit():
        own = db.row(select(Post.__table__.c.id).where(Post.__table__.c.author_id == quin.id)).id
    theirs = make.post(ben, "Ben's own")
    make.follow(quin, ben)
    make.follow(ben, quin)
    for one, other in ((browser, theirs), (his, own)):
        for verb in ("like", "save"):
            assert one.post(f"{API}/posts/{other}/{verb}").status_code == 200
    thread = browser.post(f"{API}/posts/{theirs}/comments", json={"content": "Quinwords"}, headers=KEY).json["id"]
    answer = {"content": "Ben answers", "parent_id": thread}
    assert his.post(f"{API}/posts/{theirs}/comments", json=answer).status_code == 201
    mine = his.post(f"{API}/posts/{theirs}/comments", json={"content": "Ben's own words"}).json["id"]
    assert browser.post(f"{API}/comments/{mine}/like").status_code == 200
    assert browser.post(f"{API}/users/{make.user('foe').username}/block").status_code == 200
    for verb in ("mute", "restrict", "close-friend"):
        assert browser.post(f"{API}/users/{make.user(verb.replace('-', '_')).username}/{verb}").status_code == 200
    assert browser.post(f"{API}/posts/{theirs}/repost").status_code == 200
    assert his.post(f"{API}/posts/{own}/repost").status_code == 200
    assert his.patch(f"{API}/posts/{theirs}", json={"tagged": ["quintilia"]}).status_code == 200
    assert browser.post(f"{API}/me/saved/folders", json={"name": "Quinfolder"}).status_code == 201
    talk_with(browser, his)
    make.work()
    choose(browser)
    stories(browser, his, quin)
    begun = browser.post(f"{API}/media/uploads", json={
        "filename": "x.jpg", "content_type": "image/jpeg", "size": 9, "purpose": "post"
    })  # fmt: skip
    assert begun.status_code == 201
    secret = browser.post(f"{API}/auth/totp", json={"password": make.PASSWORD}).json["secret"]
    browser.post(f"{API}/auth/totp/confirm", json={"code": pyotp.TOTP(secret).now()})
    assert add_passkey(browser, Device()).status_code == 201
    browser.post(f"{API}/auth/email", json={"email": "quinnew@example.org", "password": make.PASSWORD})
    make.bearer(quin)
    make.work()
    moderate(quin, ben)
    client = storage.here().client
    return quin, ben, theirs, {(b, key): client.get_object(Bucket=b, Key=key)["Body"].read() for b, key in stored()}


@pytest.fixture
def everything(made, sign_in):
    """Quintilia with a browser, Ben's, and his post, as they were made, whatever other tests erased."""
    quin, ben, theirs, kept = made
    put_back(kept)
    return quin, sign_in(quin), sign_in(ben), theirs


def ask(browser) -> None:
    assert browser.delete(f"{API}/me", json={"password": make.PASSWORD}).status_code == 204


def test_nothing_is_left_of_a_deleted_account(app, everything):
    quin, browser, his, theirs = everything
    every = {
        table.name
        for table in User.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is User.__table__
    }
    browser.post(f"{API}/auth/passkeys/options")  # leaves a challenge
    browser.post(f"{API}/auth/email/resend")  # leaves a mail that waits
    assert every - references(quin.id) - IMPERSONAL == set(), "make one of this, too"
    with make.unit():
        rows = db.rows(select(Media.__table__).where(Media.__table__.c.owner_id == quin.id))
        assert len(rows) == 6
    marks = [str(quin.id), quin.id.hex, "quin"]
    marks += [mark for row in rows for mark in (str(row.id), row.public_key)]
    before = set(objects())
    for row in rows:
        if row.status == "ready":
            assert any(str(row.id) in key for key in before)
            assert row.purpose in ("story", "message") or any(row.public_key in key for key in before)

    ask(browser)
    with make.unit():
        now = db.rows(select(Media.__table__).where(Media.__table__.c.owner_id == quin.id))
    marks += [row.public_key for row in now]
    make.work(but="jobs.mail.send")
    over()
    account.erase()

    left = contents()
    assert str(quin.id) in left.pop("audit_entries"), "the record of what moderators did names an id, and stays"
    found = {name: mark for name, text in left.items() for mark in marks if mark in text.replace("quinkey", "quin")}
    assert found == {}
    gone = {key for key in before if any(mark in key for mark in marks)}
    assert len(gone) > 20
    assert not [key for key in objects() if any(mark in key for mark in marks)]
    # and what is Ben's is all there, with the right numbers
    assert before - gone <= set(objects())
    shown = his.get(f"{API}/posts/{theirs}").json
    assert shown["caption"] == "Ben's own"
    assert shown["counts"] == {"likes": 0, "comments": 1, "reposts": 0}
    assert shown["tagged"] == []
    talk = his.get(f"{API}/posts/{theirs}/comments").json["items"]
    assert [item["content"] for item in talk] == ["Ben's own words"]
    assert talk[0]["counts"] == {"likes": 0, "replies": 0}
    assert his.get(f"{API}/users/ben").json["counts"] == {"posts": 1, "followers": 0, "following": 0}
    assert browser.get(f"{API}/auth/me").status_code == 401


def test_talks_of_two_go_with_one_of_them_and_groups_go_on(app, everything):
    _, browser, his, _ = everything
    photos = select(Media.__table__.c.id).where(Media.__table__.c.purpose == "message")
    with make.unit():
        sent = {str(row.id) for row in db.rows(photos)}
    assert len(sent) == 4
    ask(browser)
    make.work(but="jobs.mail.send")
    over()
    account.erase()
    make.work(but="jobs.mail.send")
    talks = his.get(f"{API}/conversations").json["items"]
    assert [(talk["title"], len(talk["participants"])) for talk in talks] == [("Walk", 2)]
    said = his.get(f"{API}/conversations/{talks[0]['id']}/messages").json["items"]
    assert [one["content"] for one in said] == ["Ben in the group"]
    with make.unit():
        left = {str(row.id) for row in db.rows(photos)}
    assert left == {said[0]["media"]["id"]}, "what he sent to her alone is gone, too"
    assert {one for one in sent if any(one in key for key in objects())} == left


def test_a_week_to_think_and_everything_is_as_it_was(app, everything, letters):
    quin, browser, his, theirs = everything
    make.work()
    letters.of("quintilia_old@example.org")
    shown = his.get(f"{API}/posts/{theirs}").json["counts"]
    ask(browser)
    make.work()
    assert "will be deleted" in letters.one("quintilia_old@example.org")["Subject"]
    with make.unit():
        days = db.row(select(User.__table__).where(User.__table__.c.id == quin.id)).delete_at - clock.now()
    assert timedelta(days=6, hours=23) < days <= timedelta(days=7)
    account.erase()
    assert his.get("/@quintilia").status_code == 404
    assert "will be deleted on" in browser.get("/settings/data").text
    assert browser.post("/settings/data/keep").location == "/"
    make.work()
    assert his.get("/@quintilia").status_code == 200
    assert his.get(f"{API}/posts/{theirs}").json["counts"] == shown
    over()
    account.erase()
    assert his.get("/@quintilia").status_code == 200


def test_it_asks_for_the_password_or_a_passkey_just_used(app, everything, visitor):
    _, browser, _, _ = everything
    assert browser.delete(f"{API}/me").status_code == 403
    wrong = browser.post("/settings/data/delete", data={"password": "wrong"})
    assert wrong.status_code == 422
    assert "not right" in wrong.text
    device = Device()
    add_passkey(browser, device)
    options = visitor.post(f"{API}/auth/passkeys/login/options").json
    entered = visitor.post(f"{API}/auth/passkeys/login", json={"credential": device.sign(options)})
    visitor.csrf = entered.json["csrf_token"]
    assert visitor.delete(f"{API}/me").status_code == 204
    assert visitor.get(f"{API}/auth/me").json["status"] == "leaving"


def test_it_goes_on_where_it_stopped(app, everything, monkeypatch):
    quin, browser, his, _ = everything
    ask(browser)
    make.work(but="jobs.mail.send")
    over()
    assert jobs.now(lambda: erasure.begin(quin.id))
    assert browser.get(f"{API}/auth/me").status_code == 401, "there is no way back any more"
    body = {"username": "quintilia", "password": make.PASSWORD}
    assert app.test_client().post(f"{API}/auth/login", json=body).status_code == 401
    steps = 0
    while account.step(quin.id):  # each in a transaction of its own
        steps += 1
        assert his.get("/@quintilia").status_code == 404
        assert his.get("/").status_code == 200
    assert steps > 5
    assert account.erase() == 0


def test_storage_that_is_away_holds_it_up_and_loses_nothing(app, everything, monkeypatch):
    quin, browser, _, _ = everything
    ask(browser)
    over()
    here = storage.here()
    good = here.access
    here.access = type(good)(
        **{**{name: getattr(good, name) for name in good.__slots__}, "endpoint": "http://127.0.0.1:1"}
    )
    here._client = None
    with pytest.raises(Unavailable):
        account.erase()
    assert clock_jobs.run("erase") == "waits"
    here.access, here._client = good, None
    here.breaker.worked()
    with make.unit():
        assert len(db.rows(select(Media.__table__).where(Media.__table__.c.owner_id == quin.id))) == 6
    assert account.erase() == 1


def test_the_name_is_kept_from_others_for_a_while_and_nobody_can_read_it(app, everything, visitor):
    _, browser, _, _ = everything
    ask(browser)
    over()
    account.erase()
    new = {"username": "quintilia", "email": "other@example.org", "password": "correct horse battery"}
    assert "username" in visitor.post(f"{API}/auth/register", json=new).json["errors"]
    assert "quintilia" not in contents()["retired_names"]
    with make.unit():
        db.execute(update(erasure.retired).values(until=clock.now() - timedelta(seconds=1)))
        assert erasure.sweep() == 1
    assert visitor.post(f"{API}/auth/register", json=new).status_code == 201


def test_the_farewell_is_mailed(app, everything, letters):
    _, browser, _, _ = everything
    ask(browser)
    letters.of("quintilia_old@example.org")
    over()
    account.erase()
    assert "is deleted" in letters.one("quintilia_old@example.org")["Subject"]


def test_others_are_left_alone(app, everything):
    _, browser, his, theirs = everything
    ask(his)
    make.work()
    over("ben")
    account.erase()
    assert browser.get(f"{API}/auth/me").json["username"] == "quintilia"
    with make.unit():
        assert db.row(select(Comment.__table__).where(Comment.__table__.c.post_id == theirs)) is None
        db.execute(delete(outbox.Outbox))
    assert browser.get(f"{API}/users/quintilia").json["counts"] == {"posts": 1, "followers": 0, "following": 0}
