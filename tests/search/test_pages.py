"""The search page as people use it."""

import re
from html import unescape

from tests import make
from webapp.web import limits


def test_everything_is_found_by_plain_links_and_a_plain_form(app, visitor):
    ana = make.user("ana_lima")
    make.post(ana, "Fog over #fjaellet", location="Malmö")

    empty = visitor.get("/search").text
    assert re.search(r'<form[^>]*action="/search"', empty)
    assert 'name="q"' in empty
    people = visitor.get("/search?q=ana").text
    assert 'href="/@ana_lima"' in people
    for kind, sign in (("posts", 'class="grid"'), ("tags", 'href="/tags/fjaellet"')):
        link = unescape(re.search(rf'href="(/search\?[^"]*kind={kind}[^"]*)"', people)[1])
        page = visitor.get(link.replace("q=ana", "q=fjael")).text
        assert sign in page
        assert 'value="fjael"' in page


def test_what_is_typed_is_answered_by_the_results_alone_from_two_letters_on(app, visitor):
    make.user("ana_lima")
    part = visitor.part("/search/typed?q=ana_").text
    assert "<html" not in part
    assert "/@ana_lima" in part
    assert "1 found" in part
    assert "/@ana_lima" not in visitor.part("/search/typed?q=a").text
    assert visitor.part("/search/typed?q=").status_code == 200
    assert 'href="/@ana_lima"' in visitor.get("/search?q=a").text


def test_more_is_fetched_from_the_page_that_works_without_scripts_too(app, visitor):
    for number in range(25):
        make.user(f"clara{number:02}")
    part = visitor.part("/search/typed?q=clara").text
    older = unescape(re.search(r'hx-get="(/search\?[^"]+)"', part)[1])
    assert older.startswith("/search?q=clara&kind=people")
    rest = visitor.part(older).text
    assert rest.count('<li class="person"') == 5
    assert "<html" not in rest
    assert visitor.get(older).text.count('<li class="person"') == 5


def test_own_and_saved_photos_have_links_of_their_own(app, sign_in, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    mine, theirs = make.post(ana, "Fog"), make.post(ben, "Fog too")
    browser = sign_in(ana)
    page = browser.get("/search?q=fog&kind=posts").text
    assert f"/p/{mine}" in page
    assert f"/p/{theirs}" in page
    own = browser.get(unescape(re.search(r'href="([^"]*scope=own)"', page)[1])).text
    assert f"/p/{mine}" in own
    assert f"/p/{theirs}" not in own
    assert "scope=own" not in visitor.get("/search?q=fog&kind=posts").text


def test_a_strange_question_is_answered_in_words(app, visitor):
    assert "This is not understood" not in visitor.get("/search?q=x&kind=people&utm=1").text
    assert visitor.get("/search?q=x&kind=planets").status_code == 422
    assert visitor.get("/search?q=" + "x" * 101).status_code == 422
    assert "Nobody by that name" in visitor.get("/search?q=nobody_at_all").text
    assert "No such hashtag" in visitor.get("/search?q=%23nothing_like_it").text


def test_searching_and_typing_draw_from_buckets_of_their_own(app):
    views = app.view_functions
    assert {views[f"search_api.{name}"].bucket for name in ("people", "posts", "hashtags")} == {"search"}
    assert views["search.index"].bucket == "search"
    assert views["search.typed"].bucket == "as-you-type"
    assert limits.BUCKETS["search"][:2] == (30, "minute")
    assert limits.BUCKETS["as-you-type"][:2] == (120, "minute")
