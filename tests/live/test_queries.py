"""Who may still hear, and whom a word concerns, asked for many at once."""

import uuid

from sqlalchemy import update

from tests import make
from webapp.core import db, sessions
from webapp.graph import circles
from webapp.graph.schemas import MuteChoice
from webapp.live import queries
from webapp.messages import actions as messages
from webapp.models import User


def test_ended_sessions_and_hidden_people_stand_no_longer(app):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    for person in (ana, ben, cleo):
        make.session(person)
    with make.unit():
        ids = {person.username: sessions.of(person.id)[0].id for person in (ana, ben, cleo)}
        assert queries.standing({*ids.values(), uuid.uuid4()}) == set(ids.values())
        sessions.end(ben.id)
        db.execute(update(User).where(User.id == cleo.id).values(status="deactivated"))
    with make.unit():
        assert queries.standing(set(ids.values())) == {ids["ana"]}


def test_followers_among_those_who_are_there(app):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(ben, ana)
    make.follow(cleo, ana)
    with make.unit():
        assert queries.followers({ana.id}, {ben.id, ana.id}) == {ben.id}


def test_whoever_muted_an_author_hears_nothing_of_what_they_post(app):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(ben, ana)
    make.follow(ben, cleo)
    with make.unit():
        circles.mute(ben.viewer, "ana", MuteChoice())
        assert queries.followers({ana.id}, {ben.id}) == set()
        assert queries.followers({ana.id, cleo.id}, {ben.id}) == {ben.id}


def test_those_to_whom_something_was_written_lately(app):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(ben, ana)
    talk = make.talk(ana, ben, content="Hello")
    with make.unit():
        assert queries.written_to({ana.id, ben.id, cleo.id}, 60) == {ana.id: {talk}, ben.id: {talk}}
        assert queries.written_to({ana.id, ben.id, cleo.id}, -60) == {}


def test_a_word_brings_what_is_new_and_no_more(app):
    ana, ben, eve = make.user("ana"), make.user("ben"), make.user("eve")
    make.follow(ben, ana)
    talk = make.talk(ana, ben, content="Hello")
    with make.unit():
        start = queries.news(ben.viewer, {"what": "start"}, "")
    assert start.counts == queries.Counts(notifications=0, conversations=1)
    assert start.messages == []
    # what is new since a place is tried over a whole site (test_streams): all of a test here is one transaction
    word = {"what": "messages", "conversation": str(talk), "message": str(make.say(ana, talk, "Again"))}
    with make.unit():
        his = queries.news(ben.viewer, word, start.place)
        others = queries.news(eve.viewer, word, start.place)
    assert "Again" in [message.content for message in his.messages]
    assert [one.id for one in his.talks] == [talk]
    assert (others.messages, others.talks) == ([], [])


def test_a_conversation_that_was_deleted_for_oneself_does_not_come_back_without_a_new_message(app):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    talk = make.talk(ana, ben)
    gone = make.say(ana, talk, "Hello")
    word = {"what": "messages", "conversation": str(talk), "message": str(gone)}
    with make.unit():
        assert [one.id for one in queries.news(ben.viewer, word, "").talks] == [talk]
        messages.forget(ben.viewer, talk)
        messages.delete(ana.viewer, gone)
        assert queries.news(ben.viewer, word, "").talks == []
        assert [one.id for one in queries.news(ana.viewer, word, "").talks] == [talk]
    make.say(ana, talk, "Hello again")
    with make.unit():
        assert [one.id for one in queries.news(ben.viewer, word, "").talks] == [talk]
