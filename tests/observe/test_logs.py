"""What the processes of a site write down: JSON, joined by the request's id, and nothing that is a secret."""

import json
import re

import pytest

from tests.observe.conftest import until

APPS = ("web", "worker", "cron")


def test_whatever_a_process_writes_is_json(day):
    for name in APPS:
        for line in day.logs()[f"{name}.log"].splitlines():
            written = json.loads(line)
            assert {"event", "level", "timestamp"} <= set(written), line
            assert written["timestamp"].endswith("Z")


def test_no_log_holds_what_is_secret_or_what_people_wrote(day):
    until(lambda: [line for line in day.lines("worker") if "nothing_like_that" in str(line)])
    logs = day.logs()
    assert {f"{name}.log" for name in (*APPS, "postgres", "redis")} <= set(logs)
    assert len(day.secrets) > 20
    found = [f"{what} in {name}" for what, text in day.secrets.items() for name, log in logs.items() if text in log]
    assert found == []
    assert not [name for name, log in logs.items() if re.search(r"[\w.+-]+@[\w-]+\.org", log)]


def test_a_request_is_one_line_with_all_that_the_specification_names(day):
    found = [line for line in day.lines("web") if line["event"] == "request"]
    names = {"request_id", "method", "route", "user_id", "status", "duration_ms", "db_ms", "queries"}
    assert all(names <= set(line) for line in found)
    mine = [line for line in found if line["request_id"] == "ben-writes-a-comment"]
    assert len(mine) == 1, "gunicorn must not add a line of its own"
    line = mine[0]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/api/v1/posts/<post_id>/comments", 201)
    assert line["queries"] > 1
    assert 0 < line["db_ms"] < line["duration_ms"]
    assert re.fullmatch(r"[0-9a-f-]{36}", line["user_id"])


@pytest.mark.parametrize(
    ("request_id", "jobs"),
    [
        ("ana-shares-a-photo", {"jobs.media.process", "jobs.posts.publish"}),
        ("ben-writes-a-comment", {"jobs.notifications.settle", "jobs.push.send"}),
        ("ben-answers-a-message", {"jobs.push.message", "jobs.push.send"}),
        ("ana-lost-a-password", {"jobs.auth.forgot", "jobs.mail.send"}),
    ],
)
def test_a_request_is_found_again_in_all_jobs_that_follow_from_it(day, request_id, jobs):
    done = {"event": "job", "outcome": "done"}
    names = lambda: {line["job"] for line in day.joined(request_id) if done.items() <= line.items()}  # noqa: E731
    until(lambda: jobs <= names() or None)
    line = next(line for line in day.joined(request_id) if line["event"] == "job")
    assert {"job_id", "attempt", "duration_ms", "db_ms", "queries"} <= set(line)


def test_a_failing_statement_leaves_a_trace_with_its_place_and_without_its_values(day):
    (line,) = [one for one in day.lines("web") if one["event"] == "unexpected error"]
    assert line["request_id"] == "ben-meets-an-error"
    assert line["route"] == "/api/v1/posts/<post_id>/comments"
    assert "IntegrityError" in line["exception"]
    assert "no_such_words" in line["exception"]
    assert "webapp/comments/actions.py" in line["exception"]
    assert "INSERT INTO comments" in line["exception"]
    assert "Failing row" not in line["exception"]


def test_a_failing_job_is_one_line_with_its_trace(day):
    tries = [line for line in day.joined("ben-meets-a-failing-job") if line.get("outcome") == "retrying"]
    assert len({line["attempt"] for line in tries}) == len(tries)
    assert "not_published" in tries[0]["exception"]
    assert "webapp/posts/actions.py" in tries[0]["exception"]
    said_again = [line for line in day.lines("worker") if "exception raised while executing" in str(line)]
    assert said_again == []


def test_a_slow_statement_is_told_with_its_route_or_job(day):
    slow = {name: [line for line in day.lines(name) if line["event"] == "slow statement"] for name in ("web", "worker")}
    assert all({"statement", "fingerprint", "duration_ms", "outcome"} <= set(line) for line in slow["web"])
    assert any(line["route"] == "/api/v1/posts/<post_id>/comments" for line in slow["web"])
    assert any(line.get("job") == "jobs.media.process" for line in slow["worker"])
    assert min(line["duration_ms"] for line in slow["web"]) >= 1


def test_a_request_that_makes_no_sense_is_told_without_its_words(day):
    assert [line for line in day.lines("web") if line["event"] == "Invalid request"]
