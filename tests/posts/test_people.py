"""Who is in a post: tagged by its author, told of it, free to leave."""

import pytest

from tests import make
from tests.browsing import counted_queries

API = "/api/v1"


@pytest.fixture
def town(app, sign_in):
    """Ana with a post; Ben, Cleo and Dora; everybody's browser."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo", "dora")}
    post_id = make.post(people["ana"], "On the pier")
    return people, post_id, {name: sign_in(person) for name, person in people.items()}


def tag(browser, post_id, *names):
    return browser.patch(f"{API}/posts/{post_id}", json={"tagged": list(names)})


def tagged(browser, post_id):
    return [person["username"] for person in browser.get(f"{API}/posts/{post_id}").json["tagged"]]


def told(browser):
    make.work()
    return [item["type"] for item in browser.get(f"{API}/notifications").json["items"]]


def test_people_are_tagged_by_name_or_id_told_once_and_found_on_their_page(town):
    people, post_id, browsers = town
    answer = tag(browsers["ana"], post_id, "@ben", str(people["cleo"].id))
    assert answer.status_code == 200
    assert [person["username"] for person in answer.json["tagged"]] == ["ben", "cleo"]
    assert set(answer.json["tagged"][0]) == {"id", "username", "display_name", "avatar"}
    for name in ("ben", "cleo"):
        assert told(browsers[name]) == ["tag"]
        listed = browsers["dora"].get(f"{API}/users/{name}/tagged").json["items"]
        assert [post["id"] for post in listed] == [str(post_id)]
    assert str(post_id) in browsers["dora"].get("/@ben/tagged").text
    assert browsers["dora"].get(f"{API}/users/dora/tagged").json["items"] == []
    assert "Not tagged yet" in browsers["ben"].get("/@dora/tagged").text
    page = browsers["dora"].get(f"/p/{post_id}").text
    assert 'with <a class="name" href="/@ben">@ben</a> and <a class="name" href="/@cleo">@cleo</a>' in page
    assert "Remove me" not in page
    tag(browsers["ana"], post_id, "ben")
    assert told(browsers["cleo"]) == []
    tag(browsers["ana"], post_id, "ben", "cleo")
    assert told(browsers["ben"]) == ["tag"]
    assert browsers["ben"].get(f"{API}/notifications/count").json["unread"] == 1


def test_what_is_left_out_stays_and_a_list_replaces(town):
    _, post_id, browsers = town
    ana = browsers["ana"]
    tag(ana, post_id, "ben", "dora")
    ana.patch(f"{API}/posts/{post_id}", json={"caption": "Other words"})
    assert tagged(ana, post_id) == ["ben", "dora"]
    tag(ana, post_id, "dora", "ana")
    assert tagged(ana, post_id) == ["ana", "dora"]
    tag(ana, post_id)
    assert tagged(ana, post_id) == []


def test_who_takes_themselves_off_stays_off(town):
    _, post_id, browsers = town
    ana, ben = browsers["ana"], browsers["ben"]
    tag(ana, post_id, "ben", "cleo")
    assert told(ben) == ["tag"]
    for _ in range(2):
        assert ben.delete(f"{API}/posts/{post_id}/tagged/me").status_code == 204
    assert tagged(ana, post_id) == ["cleo"]
    assert told(ben) == []
    assert ben.get(f"{API}/users/ben/tagged").json["items"] == []
    refused = tag(ana, post_id, "ben", "cleo")
    assert refused.status_code == 422
    assert "does not want to be tagged" in refused.json["errors"]["tagged"][0]
    assert tagged(ana, post_id) == ["cleo"]
    tag(ana, post_id)
    assert tag(ana, post_id, "ben").status_code == 422, "nor by way of taking the tag off first"


def test_only_its_author_tags_and_only_who_is_there(town, visitor):
    _, post_id, browsers = town
    ana = browsers["ana"]
    assert tag(browsers["ben"], post_id, "ben").status_code == 403
    for names in (["nobody_here"], ["ben", "made up"], [""] * 3 + ["@"], ["x" * 50]):
        answer = tag(ana, post_id, *names)
        assert answer.status_code in (200, 422)
        assert tagged(ana, post_id) == []
    assert "nobody called nobody_here" in tag(ana, post_id, "nobody_here").json["errors"]["tagged"][0]
    assert ana.patch(f"{API}/posts/{post_id}", json={"tagged": "ben"}).status_code == 422
    assert ana.patch(f"{API}/posts/{post_id}", json={"tagged": [1]}).status_code == 422
    many = [make.user(f"many_{number}").username for number in range(21)]
    assert tag(ana, post_id, *many).status_code == 422
    assert tag(ana, post_id, *many[:20]).status_code == 200
    browsers["cleo"].post(f"{API}/users/ana/block")
    assert tag(ana, post_id, "cleo").status_code == 422
    assert visitor.delete(f"{API}/posts/{post_id}/tagged/me").status_code == 401


def test_the_hidden_are_left_out_for_each_viewer(town, visitor):
    _, post_id, browsers = town
    tag(browsers["ana"], post_id, "ben", "cleo")
    browsers["ben"].post(f"{API}/users/dora/block")
    assert tagged(browsers["dora"], post_id) == ["cleo"]
    assert "@ben" not in browsers["dora"].get(f"/p/{post_id}").text
    assert tagged(visitor, post_id) == ["ben", "cleo"]
    assert browsers["dora"].get(f"{API}/users/ben/tagged").status_code == 404
    assert browsers["dora"].get("/@ben/tagged").status_code == 404
    feed = browsers["dora"].get(f"{API}/feed?view=public").json["items"][0]["post"]
    assert [person["username"] for person in feed["tagged"]] == ["cleo"]


def test_a_post_that_one_may_not_see_is_not_on_the_page_and_can_be_left(app, sign_in):
    shy, ben, dora = make.user("shy", private=True), make.user("ben"), make.user("dora")
    owner, tagged_one, other = sign_in(shy), sign_in(ben), sign_in(dora)
    post_id = make.post(shy, "A quiet room")
    tag(owner, post_id, "ben")
    assert told(tagged_one) == [], "who may not see it is not told"
    assert other.get(f"{API}/users/ben/tagged").json["items"] == []
    assert tagged_one.delete(f"{API}/posts/{post_id}/tagged/me").status_code == 204
    assert tagged(owner, post_id) == []
    assert other.delete(f"{API}/posts/{post_id}/tagged/me").status_code == 404
    assert other.get(f"{API}/users/shy/tagged").status_code == 404


def test_who_is_tagged_while_it_is_prepared_is_told_when_it_is_published(town):
    people, _, browsers = town
    post_id = make.post(people["ana"], published=False)
    tag(browsers["ana"], post_id, "ben")
    make.work(but="jobs.posts.publish")
    assert told_without(browsers["ben"]) == []
    with make.unit():
        make.publish(post_id)
    assert told(browsers["ben"]) == ["tag"]


def told_without(browser):
    return browser.get(f"{API}/notifications").json["items"]


def test_the_pages_do_the_same(town):
    _, post_id, browsers = town
    ana, ben = browsers["ana"], browsers["ben"]
    assert 'name="tagged"' in ana.get(f"/p/{post_id}/edit").text
    form = {"caption": "On the pier", "location": "", "tagged": "@ben, cleo dora"}
    assert ana.post(f"/p/{post_id}/edit", data=form).status_code == 303
    assert 'value="ben, cleo, dora"' in ana.get(f"/p/{post_id}/edit").text
    refused = ana.post(f"/p/{post_id}/edit", data={**form, "tagged": "ben, nobody_here"})
    assert refused.status_code == 422
    assert "nobody called nobody_here" in refused.text
    assert 'value="ben, nobody_here"' in refused.text
    assert "Remove me" in ben.get(f"/p/{post_id}").text
    left = ben.post(f"/p/{post_id}/tagged/leave", headers={"Referer": f"http://localhost/p/{post_id}"})
    assert left.location == f"/p/{post_id}"
    assert "not tagged in this post any more" in ben.get(left.location).text
    assert tagged(ana, post_id) == ["cleo", "dora"]
    ana.post(f"/p/{post_id}/edit", data={**form, "tagged": ""})
    assert tagged(ana, post_id) == []


def test_the_page_of_a_person_costs_as_many_queries_for_twenty_as_for_two(town):
    people, _, browsers = town
    costs = []
    for _ in range(2):
        for _ in range(2 if not costs else 18):
            tag(browsers["ana"], make.post(people["ana"]), "ben", "cleo", "dora")
        browsers["dora"].get("/settings")
        with counted_queries() as sent:
            page = browsers["dora"].get("/@ben/tagged").text
        costs.append(len(sent))
    assert page.count('<li><a href="/p/') == 20
    assert costs[0] == costs[1]
