"""Places."""

import re
from html import unescape

import pytest

from tests import make
from tests.browsing import counted_queries

API = "/api/v1/locations"


def captions(browser, name, **asked):
    return [post["caption"] for post in browser.get(f"{API}/{name}", query_string=asked).json["items"]]


def test_a_place_is_the_same_however_it_is_written(app, visitor):
    ana = make.user("ana")
    for number, place in enumerate(("Malmö, Sverige", "malmo sverige", "MALMÖ / Sverige", "Malmö", "")):
        make.post(ana, f"Photo {number}", location=place)

    for name in ("Malmö, Sverige", "malmo%20sverige", "Malmö%20%2F%20Sverige", "malmö//sverige"):
        answer = visitor.get(f"{API}/{name}", follow_redirects=True)
        assert [post["caption"] for post in answer.json["items"]] == ["Photo 2", "Photo 1", "Photo 0"], name
    assert captions(visitor, "Malmö") == ["Photo 3"]
    assert captions(visitor, "Nowhere") == []


@pytest.mark.parametrize("name", ["x" * 256, "…", "-", "%20"])
def test_what_is_no_name_is_not_found(app, visitor, name):
    assert visitor.get(f"{API}/{name}").status_code == 404
    assert visitor.get(f"/locations/{name}").status_code == 404


def test_the_card_leads_to_the_place_whatever_it_is_called(app, visitor):
    ana = make.user("ana")
    for place in ("Quai d'Orsay", "50% off & more?", "#1 / left", "<b>Łódź</b>", "東京 タワー"):
        make.post(ana, location=place)
    page = visitor.get("/").text
    links = [unescape(link) for link in re.findall(r'href="(/locations/[^"]+)"', page)]
    assert len(links) == 5
    for link in links:
        shown = visitor.get(link)
        assert shown.status_code == 200, link
        assert shown.text.count('<li><a href="/p/') == 1, link


def test_an_edited_place_is_another_place(app, sign_in, visitor):
    ana = make.user("ana")
    post_id = make.post(ana, "Photo", location="Oslo")
    assert captions(visitor, "oslo") == ["Photo"]
    sign_in(ana).patch(f"/api/v1/posts/{post_id}", json={"location": "Bergen"})
    assert captions(visitor, "oslo") == []
    assert captions(visitor, "bergen") == ["Photo"]


def test_places_are_paged_and_many_cost_as_much_as_few(app, sign_in):
    ana = make.user("ana")
    for number in range(2):
        make.post(ana, f"{number:02}", location="Oslo")
    browser = sign_in(ana)
    browser.get("/settings")
    with counted_queries() as few:
        captions(browser, "oslo")
    for number in range(2, 23):
        make.post(ana, f"{number:02}", location="Oslo", photos=2)
    with counted_queries() as many:
        assert len(captions(browser, "oslo")) == 20
    assert len(many) == len(few)
    first = browser.get(f"{API}/oslo").json
    make.post(ana, "in between", location="Oslo")
    rest = captions(browser, "oslo", cursor=first["next_cursor"])
    assert [post["caption"] for post in first["items"]] + rest == [f"{number:02}" for number in reversed(range(23))]
