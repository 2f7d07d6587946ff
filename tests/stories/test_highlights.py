"""Highlights: stories that stay, in a chosen order, for the same people as before."""

import uuid

import pytest
from sqlalchemy import update

from tests import make
from tests.browsing import counted_queries
from tests.stories.test_api import API, over
from webapp.core import db
from webapp.models import Story


@pytest.fixture
def circle(app, sign_in):
    """Ana; Ben, who follows her; Cleo, a close friend who follows her, too; Dan, a stranger."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo", "dan")}
    for name in ("ben", "cleo"):
        make.follow(people[name], people["ana"])
    make.befriend(people["ana"], people["cleo"])
    return people, {name: sign_in(person) for name, person in people.items()}


def keep(browser, *story_ids, title: str = "Fog", **more):
    body = {"title": title, "story_ids": [str(one) for one in story_ids], **more}
    return browser.post(f"{API}/highlights", json=body)


def test_what_is_kept_outlives_its_day_in_the_chosen_order(circle):
    people, browsers = circle
    one, two, three = (make.story(people["ana"], f"Number {number}") for number in range(3))
    made = keep(browsers["ana"], three, one, cover_id=str(one))
    assert made.status_code == 201
    assert made.json["story_ids"] == [str(three), str(one)]
    over()
    ben = browsers["ben"]
    assert ben.get(f"{API}/users/ana/stories").json["items"] == []
    assert ben.get(f"{API}/stories/{two}").status_code == 404
    assert ben.get(f"{API}/stories/{one}").json["kept"] is True
    [shown] = ben.get(f"{API}/users/ana/highlights").json["items"]
    assert shown["title"] == "Fog"
    assert shown["cover"]["id"] == ben.get(f"{API}/stories/{one}").json["media"]["id"]
    inside = ben.get(f"{API}/highlights/{made.json['id']}/stories").json["items"]
    assert [story["caption"] for story in inside] == ["Number 2", "Number 0"]
    page = ben.get("/@ana").text
    assert f'href="/highlights/{made.json["id"]}"' in page
    assert ben.get(f"/highlights/{made.json['id']}").location.endswith(f"/{three}")
    viewer = ben.get(f"/highlights/{made.json['id']}/{three}").text
    assert "Story 1 of 2" in viewer
    assert f'href="/highlights/{made.json["id"]}/{one}"' not in viewer, "the way on is a form: it counts"
    assert f'value="/highlights/{made.json["id"]}/{one}"' in viewer
    assert ben.get(f"/highlights/{made.json['id']}/{two}").status_code == 404


def test_a_covered_photo_is_no_cover(circle):
    people, browsers = circle
    one, two = make.story(people["ana"]), make.story(people["ana"])
    made = keep(browsers["ana"], one, two, cover_id=str(one)).json["id"]
    photos = {story: browsers["ben"].get(f"{API}/stories/{story}").json["media"]["id"] for story in (one, two)}

    def cover():
        shown = browsers["ben"].get(f"{API}/highlights/{made}").json["cover"]
        return shown and shown["id"]

    assert cover() == photos[one]
    for story, left in ((one, photos[two]), (two, None)):
        with make.unit():
            db.execute(update(Story).where(Story.id == story).values(sensitive=True))
        assert cover() == left
    assert browsers["ben"].get("/@ana").status_code == browsers["ana"].get("/highlights").status_code == 200


def test_it_is_for_the_same_people_and_hides_that_there_is_more(circle):
    people, browsers = circle
    close, plain = make.story(people["ana"], audience="close_friends"), make.story(people["ana"])
    hidden = keep(browsers["ana"], close, title="Secret").json["id"]
    mixed = keep(browsers["ana"], close, plain, title="Mixed", cover_id=str(close)).json["id"]
    titles = {
        name: [one["title"] for one in browsers[name].get(f"{API}/users/ana/highlights").json["items"]]
        for name in browsers
    }
    assert titles == {"ana": ["Secret", "Mixed"], "ben": ["Mixed"], "cleo": ["Secret", "Mixed"], "dan": []}
    seen = browsers["ben"].get(f"{API}/highlights/{mixed}").json
    assert seen["story_ids"] == [str(plain)]
    assert seen["cover_id"] is None
    assert seen["cover"]["id"] == browsers["ben"].get(f"{API}/stories/{plain}").json["media"]["id"]
    assert browsers["ben"].get(f"{API}/highlights/{hidden}").status_code == 404
    assert browsers["ben"].get(f"/highlights/{hidden}").status_code == 404
    assert "Secret" not in browsers["ben"].get("/@ana").text
    assert browsers["dan"].get(f"{API}/highlights/{mixed}").status_code == 404


def test_only_ones_own_stories_that_are_there_can_be_kept(circle):
    people, browsers = circle
    mine, theirs, gone = make.story(people["ana"]), make.story(people["ben"]), make.story(people["ana"])
    over(gone)
    ana = browsers["ana"]
    assert keep(ana, theirs).json["errors"].keys() == {"story_ids"}
    assert keep(ana, gone).status_code == 422
    assert keep(ana, uuid.uuid4()).status_code == 422
    assert keep(ana, mine, mine).status_code == 422
    assert keep(ana, mine, cover_id=str(gone)).json["errors"].keys() == {"cover_id"}
    assert keep(ana).status_code == 422
    assert keep(ana, mine, title=" ").status_code == 422
    assert keep(ana, mine, title="x" * 61).status_code == 422
    assert ana.get(f"{API}/highlights").json["items"] == []


def test_it_is_changed_moved_and_deleted(circle):
    people, browsers = circle
    ana, ben = browsers["ana"], browsers["ben"]
    one, two = make.story(people["ana"]), make.story(people["ana"])
    first, second = (keep(ana, one, title=title).json["id"] for title in ("First", "Second"))
    changed = ana.patch(f"{API}/highlights/{first}", json={"story_ids": [str(two), str(one)], "title": "Firstly"}).json
    assert (changed["title"], changed["story_ids"]) == ("Firstly", [str(two), str(one)])
    assert ana.patch(f"{API}/highlights/{second}", json={"position": 0}).json["position"] == 0
    assert [item["title"] for item in ana.get(f"{API}/highlights").json["items"]] == ["Second", "Firstly"]
    assert ana.patch(f"{API}/highlights/{first}", json={"cover_id": str(one)}).json["cover_id"] == str(one)
    assert ana.patch(f"{API}/highlights/{first}", json={"title": "Kept cover"}).json["cover_id"] == str(one)
    assert ana.patch(f"{API}/highlights/{first}", json={"story_ids": [str(two)]}).json["cover_id"] is None
    for method in ("PATCH", "DELETE"):
        body = {"title": "Mine"} if method == "PATCH" else None
        assert ben.open(f"{API}/highlights/{first}", method=method, json=body).status_code == 403
    over()
    assert ana.delete(f"{API}/highlights/{first}").status_code == 204
    assert ana.get(f"{API}/stories/{two}").status_code == 404
    assert ana.get(f"{API}/stories/{one}").status_code == 200, "the other highlight keeps it"


def test_forms_put_stories_into_the_order_of_their_numbers(circle):
    people, browsers = circle
    ana = browsers["ana"]
    one, two, three = (make.story(people["ana"]) for _ in range(3))
    assert "checked" in ana.get(f"/highlights/new?story={one}").text.split(str(one))[1][:40]
    form = {
        "title": "By numbers", "story_ids": [str(one), str(two), str(three)], "cover_id": str(two),
        f"place-{one}": "3", f"place-{two}": "1", f"place-{three}": "2",
    }  # fmt: skip
    assert ana.post("/highlights/new", data=form).location.endswith("/@ana")
    [made] = ana.get(f"{API}/highlights").json["items"]
    assert made["story_ids"] == [str(two), str(three), str(one)]
    wrong = ana.post(f"/highlights/{made['id']}/edit", data={"title": "", "story_ids": [str(one)]})
    assert wrong.status_code == 422
    assert "Please write something" in wrong.text
    again = keep(ana, one, title="Other").json["id"]
    assert ana.post(f"/highlights/{again}/edit", data={"position": "0"}).location.endswith("/highlights")
    assert [item["title"] for item in ana.get(f"{API}/highlights").json["items"]] == ["Other", "By numbers"]
    assert ana.post(f"/highlights/{again}/delete").location.endswith("/highlights")
    assert len(ana.get(f"{API}/highlights").json["items"]) == 1


def test_a_profile_costs_one_statement_more_however_many_there_are(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    ben = browsers["ben"]
    ben.get("/@ana")
    with counted_queries() as few:
        ben.get("/@ana")
    for number in range(8):
        keep(browsers["ana"], story_id, title=f"Number {number}")
    with counted_queries() as many:
        page = ben.get("/@ana").text
    assert len(few) == len(many)
    assert page.count('href="/highlights/') == 8
    assert 'class="ring new" href="/stories/ana"' in page
    ben.post(f"{API}/stories/{story_id}/view")
    page = ben.get("/@ana").text
    assert 'class="ring" href="/stories/ana"' in page
    assert 'href="/stories/ana"' not in browsers["dan"].get("/@ana").text
