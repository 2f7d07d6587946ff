"""Many who write at once: every number once and none missing, and what is new is found exactly."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import delete, text

from tests import make
from tests.races.test_many_at_once import at_once
from tests.whole import Script, Site
from webapp.core import db
from webapp.core.errors import Conflict
from webapp.messages import actions, queries
from webapp.messages.schemas import NewConversation, NewMessage
from webapp.models import User


@pytest.fixture(scope="module")
def talkers(site: Site) -> list[Script]:
    """Six people who follow each other."""
    people = [site.person(f"talker_{number}") for number in range(6)]
    for one in people:
        for other in people:
            if one is not other:
                one.call("POST", f"/users/{other.name}/follow")
    return people


def begin(person: Script, *others: Script) -> str:
    names = [other.name for other in others]
    return person.call("POST", "/conversations", json={"usernames": names}).json()["id"]


def all_said(person: Script, talk: str) -> list[dict]:
    """Return everything said in a conversation, page by page, the oldest first."""
    found, cursor = [], ""
    while cursor is not None:
        page = person.call("GET", f"/conversations/{talk}/messages?limit=7&cursor={cursor}").json()
        found, cursor = found + page["items"], page["next_cursor"]
    return found[::-1]


def test_every_number_once_and_none_missing(talkers):
    talk = begin(*talkers)
    calls = [
        lambda p=person, n=n: p.call("POST", f"/conversations/{talk}/messages", json={"content": f"{p.name} {n}"})
        for n in range(8)
        for person in talkers
    ]
    calls += [lambda p=person: p.call("POST", f"/conversations/{talk}/read", json={"seq": 10**6}) for person in talkers]
    assert set(at_once(calls)) == {200, 201}
    seen = [[(one["seq"], one["content"]) for one in all_said(person, talk)] for person in talkers]
    assert [seq for seq, _ in seen[0]] == list(range(1, 49))
    assert len({content for _, content in seen[0]}) == 48
    assert all(other == seen[0] for other in seen)
    assert talkers[0].call("GET", f"/conversations/{talk}").json()["last_message"]["seq"] == 48


def test_one_key_says_it_once_however_many_ask(talkers):
    ana, ben = talkers[:2]
    talk, key = begin(ana, ben), {"Idempotency-Key": "race-message"}
    said = {"content": "Only once"}
    calls = [lambda: ana.call("POST", f"/conversations/{talk}/messages", json=said, headers=key) for _ in range(8)]
    assert set(at_once(calls)) == {201}
    assert [one["content"] for one in all_said(ben, talk)] == ["Only once"]


def test_the_same_two_people_have_one_conversation_whoever_begins(talkers):
    cleo, dora = talkers[2:4]

    def begun(person: Script, other: Script) -> requests.Response:
        return person.call("POST", "/conversations", json={"usernames": [other.name], "content": person.name})

    with ThreadPoolExecutor(8) as pool:
        pairs = [(cleo, dora), (dora, cleo)] * 4
        answers = [future.result() for future in [pool.submit(begun, *pair) for pair in pairs]]
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [one["seq"] for one in all_said(cleo, answers[0].json()["id"])] == list(range(1, 9))


def test_a_photo_goes_into_one_message_and_deleting_meanwhile_ends_whole(talkers):
    ana, ben = talkers[4:]
    talk, body = begin(ana, ben), make.photo(64, 64, "#123456")
    asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": len(body), "purpose": "message"}
    begun = ana.call("POST", "/media/uploads", json=asked).json()
    requests.put(begun["upload"]["url"], data=body, headers=begun["upload"]["headers"], timeout=60)
    ana.call("POST", f"/media/uploads/{begun['id']}/complete")
    say = {"media_id": begun["id"]}
    statuses = at_once([lambda: ana.call("POST", f"/conversations/{talk}/messages", json=say) for _ in range(6)])
    assert sorted(statuses)[1:] == [409] * 5
    message = all_said(ana, talk)[0]["id"]
    calls = [lambda: ana.call("DELETE", f"/messages/{message}") for _ in range(4)]
    calls += [lambda: ana.call("POST", f"/conversations/{talk}/messages", json=say) for _ in range(4)]
    calls += [lambda: ben.call("POST", f"/conversations/{talk}/messages", json={"content": "Hm"}) for _ in range(4)]
    assert set(at_once(calls)) <= {201, 204, 404, 409}
    assert [one["seq"] for one in all_said(ben, talk)] == list(range(1, 6))
    assert ana.call("GET", f"/media/uploads/{begun['id']}/status").status_code == 404


@pytest.fixture
def committed(app):
    """People and words that are really committed, as only then one transaction can miss another; erased in the end."""
    kept, make.factory[0] = make.factory[0], None
    people = [make.user(name) for name in ("seq_ana", "seq_ben", "seq_cleo")]
    yield people
    with make.unit():
        db.execute(delete(User).where(User.id.in_([person.id for person in people])))
        db.execute(text("DELETE FROM conversations WHERE kind = 'group'"))
        db.execute(text("DELETE FROM outbox"))
    make.factory[0] = kept


def now(person) -> str:
    with db.unit(reading=True):
        return queries.since(person.viewer, "")[0]


def new(person, snapshot: str):
    with db.unit(reading=True):
        moment, found = queries.since(person.viewer, snapshot)
        return moment, [one.content for one in found]


def test_what_is_new_is_found_once_in_whatever_order_transactions_end(committed):
    ana, ben, cleo = committed
    make.follow(cleo, ana)
    make.follow(cleo, ben)
    one, two = make.talk(ana, cleo), make.talk(ben, cleo)
    moment = now(cleo)
    assert new(cleo, moment)[1] == []
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with db.unit() as unit:
            actions.send(ana.viewer, one, NewMessage(content="began first, ended last"))
            written.set()
            assert go_on.wait(10)
            unit.transaction.commit()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    make.say(ben, two, "began last, ended first")
    moment, found = new(cleo, moment)
    assert found == ["began last, ended first"]
    assert new(cleo, moment)[1] == []
    go_on.set()
    thread.join(10)
    moment, found = new(cleo, moment)
    assert found == ["began first, ended last"]
    assert new(cleo, moment) == (moment, [])
    assert new(ana, moment)[1] == []


def test_a_request_that_is_being_accepted_is_not_declined(committed):
    ana, ben, _ = committed
    talk = make.talk(ben, ana, content="May I?")
    accepted = threading.Event()

    def slow() -> None:
        with db.unit() as unit:
            actions.accept(ana.viewer, talk)
            accepted.set()
            time.sleep(1)  # by then, whoever declines waits for this row
            unit.transaction.commit()

    thread = threading.Thread(target=slow)
    thread.start()
    assert accepted.wait(10)
    with pytest.raises(Conflict), make.unit():
        actions.decline(ana.viewer, talk)
    thread.join(10)
    with make.unit():
        assert queries.get(ana.viewer, talk).state == "accepted"


def test_requests_and_what_is_withheld_are_not_among_the_new(committed):
    ana, ben, _ = committed
    moment = now(ana)
    talk = make.talk(ben, ana, content="May I?")
    assert new(ana, moment)[1] == []
    with make.unit():
        actions.accept(ana.viewer, talk)
    moment = now(ana)
    with make.unit():
        make.graph.block(ana.viewer, "seq_ben")
    make.say(ben, talk, "Withheld")
    assert new(ana, moment)[1] == []
    assert new(ben, moment)[1] == ["Withheld"]


@pytest.mark.parametrize("text", ["", "x", "1:2", "5:3:", "1:5:9", "1:9:3,2", "0:1:", "9" * 30 + ":1:", "1:2:3; x"])
def test_a_text_that_is_no_snapshot_counts_as_now(committed, text):
    with make.unit():
        actions.begin(committed[0].viewer, NewConversation(usernames=["seq_ben"], content="x"))
    moment, found = new(committed[0], text)
    assert found == []
    assert moment.count(":") == 2
