"""The figures: what is counted, what is measured, how it is drawn."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

import jobs
from jobs import admin as clockwork
from tests import make
from webapp.admin import charts, figures
from webapp.core import clock, db, outbox
from webapp.core.outbox import Outbox
from webapp.core.sessions import UserSession
from webapp.models import Comment, DayFigures, Post, User
from webapp.web.filters import size

API = "/api/v1/admin/stats"


@pytest.fixture
def ada(app, sign_in):
    """An admin's browser; she joined long ago."""
    ada = make.user("ada", role="admin", created_at=clock.now() - timedelta(days=200))
    return sign_in(ada)


def today_of(answer) -> dict:
    return answer.json["days"][-1]


def test_days_are_counted_from_rows(app, ada):
    ben, cleo = make.user("ben"), make.user("cleo")
    posts = [make.post(ben) for _ in range(3)]
    make.comment(cleo, posts[0])
    make.talk(ben, cleo, content="Hello")
    ago = clock.now() - timedelta(days=4)
    with make.unit():
        db.execute(update(User).where(User.id == cleo.id).values(created_at=ago))
        db.execute(update(Post).where(Post.id == posts[0]).values(published_at=ago))
        db.execute(update(Comment).values(created_at=clock.now() - timedelta(days=60)))
    answer = ada.get(API)
    assert len(answer.json["days"]) == 30
    now, then = today_of(answer), answer.json["days"][-5]
    assert (now["registrations"], now["posts"], now["comments"], now["messages"]) == (1, 2, 0, 1)
    assert (then["day"], then["registrations"], then["posts"]) == (f"{ago:%Y-%m-%d}", 1, 1)
    assert now["active"] is None, "nothing was measured yet"
    assert sum(day["comments"] for day in ada.get(f"{API}?days=90").json["days"]) == 1
    totals = answer.json["totals"]
    assert (totals["people"], totals["posts"], totals["comments"], totals["storage_bytes"]) == (3, 3, 1, 3000)
    assert ada.get(f"{API}?days=1000").status_code == 422


def test_the_clock_measures_and_twice_is_once(app, ada, sign_in):
    ben = make.user("ben")
    sign_in(ben).get("/")
    make.bearer(make.user("cleo"))
    make.media(ben)
    now = clock.now()
    with make.unit():
        db.execute(update(Outbox).values(status="done", finished_at=now, job="jobs.posts.publish"))
        for seconds in (1, 2, 9):
            job_id = outbox.enqueue("jobs.media.process", "x")
            then = now - timedelta(seconds=seconds)
            db.execute(
                update(Outbox).where(Outbox.id == job_id).values(status="done", created_at=then, finished_at=now)
            )
        outbox.enqueue("jobs.search.fill_posts")
    clockwork.measure()
    first = today_of(ada.get(API))
    clockwork.measure()
    assert today_of(ada.get(API)) == first
    assert (first["active"], first["storage_bytes"], first["processed"]) == (3, 1000, 3)
    assert (first["processing_p50"], first["queue_most"]) == (2.0, 1)
    assert 8 < first["processing_p95"] < 9
    with make.unit():
        db.execute(update(UserSession).values(last_seen_at=now - timedelta(days=2)))
        db.execute(update(Outbox).values(status="done"))
    clockwork.measure()
    later = today_of(ada.get(API))
    assert (later["active"], later["queue_most"]) == (3, 1), "the most of the day stays"
    assert jobs.now(lambda: db.scalar(select(DayFigures.day).where(DayFigures.day == now.date())))


def test_the_page_draws_them_and_says_them(app, ada):
    with make.unit():
        figures.write(clock.now().date(), active=7, storage_bytes=2_500_000, processing_p50=1.5, processing_p95=4.0)
    page = ada.get("/admin/stats?days=90").text
    assert page.count("<svg") - page.count('<svg class="icon"') == 8
    assert "The most was 7 on" in page
    assert "2.5 MB" in page
    assert page.count('<th scope="row">') == 90
    assert "style=" not in page


def test_a_chart_has_round_levels_and_leaves_gaps():
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(4)]
    drawn = charts.bars("Posts", list(zip(days, (0, None, 30, 37), strict=True)), charts.count)
    assert [level.words for level in drawn.levels] == ["0", "20", "40"]
    assert [bar.words for bar in drawn.bars] == ["1 January: 0", "3 January: 30", "4 January: 37"]
    assert [day.words for day in drawn.days] == ["1 Jan", "3 Jan", "4 Jan"]
    assert drawn.said == "The most was 37 on 4 January; the last day shows 37."
    line = charts.lines("Bytes", [list(zip(days, (5, None, 6, 7), strict=True))], size)
    assert line.lines[0].count("M") == 2, "a gap is not bridged"
    empty = charts.bars("Posts", list(zip(days, (None,) * 4, strict=True)), charts.count)
    assert (empty.bars, empty.said) == ([], "Nothing was measured yet.")
