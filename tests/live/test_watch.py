"""What a process sees to by itself: words that were lost on their way come after all."""

import uuid

from tests import make
from webapp.core.live import Hub
from webapp.live import queries, watch
from webapp.messages import actions as messages


def test_a_message_and_a_read_mark_come_although_the_word_of_them_was_lost(committed, monkeypatch):
    monkeypatch.setattr(watch, "_last", {"news": 0.0, "grants": 0.0})
    ana, ben, eve = make.user("ana"), make.user("ben"), make.user("eve")
    make.follow(ben, ana)
    talk = make.talk(ana, ben, content="Hello")
    hub = Hub()
    hers, his, elsewhere = (hub.open(person.id, uuid.uuid4()) for person in (ana, ben, eve))
    monkeypatch.setattr(watch, "_check", lambda _hub: None)  # these streams belong to no session
    with make.unit():
        messages.read(ben.viewer, talk, 1)
    watch.look(hub)
    words = hers.waiting()
    assert [word["what"] for word in words] == ["messages", "read"]
    assert [word["what"] for word in his.waiting()] == ["messages", "read"]
    assert elsewhere.waiting() == []
    with make.unit():
        news = queries.news(ana.viewer, words[1], "")
    assert {(mark.user_id, mark.seq) for mark in news.read.read_marks} == {(ana.id, 1), (ben.id, 1)}
    watch.look(hub)
    assert hers.waiting() == [], "not again within half a minute"
