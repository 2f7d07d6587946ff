"""Events as they are written, and the place from which a page goes on."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.web import sse


def read(raw: bytes) -> dict[str, str]:
    """Read one event as browsers do."""
    fields: dict[str, list[str]] = {}
    for line in raw.decode().split("\n\n")[0].split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    return {name: "\n".join(values) for name, values in fields.items()}


@given(st.text())
def test_whatever_is_said_arrives_whole_as_one_event(text):
    raw = sse.frame(text)
    assert raw.count(b"\n\n") == 1
    assert raw.endswith(b"\n\n")
    assert read(raw)["data"] == text.replace("\r\n", "\n").replace("\r", "\n")


def test_an_event_may_have_a_name_a_place_and_say_when_to_ask_again():
    assert read(sse.frame("x", event="posts", place="7:9:8", retry=500)) == {
        "event": "posts", "id": "7:9:8", "retry": "500", "data": "x",
    }  # fmt: skip


@pytest.mark.parametrize("good", ["700:700:", "700:702:700,701", "1:3:2"])
def test_a_snapshot_is_a_place(app, good):
    with app.test_request_context("/events", headers={"Last-Event-ID": good}):
        assert sse.place() == good
    with app.test_request_context(f"/events?since={good}"):
        assert sse.place() == good


@pytest.mark.parametrize(
    "bad",
    ["", "7", "7:6:", "7:9:9", "7:9:6", "7:9:8,8", "8:9:8,7", "0:0:", "a:b:", "7:9:8 or 1=1", "7:99999999999999999999:",
     "9" * 19 + ":" + "9" * 20 + ":", "1:9:" + ",".join(["2"] * 2000), "７:９:"],
)  # fmt: skip
def test_what_is_no_snapshot_is_no_place(app, bad):
    with app.test_request_context("/events", headers={"Last-Event-ID": bad.encode().decode("latin-1")}):
        assert sse.place() == ""


def test_who_takes_no_events_is_hung_up_on(app, monkeypatch):
    monkeypatch.setattr(sse, "PATIENCE", 0.1)
    ours, theirs = socket.socketpair()
    with ours, theirs, app.test_request_context("/events", environ_base={"gunicorn.socket": ours}):
        answer = sse.answer(sse.frame("x" * 1000) for _ in range(10_000))
        with pytest.raises(TimeoutError):
            list(map(ours.sendall, answer.response))
