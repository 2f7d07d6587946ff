"""Streams of a whole site: two web processes, Redis between them, PostgreSQL as what holds."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.waiting import until
from tests.whole import Script, Site


class Listener:
    """A program that listens to somebody's events in a thread of its own."""

    def __init__(self, person: Script, place: str = "", *, headers: dict[str, str] | None = None):
        self.events: list[tuple[str, object]] = []
        self.place, self.ended, self.retry = place, False, 0
        headers = headers or person.headers
        more = {"Last-Event-ID": place} if place else {}
        self._answer = requests.get(
            f"{person.site.url}/api/v1/events", headers={**headers, **more}, stream=True, timeout=60
        )
        assert self._answer.status_code == 200
        self._line = self._answer.raw.connection.sock
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        until(lambda: self.events or self.ended)

    def _listen(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._answer.iter_lines():
                name, _, value = line.decode().partition(": ")
                if line:
                    fields[name] = value
                    continue
                if "data" in fields:
                    self.place = fields.get("id", self.place)
                    self.retry = int(fields.get("retry", self.retry))
                    self.events.append((fields["event"], json.loads(fields["data"] or "null")))
                fields = {}
        except requests.RequestException:
            pass  # hung up
        self.ended = True

    def close(self) -> None:
        """Hang up, as a dead line does: without waiting for what is being read."""
        self._line.shutdown(socket.SHUT_RDWR)

    def heard(self, name: str) -> list:
        """Return what the events of one name said."""
        return [data for event, data in list(self.events) if event == name]

    def said(self) -> list[str]:
        """Return the words of all messages, in the order in which they came."""
        return [message["content"] for message in self.heard("message")]


@pytest.fixture(scope="module")
def talk(site: Site, people: dict[str, Script]) -> str:
    """Ana and Ben's conversation."""
    ana, ben = people["ana"], people["ben"]
    ana.call("POST", "/users/ben/follow")
    ben.call("POST", "/users/ana/follow")
    return ana.call("POST", "/conversations", json={"usernames": ["ben"]}).json()["id"]


def say(person: Script, talk: str, content: str) -> None:
    answer = person.call("POST", f"/conversations/{talk}/messages", json={"content": content})
    assert answer.status_code == 201, answer.text


def test_a_message_arrives_on_every_open_page_of_both_whatever_process_holds_it(people, talk):
    listeners = [Listener(people[name]) for name in ("ana", "ben") for _ in range(5)]
    for number in range(6):
        say(people["ana"], talk, f"across {number}")
    wanted = [f"across {number}" for number in range(6)]
    for listener in listeners:
        until(lambda listener=listener: listener.said() == wanted)
        listener.close()


def test_who_loses_the_line_gets_what_was_said_meanwhile_once(people, talk):
    ana, ben = people["ana"], people["ben"]
    first = Listener(ben)
    say(ana, talk, "before")
    until(lambda: first.said() == ["before"])
    first.close()
    say(ana, talk, "meanwhile 1")
    say(ana, talk, "meanwhile 2")
    second = Listener(ben, first.place)
    until(lambda: len(second.said()) >= 2)
    say(ana, talk, "after")
    until(lambda: "after" in second.said())
    assert second.said() == ["meanwhile 1", "meanwhile 2", "after"]
    second.close()


def test_nothing_is_lost_and_nothing_comes_twice_while_lines_break_and_many_write(site, people, talk):
    """Transactions end in another order than they began; a place is a snapshot, so that this does not matter."""
    ben, wanted = people["ben"], [f"storm {number}" for number in range(120)]
    heard: list[str] = []
    stop = threading.Event()

    def follow() -> None:
        place = Listener(ben).place
        while not stop.is_set() or len(heard) < len(wanted):
            listener = Listener(ben, place)
            time.sleep(0.15)
            listener.close()
            until(lambda listener=listener: listener.ended)
            heard.extend(text for text in listener.said() if text.startswith("storm"))
            place = listener.place

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    time.sleep(0.5)
    others = [site.person(f"storm{number}") for number in range(4)]
    talks = []
    for other in others:
        ben.call("POST", f"/users/{other.name}/follow")
        talks.append(other.call("POST", "/conversations", json={"usernames": ["ben"]}).json()["id"])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: say(others[number % 4], talks[number % 4], wanted[number]), range(len(wanted))))
    stop.set()
    follower.join(60)
    assert sorted(heard) == sorted(wanted)


def test_typing_and_read_marks_come_to_the_other(people, talk):
    ana, ben = people["ana"], people["ben"]
    hers = Listener(ana)
    say(ana, talk, "read me")
    until(lambda: "read me" in hers.said())
    seq = hers.heard("message")[-1]["seq"]
    ben.call("POST", f"/conversations/{talk}/typing")
    until(lambda: hers.heard("typing"))
    assert hers.heard("typing")[0]["user"]["username"] == "ben"
    ben.call("POST", f"/conversations/{talk}/read", json={"seq": seq})
    until(lambda: hers.heard("read"))
    assert seq in [mark["seq"] for mark in hers.heard("read")[-1]["read_marks"]]
    hers.close()


def test_the_numbers_on_the_frame_follow(people, talk):
    ana, ben = people["ana"], people["ben"]
    ben.call("POST", f"/conversations/{talk}/read", json={"seq": 10**9})
    his = Listener(ben)
    (before,) = his.heard("counts")
    say(ana, talk, "unread")
    until(lambda: his.heard("counts")[-1]["conversations"] == before["conversations"] + 1)
    ben.call("POST", f"/conversations/{talk}/read", json={"seq": 10**9})
    until(lambda: his.heard("counts")[-1] == before)
    his.close()


def test_a_session_that_ends_ends_its_streams_at_once_and_no_others(site, people):
    ana = people["ana"]
    kept = Listener(ana)
    cookies = {"tintype_session": ana.key()}
    with requests.get(f"{site.url}/events", cookies=cookies, stream=True, timeout=60) as page:
        lines = page.iter_lines()
        next(lines)
        csrf = requests.get(f"{site.url}/api/v1/auth/csrf", cookies=cookies, timeout=60)
        jar = {**cookies, **csrf.cookies.get_dict()}
        token = {"X-CSRFToken": csrf.json()["csrf_token"]}
        assert (
            requests.post(f"{site.url}/api/v1/auth/logout", cookies=jar, headers=token, timeout=60).status_code == 204
        )
        assert "event: signed-out" in [line.decode() for line in lines]
    time.sleep(0.2)
    assert not kept.ended
    kept.close()


def test_a_token_that_ends_ends_its_streams_at_once(site, people):
    program, talk = Script(site, "ana"), Listener(people["ana"])
    his = Listener(program)
    assert program.call("POST", "/auth/revoke", json={"token": program.headers["Authorization"][7:]}).status_code == 204
    until(lambda: his.ended, 3)  # sooner than sessions and tokens are looked up
    assert his.heard("signed-out") == [None]
    assert not talk.ended
    talk.close()


def test_without_redis_a_page_is_told_what_is_new_and_to_ask_again(site, people, talk):
    ana, ben = people["ana"], people["ben"]
    his = Listener(ben)
    with site.still("redis"):
        until(lambda: his.ended)
        say(ana, talk, "without Redis")
        again = Listener(ben, his.place)
        until(lambda: again.ended)
    assert again.said() == ["without Redis"]
    assert again.retry == 10_000
    until(lambda: _stays(ben))


def _stays(person: Script) -> bool:
    """Tell whether a stream is held open again."""
    listener = Listener(person)
    time.sleep(0.3)
    stays = not listener.ended
    if stays:
        listener.close()
    return stays


def test_a_word_to_many_pages_at_once_takes_the_database_from_nobody(data_folder):
    site = Site(data_folder("few"), DB_POOL_SIZE="2", DB_WAITING="4").start()
    try:
        ana, ben = site.person("ana", "Ana"), site.person("ben", "Ben")
        for one, other in ((ana, "ben"), (ben, "ana")):
            one.call("POST", f"/users/{other}/follow")
        talk = ana.call("POST", "/conversations", json={"usernames": ["ben"]}).json()["id"]
        listeners = [Listener(person) for person in (ana, ben) for _ in range(12)]
        wanted = [f"to all {number}" for number in range(5)]
        for words in wanted:
            say(ana, talk, words)
        for listener in listeners:
            until(lambda listener=listener: listener.said() == wanted or listener.ended)
        assert [listener.said() for listener in listeners] == [wanted] * len(listeners)
        for listener in listeners:
            listener.close()
        assert "stream ended" not in (site.data / "logs" / "web.log").read_text()
    finally:
        site.stop()
