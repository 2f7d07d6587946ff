"""Cursors: what was sealed opens, what was touched does not."""

import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import crypto, page
from webapp.core.errors import Invalid
from webapp.core.page import Ask, cut


@pytest.fixture(autouse=True, scope="module")
def _signed():
    page.configure(crypto.Signer("a secret that is only for these tests, long enough"))


@given(st.integers(0, 2**62))
def test_a_number_comes_back(number):
    assert page.decode("feed", page.encode("feed", number), (int,)) == (number,)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_time_and_an_id_come_back(moment, identity):
    sealed = page.encode("saved", moment, identity)
    assert page.decode("saved", sealed, (datetime, uuid.UUID)) == (moment, identity)


@given(st.text(max_size=200))
def test_anything_else_is_refused(text):
    with pytest.raises(Invalid):
        page.decode("feed", text, (int,))


@given(st.integers(0, 10**9), st.data())
def test_a_touched_cursor_is_refused(number, data):
    sealed = page.encode("feed", number)
    at = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHabcdefgh0123456789-_").filter(lambda c: c != sealed[at]))
    touched = sealed[:at] + other + sealed[at + 1 :]
    try:
        assert page.decode("feed", touched, (int,)) == (number,), "only unused bits of the last character may differ"
    except Invalid:
        return


def test_a_cursor_is_good_for_its_own_list():
    with pytest.raises(Invalid):
        page.decode("public", page.encode("feed", 7), (int,))


def test_a_short_list_goes_on_after_the_item_shown_last_or_where_it_was():
    items = [SimpleNamespace(id=uuid.uuid4()) for _ in range(5)]
    first = page.whole(items, Ask(limit=2), "few")
    then = page.whole([items[4], *items[:4]], Ask(limit=2, cursor=first.next_cursor), "few")
    assert (first.items, then.items) == (items[:2], items[2:4])
    gone = page.whole([items[0], *items[2:]], Ask(limit=2, cursor=first.next_cursor), "few")
    assert gone.items == items[3:]
    assert gone.next_cursor is None
    with pytest.raises(Invalid):
        page.whole(items, Ask(cursor="bogus"), "few")


def test_a_row_too_many_tells_that_there_is_more():
    more = cut([5, 4, 3], Ask(limit=2), "feed", lambda row: (row,))
    assert more.items == [5, 4]
    assert page.decode("feed", more.next_cursor, (int,)) == (4,)
    assert cut([5, 4], Ask(limit=2), "feed", lambda row: (row,)).next_cursor is None
