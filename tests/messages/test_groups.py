"""Groups: who comes and goes, and what is left when nobody is."""

from sqlalchemy import select

from tests import make
from tests.messages.test_api import API, friends
from webapp.core import db
from webapp.messages import clearing
from webapp.models import Conversation, Media, Message


def count(table) -> int:
    with make.unit():
        return len(db.rows(select(table.__table__.c.id)))


def test_a_group_has_up_to_thirty_two_people(app, sign_in):
    ana, others = make.user("ana"), [make.user(f"user_{number}").username for number in range(33)]
    browser = sign_in(ana)
    assert browser.post(f"{API}/conversations", json={"usernames": others}).status_code == 422
    full = browser.post(f"{API}/conversations", json={"usernames": others[:31], "title": " All  of us "})
    assert (full.status_code, len(full.json["participants"]), full.json["title"]) == (201, 32, "All of us")
    path = f"{API}/conversations/{full.json['id']}/participants"
    refused = browser.post(path, json={"usernames": others[31:32]})
    assert refused.status_code == 422
    assert "32" in refused.json["errors"]["usernames"][0]
    assert browser.post(path, json={"usernames": others[:3]}).status_code == 200, "who is in stays in"


def test_who_follows_takes_part_at_once_and_others_are_asked(app, sign_in):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(ben, ana)
    talk = make.talk(ana, ben, cleo, title="Walk")
    assert [one["id"] for one in sign_in(ben).get(f"{API}/conversations").json["items"]] == [str(talk)]
    hers = sign_in(cleo)
    assert [one["id"] for one in hers.get(f"{API}/conversations?state=requested").json["items"]] == [str(talk)]
    assert hers.post(f"{API}/conversations/{talk}/decline").status_code == 204
    assert len(sign_in(ana).get(f"{API}/conversations/{talk}").json["participants"]) == 3, "nobody is told"


def test_who_comes_later_sees_what_is_said_from_then_on(app, sign_in):
    ana, ben, cleo, dora = (make.user(name) for name in ("ana", "ben", "cleo", "dora"))
    friends(ana, ben, cleo, dora)
    talk = make.talk(ana, ben, cleo, content="Before")
    with make.unit():
        make.messages.add(ben.viewer, talk, ["dora"])
    make.say(ana, talk, "After")
    hers = sign_in(dora)
    assert [one["content"] for one in hers.get(f"{API}/conversations/{talk}/messages").json["items"]] == ["After"]
    assert hers.get(f"{API}/conversations/{talk}").json["unread_count"] == 1
    assert hers.get(f"{API}/search/messages?q=before").json["items"] == []


def test_whoever_was_there_first_takes_people_out_and_the_next_one_after_them(app, sign_in):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    friends(ana, ben, cleo)
    talk = make.talk(ana, ben, cleo)
    hers, his = sign_in(ana), sign_in(ben)
    out = {"json": {"usernames": ["cleo"]}}
    assert his.delete(f"{API}/conversations/{talk}/participants", **out).status_code == 403
    assert "remove" in hers.get(f"{API}/conversations/{talk}").json["can"]
    assert hers.delete(f"{API}/conversations/{talk}/participants", json={"usernames": ["ana"]}).status_code == 422
    assert hers.post(f"{API}/conversations/{talk}/leave").status_code == 204
    assert hers.get(f"{API}/conversations/{talk}").status_code == 404
    left = his.delete(f"{API}/conversations/{talk}/participants", **out)
    assert [person["username"] for person in left.json["participants"]] == ["ben"]
    assert sign_in(cleo).get(f"{API}/conversations").json["items"] == []
    # who left is asked before they are in again
    his.post(f"{API}/conversations/{talk}/participants", json={"usernames": ["ana"]})
    assert hers.get(f"{API}/conversations/{talk}").json["state"] == "requested"


def test_whoever_hides_the_account_does_not_keep_a_group_from_being_looked_after(app, sign_in):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    friends(ana, ben, cleo)
    talk = make.talk(ana, ben, cleo)
    hers, his = sign_in(ana), sign_in(ben)
    assert his.get(f"{API}/conversations/{talk}").json["host_id"] == str(ana.id)
    hers.post(f"{API}/me/deactivate")
    shape = his.get(f"{API}/conversations/{talk}").json
    assert (shape["host_id"], "remove" in shape["can"]) == (str(ben.id), True)
    hers.post(f"{API}/me/reactivate")
    assert his.get(f"{API}/conversations/{talk}").json["host_id"] == str(ana.id)


def test_a_conversation_of_two_is_not_left_nor_named_nor_joined(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.user("cleo")
    talk = make.talk(ana, ben)
    browser = sign_in(ana)
    assert browser.post(f"{API}/conversations/{talk}/leave").status_code == 403
    assert browser.patch(f"{API}/conversations/{talk}", json={"title": "Us"}).status_code == 403
    for method in ("POST", "DELETE"):
        answer = browser.open(f"{API}/conversations/{talk}/participants", method=method, json={"usernames": ["cleo"]})
        assert answer.status_code == 403


def test_what_everybody_deleted_is_gone_with_its_photos(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    talk = make.talk(ana, ben, content="Words")
    make.say(ben, talk, "", media_id=make.media(ben, purpose="message"))
    hers, his = sign_in(ana), sign_in(ben)
    assert hers.delete(f"{API}/conversations/{talk}").status_code == 204
    make.work()
    assert (count(Message), count(Media)) == (2, 1)
    assert his.delete(f"{API}/conversations/{talk}").status_code == 204
    make.work()
    assert (count(Message), count(Media), count(Conversation)) == (0, 0, 1)
    assert hers.post(f"{API}/conversations", json={"usernames": ["ben"]}).json["id"] == str(talk), "the same two"
    assert make.say(ana, talk, "Anew")


def test_a_group_that_all_have_left_is_gone(app, sign_in):
    people = [make.user(name) for name in ("ana", "ben", "cleo")]
    friends(*people)
    talk = make.talk(*people, content="Hello")
    make.say(people[1], talk, "", media_id=make.media(people[1], purpose="message"))
    for person in people:
        assert sign_in(person).post(f"{API}/conversations/{talk}/leave").status_code == 204
    make.work()
    assert (count(Conversation), count(Message), count(Media)) == (0, 0, 0)


def test_the_sweep_ends_what_nobody_is_in(app):
    people = [make.user(name) for name in ("ana", "ben", "cleo")]
    friends(*people)
    talk = make.talk(*people, content="Hello")
    other = make.talk(people[0], people[1], content="Stays")
    with make.unit():
        db.execute(clearing.places.delete().where(clearing.places.c.conversation_id == talk))
        assert clearing.sweep() == 1
    make.work()
    with make.unit():
        assert [row.id for row in db.rows(select(Conversation.__table__.c.id))] == [other]
        assert clearing.sweep() == 0
