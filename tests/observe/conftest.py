"""A whole site on a busy day: everything is done once that could leave a secret in a log. The tests then look."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests
from aiosmtpd.controller import Controller
from rq import Queue
from rq.serializers import JSONSerializer

from embedded.postgres import NAME, PORT
from tests import make, pushes
from tests.waiting import until
from tests.whole import PASSWORD, Script, Site, free_port

NEW_PASSWORD, WRONG_PASSWORD = "an even finer secret", "a guess that is wrong"
CAPTION, COMMENT = "Marmalade under the lighthouse", "Nobody else saw the heron"
MESSAGE, STORY = "Meet me behind the old cinema", "Tangerine evening, close friends alone"
POISON = "xyzzy"  # texts with this word are refused by a rule that the application knows nothing of
SIGNATURE = re.compile(r"X-Amz-Signature=([0-9a-f]+)")


class Office:
    """A mail server that knows no Ben, and says so by his address."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Take all but Ben's."""
        if address.startswith("ben"):
            return f"550 <{address}> is unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Keep a mail."""
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def key(self, kind: str) -> str:
        """Wait for a mail with a link of this kind; return the link's key."""
        link = re.compile(rf"/{kind}/([\w.-]+)")
        texts = lambda: [mail.get_body(("plain",)).get_content() for mail in self.mails]  # noqa: E731
        return until(lambda: next((found[1] for text in texts() if (found := link.search(text))), None))


class Day:
    """The site, what happened there, and what must not be found in its logs."""

    def __init__(self, site: Site, office: Office, phones: pushes.Service):
        self.site, self.office, self.phones = site, office, phones
        self.secrets: dict[str, str] = {}

    def keep(self, what: str, text: str) -> str:
        """Note something that must not be in any log."""
        assert len(text) >= 5, what
        self.secrets[what] = text
        return text

    def logs(self) -> dict[str, str]:
        """Return the logs of all processes, by name."""
        return {path.name: path.read_text(errors="replace") for path in (self.site.data / "logs").glob("*.log*")}

    def lines(self, *names: str) -> list[dict[str, Any]]:
        """Return the lines of these processes' logs."""
        texts = [self.logs()[f"{name}.log"] for name in names]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    def joined(self, request_id: str) -> list[dict[str, Any]]:
        """Return what the worker wrote down for the sake of one request."""
        return [line for line in self.lines("worker") if line.get("request_id") == request_id]

    def figures(self) -> dict[str, float]:
        """Ask for the metrics: name with labels → number."""
        text = until(self._metrics)
        rows = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(number) for name, _, number in rows}

    def _metrics(self) -> str:
        with suppress(requests.RequestException):  # the process that was asked is just going
            return requests.get(f"{self.site.url}/metrics", timeout=60).text
        return ""

    def total(self, name: str) -> float:
        """Add up a metric over its labels."""
        return sum(number for key, number in self.figures().items() if key.partition("{")[0] == name)

    def sql(self, *statements: str) -> None:
        """Change the database behind the application's back, as the owner of the tables."""
        with psycopg.connect(host=self.site.sockets(), port=PORT, dbname=NAME, user=NAME) as connection:
            for statement in statements:
                connection.execute(statement)

    def clock(self, function: str, *arguments: str) -> None:
        """Have the worker do what the clock would ask for."""
        queue = Queue("default", connection=redis.Redis(unix_socket_path=self.site.redis()), serializer=JSONSerializer)
        queue.enqueue(function, *arguments, result_ttl=0)


class Visit(requests.Session):
    """Somebody in a browser, with cookies and the forms' token."""

    def __init__(self, day: Day, name: str, password: str):
        super().__init__()
        self.day, self.api = day, f"{day.site.url}/api/v1"
        asked = {"username": name, "password": password}
        answer = self.post(f"{self.api}/auth/login", json=asked, timeout=60)
        assert answer.status_code == 200, answer.text
        token = self.get(f"{self.api}/auth/csrf", timeout=60).json()["csrf_token"]
        self.headers["X-CSRFToken"] = day.keep(f"{name}'s form token", token)
        for cookie in self.cookies:
            if "marker" not in cookie.name:  # says nothing but "another sign-in than before"
                day.keep(f"{name}'s cookie {cookie.name}", cookie.value)


@contextmanager
def _mails(office: Office) -> Iterator[int]:
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="package")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A day on which everything happens."""
    office = Office()
    with _mails(office) as port, pushes.service() as phones:
        settings = {"MAIL_URL": f"smtp+plain://127.0.0.1:{port}", "PUSH_LOCAL": "true", "SLOW_QUERY_MS": "1"}
        site = Site(tmp_path_factory.mktemp("day"), **settings).start()
        try:
            yield _live(Day(site, office, phones))
        finally:
            site.stop()


def _live(day: Day) -> Day:
    ana, ben = (_arrive(day, name) for name in ("ana", "ben"))
    post_id = _share(day, ana)
    _talk(day, ana, ben, post_id)
    _go_wrong(day, ben, post_id)
    _lose_a_password(day, ana)
    _ask_nonsense(day)
    return day


def _arrive(day: Day, name: str) -> Script:
    day.keep(f"{name}'s address", f"{name}@example.org")
    script = day.site.person(name)
    asked = {"username": name, "password": PASSWORD, "name": "tests"}
    tokens = script.call("POST", "/auth/token", json=asked).json()
    for kind in ("access_token", "refresh_token"):
        day.keep(f"{name}'s {kind}", tokens[kind])
    wrong = {"username": name, "password": WRONG_PASSWORD}
    assert requests.post(f"{day.site.url}/api/v1/auth/login", json=wrong, timeout=60).status_code in (401, 422)
    for what, text in (("password", PASSWORD), ("new password", NEW_PASSWORD), ("wrong password", WRONG_PASSWORD)):
        day.keep(what, text)
    return script


def _share(day: Day, ana: Script) -> str:
    ana.headers["X-Request-Id"] = "ana-shares-a-photo"
    day.keep("caption", CAPTION)
    day.keep("story", STORY)
    post_id = ana.post(make.photo(300, 200, "#123456"), CAPTION)
    ana.headers.pop("X-Request-Id")
    story_id = ana.story(make.photo(200, 300, "#654321"), STORY, "close_friends")
    asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": 1000, "purpose": "post"}
    begun = ana.call("POST", "/media/uploads", json=asked)
    shown = ana.call("GET", f"/stories/{story_id}")
    for number, signature in enumerate(sorted(set(SIGNATURE.findall(begun.text + shown.text)))):
        day.keep(f"signature {number}", signature)
    ana.upload(b"\xff\xd8\xff\xe0 this is no photo, whatever it says")
    for _ in range(2):
        assert ana.call("GET", "/feed?view=for_you").status_code == 200
    return post_id


def _talk(day: Day, ana: Script, ben: Script, post_id: str) -> None:
    visit = Visit(day, "ana", PASSWORD)
    phone = day.phones.phone(day.keep("address of a device", "anas-own-telephone"))
    made = visit.post(f"{visit.api}/push/subscriptions", json=phone.json(), timeout=60)
    assert made.status_code == 201, made.text
    ben.headers["X-Request-Id"] = "ben-writes-a-comment"
    made = ben.call("POST", f"/posts/{post_id}/comments", json={"content": day.keep("comment", COMMENT)})
    assert made.status_code == 201, made.text
    ana.headers["X-Request-Id"] = "ana-writes-a-message"
    asked = {"usernames": ["ben"], "content": day.keep("message", MESSAGE)}
    talk = ana.call("POST", "/conversations", json=asked)
    assert talk.status_code in (200, 201), talk.text
    ben.headers["X-Request-Id"] = "ben-answers-a-message"
    path = f"/conversations/{talk.json()['id']}"
    ben.call("POST", f"{path}/accept")
    said = ben.call("POST", f"{path}/messages", json={"content": f"Yes. {MESSAGE}"})
    assert said.status_code == 201, said.text
    until(lambda: len(phone.got()) >= 1)
    ana.headers.pop("X-Request-Id"), ben.headers.pop("X-Request-Id")


def _lose_a_password(day: Day, ana: Script) -> None:
    for name in ("ana", "ben"):
        headers = {"X-Request-Id": f"{name}-lost-a-password"}
        asked = {"email": f"{name}@example.org"}
        sent = requests.post(f"{ana.site.url}/api/v1/auth/password/forgot", json=asked, headers=headers, timeout=60)
        assert sent.ok, sent.text
    key = day.keep("key of a reset", day.office.key("reset"))
    assert requests.get(f"{ana.site.url}/reset/{key}", timeout=60).ok
    asked = {"token": key, "new_password": NEW_PASSWORD}
    done = requests.post(f"{ana.site.url}/api/v1/auth/password/reset", json=asked, timeout=60)
    assert done.ok, done.text
    assert Visit(day, "ana", NEW_PASSWORD).get(f"{ana.site.url}/", timeout=60).ok


def _go_wrong(day: Day, ben: Script, post_id: str) -> None:
    """Let statements fail that carry what people wrote, in a request and in a job."""
    day.sql(
        f"ALTER TABLE comments ADD CONSTRAINT no_such_words CHECK (content NOT LIKE '%{POISON}%')",
        f"ALTER TABLE posts ADD CONSTRAINT not_published CHECK (published_at IS NULL OR caption NOT LIKE '%{POISON}%')",
    )
    day.keep("word in a failing statement", POISON)
    ben.headers["X-Request-Id"] = "ben-meets-an-error"
    failed = ben.call("POST", f"/posts/{post_id}/comments", json={"content": f"{COMMENT} {POISON}"})
    assert failed.status_code == 500, failed.text
    ben.headers["X-Request-Id"] = "ben-meets-a-failing-job"
    media_id = ben.upload(make.photo(200, 200, "#aa5500"))
    made = ben.call("POST", "/posts", json={"media_ids": [media_id], "caption": f"{CAPTION} {POISON}"})
    assert made.status_code == 202, made.text
    until(lambda: [line for line in day.joined("ben-meets-a-failing-job") if line.get("outcome") == "retrying"])


def _ask_nonsense(day: Day) -> None:
    """Ask for what is not there, by addresses that hold keys."""
    key = day.keep("key in an address", "k3yThatNobodyMayRead")
    for path in (f"/nothing/{key}", f"/?next={key}", f"/reset/{key}", f"/unsubscribe/{key}", f"/explore?cursor={key}"):
        headers = {"Authorization": f"Bearer {key}", "Cookie": key}
        requests.get(f"{day.site.url}{path}", headers=headers, allow_redirects=False, timeout=60)
    requests.post(f"{day.site.url}/api/v1/auth/login", data=f'{{"password": "{key}', timeout=60)
    for line in (f"GET /reset/{key} HTTP/9.9", f"{key} / HTTP/1.1", f"GET / HTTP/1.1\r\n{key} x"):
        with socket.create_connection(("127.0.0.1", day.site.port), timeout=60) as raw:
            raw.sendall(f"{line}\r\nHost: localhost\r\n\r\n".encode())
            raw.recv(100)
    day.clock("jobs.sweeps.nothing_like_that", key)


def folder(day: Day) -> Path:
    """Return where the site's processes add up their figures."""
    return day.site.data / "metrics"
