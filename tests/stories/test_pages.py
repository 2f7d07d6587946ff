"""Stories as pages: the row above the feed, the viewer from person to person, what it costs."""

from sqlalchemy import update

from tests import make
from tests.browsing import HTMX, counted_queries
from tests.stories.test_api import API, over
from webapp.core import db
from webapp.models import Story
from webapp.stories import rings


def reader(*authors: make.Person) -> make.Person:
    """Make somebody who follows these people."""
    person = make.user("reader")
    for author in authors:
        make.follow(person, author)
    return person


def test_the_row_stands_above_what_one_follows_alone(app, sign_in, visitor):
    ana = make.user("ana")
    browser = sign_in(reader(ana))
    assert 'href="/new/story"' in browser.get("/").text
    assert 'href="/stories/ana"' not in browser.get("/").text
    make.story(ana)
    assert 'class="ring new" href="/stories/ana"' in browser.get("/").text
    for path in ("/?view=public", "/?view=for_you"):
        assert "/stories/ana" not in browser.get(path).text
    assert 'class="rings"' not in visitor.get("/").text
    path = f"/?cursor={later(ana, browser)}"
    with counted_queries() as sent:
        browser.get(path)
    assert not [statement for statement in sent if "story_views" in statement], "it is asked for at the top alone"


def later(author: make.Person, browser) -> str:
    for _ in range(21):
        make.post(author)
    return browser.get("/").text.split('hx-get="/?cursor=')[1].split('"')[0]


def test_it_holds_ten_and_leads_to_all_of_them(app, sign_in):
    people = [make.user(f"person_{number}") for number in range(rings.ROW + 2)]
    browser = sign_in(reader(*people))
    for person in people[: rings.ROW]:
        make.story(person)
    page = browser.get("/").text
    assert page.count('class="ring new"') == rings.ROW
    assert ">All</span>" not in page
    make.story(people[-1])
    page = browser.get("/").text
    assert page.count('class="ring new"') == rings.ROW
    assert ">All</span>" in page
    assert browser.get("/stories").text.count('class="ring new"') == rings.ROW + 1


def test_twenty_rings_cost_as_many_statements_as_two(app, sign_in):
    people = [make.user(f"person_{number}") for number in range(20)]
    browser = sign_in(reader(*people))
    paths = ("/", "/stories", f"{API}/stories/feed", "/stories/person_0", f"{API}/users/person_0/stories")
    for person in people[:2]:
        make.story(person)
    few = [cost(browser, path) for path in paths]
    for person in people:
        for _ in range(2):
            make.story(person)
    assert [cost(browser, path) for path in paths] == few
    assert few[1:3] == [2, 2], "rings and one's own on their way; rings and their people in full"


def cost(browser, path: str) -> int:
    browser.get(path)
    with counted_queries() as sent:
        assert browser.get(path).status_code in (200, 303)
    return len(sent)


def test_the_viewer_goes_from_person_to_person_and_comes_to_an_end(app, sign_in):
    ana, ben, cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
    browser = sign_in(reader(ana, ben, cleo))
    third, second = make.story(cleo), make.story(ben)
    first = [make.story(ana), make.story(ana)]
    path, walked = browser.get("/stories/ana").location, []
    while "/stories/" in path:
        path = path if path.count("/") == 3 else browser.get(path).location
        walked.append(path.rpartition("/")[2])
        page = browser.get(path).text
        form = page.split('class="story-zone after"')[1].split("</form>")[0]
        to = form.split('name="to" value="')[1].split('"')[0]
        path = browser.post(form.split('action="')[1].split('"')[0], data={"to": to}).location
    assert walked == [str(one) for one in (*first, second, third)]
    assert path == "/"
    back = browser.get(f"/stories/cleo/{third}").text
    assert 'href="/stories/ben" data-go="before"' in back


def test_an_address_says_whose_it_is_and_old_ones_lead_on(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    browser = sign_in(reader(ana))
    story_id = make.story(ana, "Fog")
    for name in ("ben", "ANA", "nobody"):
        assert browser.get(f"/stories/{name}/{story_id}").location == f"/stories/ana/{story_id}"
    assert browser.get("/stories/ben").status_code == 404
    assert browser.get("/stories/ana/not-an-id").status_code == 404
    part = browser.get(f"/stories/ana/{story_id}", headers=HTMX)
    assert part.text.lstrip().startswith("<section")
    assert "HX-Request" in part.headers["Vary"]
    assert ben


def test_a_way_on_leads_nowhere_else(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(reader(ana))
    story_id = make.story(ana)
    for bad in ("https://evil.example", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert browser.post(f"/stories/{story_id}/view", data={"to": bad}).location == "/"


def test_looking_does_not_count_not_even_ahead(app, sign_in):
    ana = make.user("ana")
    browser, hers = sign_in(reader(ana)), sign_in(ana)
    story_id = make.story(ana)
    for headers in ({}, {"Sec-Purpose": "prefetch"}, HTMX):
        browser.get(f"/stories/ana/{story_id}", headers=headers)
        browser.get("/stories/ana", headers=headers)
    assert hers.get(f"{API}/stories/{story_id}").json["counts"] == {"views": 0}
    browser.post(f"/stories/{story_id}/view", data={"to": "/"})
    assert hers.get(f"{API}/stories/{story_id}").json["counts"] == {"views": 1}
    assert "Seen by 1 person" in hers.get(f"/stories/ana/{story_id}").text


def test_ones_own_ring_says_how_it_stands(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    assert "Your story" in browser.get("/").text
    waiting = make.story(ana, ready=False)
    page = browser.get("/").text
    assert 'hx-get="/new/story/ring"' in page
    assert "On its way" in browser.get("/new/story/ring").text
    assert "Getting your photo ready" in browser.get(f"/stories/ana/{waiting}").text
    with make.unit():
        db.execute(update(Story).values(status="failed"))
    assert "Not shared" in browser.get("/new/story/ring").text
    assert "could not be shared" in browser.get("/stories").text
    browser.post(f"/stories/{waiting}/delete")
    assert "Not shared" not in browser.get("/").text
    make.story(ana)
    assert 'href="/stories/ana"' in browser.get("/new/story/ring").text


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(app, sign_in):
    browser = sign_in(make.user("ana"))
    form = {"caption": "Kept words", "audience": "close_friends"}
    wrong = browser.post("/new/story", data=form)
    assert wrong.status_code == 422
    assert "Choose a photo" in wrong.text
    assert "Kept words" in wrong.text
    assert 'value="close_friends" checked' in wrong.text
    two = {**form, "photo": [(make.io.BytesIO(make.photo()), name) for name in ("a.jpg", "b.jpg")]}
    wrong = browser.post("/new/story", data=two, content_type="multipart/form-data")
    assert "A story is one photo" in wrong.text
    empty = {**form, "photo": (make.io.BytesIO(b""), "a.jpg")}
    assert browser.post("/new/story", data=empty, content_type="multipart/form-data").status_code == 422


def test_undo_brings_it_back(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    story_id = make.story(ana, "Fog")
    assert browser.post(f"/stories/{story_id}/delete").location == "/"
    assert f'action="/stories/{story_id}/restore"' in browser.get("/").text
    assert browser.post(f"/stories/{story_id}/restore").location == f"/stories/ana/{story_id}"
    assert "Fog" in browser.get(f"/stories/ana/{story_id}").text
    over()
    assert browser.get(f"/stories/ana/{story_id}").status_code == 404
