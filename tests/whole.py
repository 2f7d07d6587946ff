"""A whole site as `bin/run` starts it, on a port of its own: for browsers, and for many at once."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import requests

from embedded.postgres import NAME, PORT
from embedded.process import die_with_parent
from tests.waiting import until

ROOT = Path(__file__).parents[1]
PASSWORD = "a very fine secret"
_PATIENCE = 300.0  # seconds until a site that does not answer will not


def environment() -> dict[str, str]:
    """Return what of our own environment a site is given, so that it runs alike everywhere."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ},
        "PYTHONPATH": str(ROOT), "RATE_LIMIT_SCALE": "1000", "PASSWORD_COST": "1", "PASSWORD_MEGABYTES": "1",
    }  # fmt: skip


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """Web, worker, cron and servers over one data folder."""

    def __init__(self, data: Path, **settings: str):
        self.data = data
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environ = {**environment(), **settings}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Site":
        """Start and wait until it answers and all is begun."""
        command = [sys.executable, "-m", "embedded", "--port", str(self.port), "--data", str(self.data)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environ, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent(signal.SIGINT)
        )
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/healthz", timeout=1).ok and (self.data / "run" / "cron.pid").exists():
                    return self  # cron is begun last
            except requests.RequestException:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the site did not start; see {self.data}/logs")

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def sockets(self) -> str:
        """Return the folder of its servers' sockets."""
        note = self.data / "run" / "sockets"
        return note.read_text() if note.exists() else str(note.parent)

    def redis(self) -> str:
        """Return where its Redis listens."""
        return f"{self.sockets()}/redis.sock"

    @contextlib.contextmanager
    def still(self, name: str) -> Iterator[None]:
        """Let one of its processes stand still (SIGSTOP), as long as this lasts."""
        with stopped(int((self.data / "run" / f"{name}.pid").read_text().split()[0])):
            yield

    def staff(self, name: str, role: str) -> "Script":
        """Register somebody who has a role of the team; returns a script that acts for them."""
        made = self.person(name)
        with psycopg.connect(host=self.sockets(), port=PORT, dbname=NAME, user=NAME) as connection:
            connection.execute("UPDATE users SET role = %s WHERE username = %s", (role, name))
        return made

    def person(self, name: str, display_name: str = "") -> "Script":
        """Register somebody and return a script that acts for them."""
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, "display_name": display_name}
        made = requests.post(f"{self.url}/api/v1/auth/register", json=body, timeout=60)
        assert made.status_code == 201, made.text
        return Script(self, name)


@contextlib.contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Let processes stand still (SIGSTOP), then go on."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


class Script:
    """A program with a person's token."""

    def __init__(self, site: Site, name: str):
        self.site, self.name = site, name
        asked = {"username": name, "password": PASSWORD, "name": "tests"}
        tokens = self.call("POST", "/auth/token", json=asked).json()
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def call(self, method: str, path: str, **options: object) -> requests.Response:
        """Ask the API."""
        headers = {**getattr(self, "headers", {}), **options.pop("headers", {})}
        return requests.request(method, f"{self.site.url}/api/v1{path}", headers=headers, timeout=60, **options)

    def upload(self, body: bytes, purpose: str = "post") -> str:
        """Upload a photo; returns its id."""
        asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": len(body), "purpose": purpose}
        begun = self.call("POST", "/media/uploads", json=asked).json()
        target = begun["upload"]
        assert requests.put(target["url"], data=body, headers=target["headers"], timeout=60).ok
        assert self.call("POST", f"/media/uploads/{begun['id']}/complete").status_code == 202
        return begun["id"]

    def post(self, body: bytes, caption: str = "") -> str:
        """Share a photo and wait until it is published; returns the post's id."""
        media_id = self.upload(body)
        alts = {media_id: "A plain colour"}
        made = self.call("POST", "/posts", json={"media_ids": [media_id], "caption": caption, "alts": alts})
        assert made.status_code == 202, made.text
        return self.published(f"/posts/{made.json()['id']}")["id"]

    def story(self, body: bytes, caption: str = "", audience: str = "followers") -> str:
        """Share a story and wait until it is published; returns its id."""
        asked = {"media_id": self.upload(body, "story"), "caption": caption, "audience": audience, "alt": "A colour"}
        made = self.call("POST", "/stories", json=asked)
        assert made.status_code in (201, 202), made.text
        return self.published(f"/stories/{made.json()['id']}")["id"]

    def published(self, path: str) -> dict[str, object]:
        """Wait until a post or a story of one's own is published; returns it."""

        def shape() -> dict[str, object]:
            return self.call("GET", path).json()

        until(lambda: shape()["status"] == "published", f"that {path} is published")
        return shape()

    def key(self) -> str:
        """Sign in with a browser's cookie; returns the session's key."""
        asked = {"username": self.name, "password": PASSWORD}
        answer = requests.post(f"{self.site.url}/api/v1/auth/login", json=asked, timeout=60)
        return re.search(r"tintype_session=([^;]+)", answer.headers["Set-Cookie"]).group(1)
