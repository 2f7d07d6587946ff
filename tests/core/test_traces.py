"""Errors in words that may be kept."""

import io
import logging
import sys
import threading
from types import SimpleNamespace

import orjson
import pytest
import structlog
from psycopg import errors
from sqlalchemy.exc import DataError, IntegrityError

from webapp.core import log, traces

TOKEN = "Zk3yThatNobodyMayRead-0123456789_abcdefghijk"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no mailbox ana.b+c@mail.example.org here", "no mailbox …@… here"),
        ("postgresql://tintype:p4ss@db/tintype is away", "postgresql://…@db/tintype is away"),
        ("GET /private/a?X-Amz-Signature=0123&x=1 failed", "GET /private/a?… failed"),
        ("Authorization: abc refused", "Authorization: … refused"),
        (f"session {TOKEN} is over", "session … is over"),
        ("job 01a200e6-9d02-7643-9d69-942045c864bf", "job 01a200e6-9d02-7643-9d69-942045c864bf"),
        ('violates "fk_notifications_comment_id_comments_2"', 'violates "fk_notifications_comment_id_comments_2"'),
    ],
)
def test_what_is_secret_is_left_out_and_what_helps_stays(text, left):
    assert traces.scrubbed(text) == left


def test_of_an_error_the_first_line_stays_without_what_people_wrote():
    assert traces.said(ValueError("bad 'Marmalade under the lighthouse'\nand more")) == "ValueError: bad '…'"
    assert traces.said(KeyError("caption")) == "KeyError: 'caption'"
    assert traces.said(ValueError()) == "ValueError"
    refused = IntegrityError("INSERT INTO a", None, errors.UniqueViolation('twice "uq_a"\nDETAIL: Key (b)=(secret)'))
    assert traces.said(refused) == 'IntegrityError: (psycopg.errors.UniqueViolation) twice "uq_a"'
    value = DataError("SELECT 1", None, errors.InvalidTextRepresentation('invalid syntax: "lighthouse"'))
    assert "lighthouse" not in traces.said(value)


def test_a_trace_says_where_and_what_came_before():
    with pytest.raises(RuntimeError) as caught:
        _fail("Marmalade under the lighthouse")
    text = traces.written(caught.value)
    assert text.index("ValueError: within") < text.index("RuntimeError: around")
    assert "in _fail" in text
    assert "ValueError: within '…'" in text


def _fail(words: str) -> None:
    try:
        raise ValueError(f"within '{words}'")
    except ValueError as error:
        raise RuntimeError("around") from error


def test_a_trace_that_is_a_ring_or_long_comes_to_an_end():
    error = ValueError("a")
    error.__cause__ = error
    assert traces.written(error).count("ValueError: a") == 10
    assert len(traces.written(ValueError("b"))) < traces.MOST


@pytest.fixture
def lines(monkeypatch):
    """What is logged, as it stands on standard output."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    root, kept, ready = logging.getLogger(), structlog.get_config(), log._logger[:]
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook
    log.configure("ERROR")
    yield lambda: [orjson.loads(line) for line in out.getvalue().splitlines()]
    logging.captureWarnings(False)
    structlog.configure(**kept)
    log._logger[:] = ready
    root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook = before


def test_libraries_and_threads_write_lines_like_everybody(lines):
    log.bind(request_id="a-request")
    logging.getLogger("some.library").error("no %s", "ana@example.org", exc_info=ValueError("ana@example.org"))
    log.clear()
    log.catch_all()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    first, second = lines()
    assert (first["event"], first["logger"], first["request_id"]) == ("no …@…", "some.library", "a-request")
    assert first["exception"] == "ValueError: …@…"
    assert (second["event"], second["level"]) == ("uncaught error", "critical")
    assert second["exception"].endswith("ZeroDivisionError: division by zero")


def test_whoever_logs_a_secret_by_mistake_logs_a_star(lines):
    log.get().error("oops", new_password="a", csrf_token="b", caption="c", error="no ana@example.org", plain="d")
    (line,) = lines()
    assert (line["new_password"], line["csrf_token"], line["caption"], line["plain"]) == ("*", "*", "*", "d")
    assert line["error"] == "no …@…"
