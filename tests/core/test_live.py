"""Words for open pages: who hears them, who is cut off, and what happens when Redis goes."""

import threading
import uuid

import pytest

from tests import make
from tests.waiting import until
from webapp.core import cache, live, sessions

ANA, BEN = uuid.uuid4(), uuid.uuid4()


def word(what: str, *people: uuid.UUID, **facts: str) -> live.Word:
    return {"what": what, "people": [str(person) for person in people], **facts}


def test_a_word_reaches_every_page_of_whom_it_concerns_and_nobody_else():
    hub = live.Hub()
    tab, phone, other = hub.open(ANA, uuid.uuid4()), hub.open(ANA, uuid.uuid4()), hub.open(BEN, uuid.uuid4())
    hub.hand(word("badges", ANA))
    assert [len(stream.waiting()) for stream in (tab, phone, other)] == [1, 1, 0]


def test_a_page_that_has_gone_hears_nothing():
    hub = live.Hub()
    stream = hub.open(ANA, uuid.uuid4())
    hub.leave(stream)
    hub.leave(stream)
    hub.hand(word("badges", ANA))
    assert hub.streams() == []
    assert stream.waiting() == []


def test_an_ended_session_ends_its_streams_alone():
    hub = live.Hub()
    lost, kept = hub.open(ANA, uuid.uuid4()), hub.open(ANA, uuid.uuid4())
    hub.hand(word("end", ANA, grants=f"{uuid.uuid4()} {lost.grant}"))
    assert (lost.closed, lost.revoked, kept.closed) == (True, True, False)
    assert list(lost.words()) == []


def test_all_streams_of_somebody_end_when_the_account_is_hidden():
    hub = live.Hub()
    streams = [hub.open(ANA, uuid.uuid4()), hub.open(ANA, uuid.uuid4()), hub.open(BEN, uuid.uuid4())]
    hub.hand(word("end", ANA))
    assert [stream.revoked for stream in streams] == [True, True, False]


def test_who_opens_many_loses_the_oldest():
    hub = live.Hub()
    # none of the oldest has left yet: whoever reads them sees their end, and leaves
    streams = [hub.open(ANA, uuid.uuid4()) for _ in range(live.MOST_STREAMS + 2)]
    assert [stream.closed for stream in streams[:3]] == [True, True, False]
    hub.leave(streams[0])
    hub.open(ANA, uuid.uuid4())
    assert streams[2].closed


def test_a_page_that_does_not_read_is_cut_off_instead_of_filling_memory():
    hub = live.Hub()
    stream = hub.open(ANA, uuid.uuid4())
    for _ in range(200):
        hub.hand(word("typing", ANA))
    assert stream.closed
    assert not stream.revoked
    assert len(stream.waiting()) < 100


def test_the_word_is_sent_once_the_unit_is_kept_and_never_if_it_is_not(app):
    ana = make.user("ana")
    heard = cache.client().pubsub()
    heard.subscribe(live.CHANNEL)
    heard.get_message(timeout=1)
    with make.unit():
        live.tell("badges", [ana.id])
        assert heard.get_message(timeout=0.1) is None
    assert heard.get_message(timeout=1)["type"] == "message"

    def fails():
        with make.unit():
            live.tell("badges", [ana.id])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert heard.get_message(timeout=0.1) is None
    heard.close()


@pytest.fixture
def hub(app):
    """A hub that listens to the real Redis."""
    made = live.Hub()
    threading.Thread(target=made.listen, daemon=True).start()
    until(lambda: made.listening)
    return made


def test_what_one_process_says_another_one_hears(hub):
    ana = make.user("ana")
    make.session(ana)
    stream = hub.open(ana.id, uuid.uuid4())
    with make.unit():
        sessions.refresh(ana.id)
    until(lambda: any(word["what"] == "badges" for word in stream.waiting()))


def test_without_redis_streams_end_and_with_it_they_are_heard_again(hub):
    stream = hub.open(ANA, uuid.uuid4())
    cache.client().client_kill_filter(_type="pubsub")
    until(lambda: stream.closed)
    assert not stream.revoked
    until(lambda: hub.listening)
    after = hub.open(ANA, uuid.uuid4())
    cache.publish(live.CHANNEL, word("badges", ANA))
    until(lambda: after.waiting())


def test_a_word_that_cannot_be_read_makes_nobody_deaf(hub):
    cache.client().publish(live.CHANNEL, b"{not json")
    until(lambda: not hub.listening)
    until(lambda: hub.listening)


def test_all_streams_end_when_the_process_is_to_stop():
    hub = live.Hub()
    stream = hub.open(ANA, uuid.uuid4())
    hub.keep(lambda _hub: None, lambda: False)
    assert stream.closed
