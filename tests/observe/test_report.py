"""Sentry and OpenTelemetry: not loaded unless asked for, told where it went wrong, and nothing about people."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import ValidationError

from tests.house.source import ROOT
from tests.listening import Quiet, serving
from webapp.core import report
from webapp.settings import Settings

SECRETS = ("ana@example.org", "lighthouse", "k3yThatNobodyMayRead", "a very fine secret", "an own agent")

# A process of its own, because what is loaded once stays.
SCRIPT = """
import sys, uuid, jobs
from webapp import create_app
from webapp.core import db, outbox
app = create_app()
def boom(key):
    words = "Marmalade under the lighthouse"
    db.execute(db.text("SELECT CAST(:words AS integer)"), {"words": words + " ana@example.org"})
app.add_url_rule("/boom/<key>", "ops.boom", boom)
headers = {"X-Request-Id": "ana-meets-an-error", "User-Agent": "an own agent"}
headers["Authorization"] = "Bearer k3yThatNobodyMayRead"
client = app.test_client()
client.set_cookie("tintype_session", "k3yThatNobodyMayRead")
answer = client.get("/boom/k3yThatNobodyMayRead?password=a very fine secret", headers=headers)
assert answer.status_code == 500, answer.status
def poison(word):
    raise ValueError(f"'{word}' of ana@example.org: a very fine secret".split(":")[0])
jobs.app, jobs.resolve = (lambda: app), (lambda path: poison)
with app.test_request_context(), db.unit() as unit:
    from webapp.core import log
    log.bind(request_id="ana-meets-an-error")
    job_id = outbox.Outbox(job="jobs.poison", arguments=["Marmalade under the lighthouse"],
                           request_id="ana-meets-an-error", due_at=outbox.clock.now())
    db.add(job_id)
    unit.transaction.commit()
    log.clear()
jobs.run(str(job_id.id))
with db.unit() as unit:
    db.execute(outbox.delete(outbox.Outbox).where(outbox.Outbox.id == job_id.id))
    unit.transaction.commit()
print(sorted(set(sys.modules) & {"sentry_sdk", "opentelemetry.exporter"}), file=sys.stderr)
"""


class Receiver:
    """What takes errors and traces: bodies by path."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.url = ""

    def events(self) -> list[dict]:
        """Return the events of Sentry's envelopes."""
        bodies = [body for path, body in self.taken if path == "/api/7/envelope/"]
        lines = [json.loads(line) for body in bodies for line in body.splitlines() if line.startswith(b"{")]
        return [line for line in lines if "exception" in line]

    def spans(self) -> list:
        """Return the spans of OpenTelemetry."""
        found = []
        for body in (body for path, body in self.taken if path == "/v1/traces"):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                found += [span for scope in resource.scope_spans for span in scope.spans]
        return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver on this machine."""
    mind = Receiver()

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mind.taken.append((self.path, gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
            self.send_response(200)
            self.end_headers()

    with serving(Handler) as mind.url:
        yield mind


def live(stack, **settings: str) -> subprocess.CompletedProcess:
    """Let a request and a job fail in a process with these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**kept, **stack.env, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1", **settings}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_without_settings_nothing_is_loaded(app, stack):
    done = live(stack)
    assert done.stderr.splitlines()[-1] == "[]"
    assert not [secret for secret in SECRETS if secret in done.stdout]


def test_errors_and_traces_arrive_without_anything_about_people(app, stack, receiver):
    dsn = receiver.url.replace("://", "://public@") + "/7"
    done = live(stack, SENTRY_DSN=dsn, OTEL_ENDPOINT=receiver.url, OTEL_SHARE="1.0")
    assert done.stderr.splitlines()[-1] == "['opentelemetry.exporter', 'sentry_sdk']"
    everything = b"".join(body for _, body in receiver.taken).decode(errors="replace") + done.stdout
    assert not [secret for secret in SECRETS if secret in everything]
    _check_errors(receiver.events())
    _check_traces(receiver.spans())


def _check_errors(events: list[dict]) -> None:
    assert [event["tags"]["request_id"] for event in events] == ["ana-meets-an-error"] * 2
    request, job = events
    assert request["tags"]["route"] == "/boom/<key>"
    kinds = {one["type"] for one in request["exception"]["values"]}
    assert "InvalidTextRepresentation" in kinds
    assert job["tags"]["job"] == "jobs.poison"
    assert {"user", "request", "extra", "server_name"} & set(request) == set()


def _check_traces(spans: list) -> None:
    assert len({span.trace_id for span in spans}) == 1, "a request and its job are one trace"
    by_name = {span.name: span for span in spans}
    request = by_name["GET /boom/<key>"]
    assert by_name["jobs.poison"].parent_span_id == request.parent_span_id
    assert request.status.code == 2
    assert "SELECT" in by_name
    below = [span for span in spans if span.parent_span_id == request.span_id]
    assert any("CAST" in str(span.attributes) for span in below)
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)


def test_a_setting_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(RuntimeError, match=r"requirements-observe\.txt"):
        report.configure(sentry_dsn="https://key@example.org/7", otel_endpoint="", otel_share=1)
    report.configure(sentry_dsn="", otel_endpoint="", otel_share=1)


def test_an_address_that_is_none_is_refused_and_not_shown(stack):
    settings = {name.lower(): value for name, value in stack.env.items()}
    with pytest.raises(ValidationError) as refusal:
        Settings(**settings, sentry_dsn="k3yThatNobodyMayRead")
    assert "k3y" not in str(refusal.value)
