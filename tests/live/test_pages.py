"""What an open page is sent, where no stream can be held open: what is new, and when to ask again."""

from tests import make


def test_a_visitor_gets_nothing_that_htmx_could_swap_in(visitor):
    answer = visitor.get("/events")
    assert (answer.status_code, answer.data) == (204, b"")


def test_somebody_whose_account_is_hidden_gets_nothing_either(sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    browser.post("/settings/data/deactivate", data={"password": make.PASSWORD})
    answer = browser.get("/events")
    assert (answer.status_code, answer.data) == (204, b"")


def test_the_numbers_come_at_once_and_the_page_asks_again_in_a_while(sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    make.tell("settle", "follow", ben.id, ana.id)
    answer = sign_in(ana).get("/events")
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    said = answer.get_data(as_text=True)
    assert "retry: 10000" in said
    assert '[id^="badge-notifications"]' in said
    assert '<b class="badge">1' in said


def test_a_page_says_where_its_events_come_from(sign_in, visitor):
    assert 'data-stream="/events"' in sign_in(make.user("ana")).get("/").text
    assert "hx-sse" not in visitor.get("/").text
