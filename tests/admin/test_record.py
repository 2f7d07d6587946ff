"""The record: filters, words instead of codes, and the file."""

import ast
import csv
import io
import uuid

import pytest
from sqlalchemy import insert

from tests import make
from tests.house.source import called, files
from webapp.admin import record
from webapp.core import clock, db
from webapp.models import AuditEntry
from webapp.models.moderation import SANCTIONS
from webapp.policy import audit

API = "/api/v1/moderation/audit"


@pytest.fixture
def moe(app, sign_in):
    """A moderator's browser."""
    return sign_in(make.user("moe", role="moderator"))


def written(actor, action: str, target_type: str = "user", user=None, **more) -> None:
    with make.unit():
        target = more.pop("target_id", None) or (user.id if user else uuid.uuid4())
        audit.write(actor and actor.viewer, action, target_type, target, user_id=user and user.id, **more)


def actions(browser, query: str = "") -> list[str]:
    return [item["action"] for item in browser.get(f"{API}?{query}").json["items"]]


def test_it_is_read_latest_first_and_by_every_filter(app, moe):
    ben, eve = make.user("ben"), make.user("eve")
    post_id = uuid.uuid4()
    written(eve, "warn", user=ben, reason="Too loud")
    written(eve, "takedown", "post", user=ben, target_id=post_id)
    written(None, "unsuspend", user=eve)
    today = f"{clock.now():%Y-%m-%d}"
    for query, found in (
        ("", ["unsuspend", "takedown", "warn"]), ("actor=eve", ["takedown", "warn"]),
        ("user=@BEN", ["takedown", "warn"]),
        (f"actor={eve.id}&user={ben.id}&action=warn", ["warn"]), (f"target={post_id}", ["takedown"]),
        (f"target=post:{post_id}", ["takedown"]), (f"target=user:{post_id}", []), ("action=unsuspend", ["unsuspend"]),
        (f"since={today}&until={today}", ["unsuspend", "takedown", "warn"]), ("until=2020-01-01", []),
        ("since=2999-01-01T00:00Z", []), ("actor=nobody", []),
    ):  # fmt: skip
        assert actions(moe, query) == found, query
    latest, middle, first = moe.get(API).json["items"]
    assert latest["actor"] is None
    assert middle["target"] == {"type": "post", "id": str(post_id)}
    assert (first["actor"]["username"], first["user"]["username"], first["reason"]) == ("eve", "ben", "Too loud")
    assert int(first["id"]) < int(middle["id"])


def test_it_goes_on_by_cursor(app, moe):
    for number in range(5):
        written(None, f"step{number}")
    first = moe.get(f"{API}?limit=3").json
    rest = moe.get(f"{API}?limit=3&cursor={first['next_cursor']}").json
    assert [item["action"] for item in first["items"] + rest["items"]] == [f"step{n}" for n in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None


def test_what_is_no_day_is_said_beside_its_field(app, moe):
    assert "since" in moe.get(f"{API}?since=yesterday").json["errors"]
    assert moe.get(f"{API}?until=9999-12-31").status_code == 422
    page = moe.get("/admin/audit?since=yesterday&actor=eve")
    assert page.status_code == 422
    assert "Write a day like" in page.text
    assert 'value="eve"' in page.text


def test_the_page_says_it_in_words_and_leads_to_the_file(app, moe):
    ben, eve = make.user("ben"), make.user("eve")
    written(eve, "suspend", user=ben, reason="<b>Spam</b>", until="2030-01-01")
    written(None, "unsuspend", user=ben)
    page = moe.get("/admin/audit?user=ben").text
    assert "suspended" in page
    assert "The clock" in page
    assert "&lt;b&gt;Spam" in page
    assert "until: 2030-01-01" in page
    assert 'href="/api/v1/moderation/audit.csv?user=ben"' in page


def test_the_file_holds_all_that_fits_and_no_formula(app, moe):
    ben = make.user("ben")
    for reason in ("=1+1", "+cmd|x", "-2", "@SUM(A1)", "\t=1", " =1", 'Fine, "really"\nyes'):
        written(ben, "warn", user=ben, reason=reason)
    written(ben, "suspend", user=ben)
    answer = moe.get(f"{API}.csv?action=warn")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head[0] == "id"
    reasons = [row[head.index("reason")] for row in rows]
    assert reasons == ['Fine, "really"\nyes', "' =1", "'\t=1", "'@SUM(A1)", "'-2", "'+cmd|x", "'=1+1"]
    assert {row[head.index("actor")] for row in rows} == {"ben"}


def test_the_file_is_read_in_pieces(app, moe):
    with make.unit():
        row = {"action": "step", "target_type": "user", "target_id": "x", "at": clock.now(), "reason": "", "facts": {}}
        db.execute(insert(AuditEntry.__table__), [dict(row) for _ in range(1203)])
    answer = moe.get(f"{API}.csv", buffered=False)
    pieces = list(answer.response)
    assert len(pieces) == 4, "the head and three batches"
    assert sum(piece.count(b"\n") for piece in pieces) == 1204


def test_an_erased_person_leaves_an_id(app, moe):
    gone = uuid.uuid4()
    with make.unit():
        audit.write(None, "delete", "user", gone, user_id=gone)
    (item,) = moe.get(f"{API}?user={gone}").json["items"]
    assert (item["user"], item["user_id"]) == (None, str(gone))
    assert "somebody who left" in moe.get("/admin/audit").text


def test_every_code_that_is_written_has_words():
    written = {
        call.args[1].value
        for path in files("webapp")
        for what, call in called(path)
        if what == "write" and len(call.args) > 3 and isinstance(call.args[1], ast.Constant)
    }
    assert len(written) > 15
    assert (written | set(SANCTIONS) | {"undo", "appeal-accept", "appeal-reject"}) - set(record.WORDS) == set()
    facts = {"before": {"role": "user", "to": "admin"}, "sanction": "x", "ended": 2, "until": None}
    assert record.details({**facts, "was": {"status": "held"}}) == ["user → admin", "ended: 2", "was: status held"]
