"""Folders of what one saved: seen by their owner alone, and nothing that is saved gets lost with them."""

import pytest

from tests import make
from tests.browsing import counted_queries

API = "/api/v1"
FOLDERS = f"{API}/me/saved/folders"


@pytest.fixture
def shelf(app, sign_in):
    """Ben's browser, Cleo's, and three posts of Ana's, all saved by Ben."""
    ana, ben, cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
    browser = sign_in(ben)
    posts = [str(make.post(ana, f"Photo {number}")) for number in range(3)]
    for post_id in posts:
        browser.post(f"{API}/posts/{post_id}/save")
    return browser, sign_in(cleo), posts


def saved(browser, folder=None):
    query = f"?folder={folder}" if folder else ""
    return [post["id"] for post in browser.get(f"{API}/me/saved{query}").json["items"]]


def test_a_post_is_moved_between_folders_and_stays_saved(shelf):
    ben, _, posts = shelf
    sea, city = (ben.post(FOLDERS, json={"name": name}).json["id"] for name in ("Sea", "City"))
    assert [folder["name"] for folder in ben.get(FOLDERS).json["items"]] == ["City", "Sea"]
    ben.post(f"{API}/posts/{posts[0]}/save", json={"folder_id": sea})
    assert saved(ben, sea) == [posts[0]]
    ben.post(f"{API}/posts/{posts[0]}/save")
    assert saved(ben, sea) == [posts[0]], "saving once more changes nothing"
    ben.post(f"{API}/posts/{posts[0]}/save", json={"folder_id": city})
    assert (saved(ben, sea), saved(ben, city)) == ([], [posts[0]])
    ben.post(f"{API}/posts/{posts[0]}/save", json={"folder_id": None})
    assert saved(ben, city) == []
    assert saved(ben) == posts[::-1]


def test_a_deleted_folder_takes_nothing_with_it(shelf):
    ben, _, posts = shelf
    sea = ben.post(FOLDERS, json={"name": "Sea"}).json["id"]
    ben.post(f"{API}/posts/{posts[1]}/save", json={"folder_id": sea})
    assert ben.delete(f"{FOLDERS}/{sea}").status_code == 204
    assert ben.delete(f"{FOLDERS}/{sea}").status_code == 404
    assert ben.get(f"{API}/me/saved?folder={sea}").status_code == 404
    assert saved(ben) == posts[::-1]


def test_a_name_is_there_once_however_it_is_written(shelf):
    ben, cleo, _ = shelf
    sea = ben.post(FOLDERS, json={"name": " The   Sea "}).json
    assert sea["name"] == "The Sea"
    again = ben.post(FOLDERS, json={"name": "the sea"})
    assert again.status_code == 422
    assert "name" in again.json["errors"]
    assert cleo.post(FOLDERS, json={"name": "The Sea"}).status_code == 201, "others' names are theirs"
    other = ben.post(FOLDERS, json={"name": "Lakes"}).json
    assert ben.patch(f"{FOLDERS}/{other['id']}", json={"name": "THE SEA"}).status_code == 422
    assert ben.patch(f"{FOLDERS}/{sea['id']}", json={"name": "THE SEA"}).json["name"] == "THE SEA"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "nul\x00"])
def test_a_name_has_limits(shelf, name):
    answer = shelf[0].post(FOLDERS, json={"name": name})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["name"]


def test_a_retried_folder_is_made_once(shelf):
    ben = shelf[0]
    made = [ben.post(FOLDERS, json={"name": "Sea"}, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert made[0].status_code == made[1].status_code == 201
    assert made[0].json == made[1].json


def test_nobody_reaches_the_folders_of_others(shelf):
    ben, cleo, posts = shelf
    sea = ben.post(FOLDERS, json={"name": "Secret sea"}).json["id"]
    ben.post(f"{API}/posts/{posts[0]}/save", json={"folder_id": sea})
    assert cleo.get(FOLDERS).json["items"] == []
    assert cleo.get(f"{API}/me/saved?folder={sea}").status_code == 404
    assert cleo.get(f"/saved?folder={sea}").status_code == 404
    assert cleo.patch(f"{FOLDERS}/{sea}", json={"name": "Mine"}).status_code == 404
    assert cleo.delete(f"{FOLDERS}/{sea}").status_code == 404
    assert cleo.post(f"{API}/posts/{posts[0]}/save", json={"folder_id": sea}).status_code == 404
    assert saved(cleo) == []


def test_it_works_without_javascript(shelf):
    ben, _, posts = shelf
    assert f"/p/{posts[0]}/folder" in ben.get(f"/p/{posts[0]}").text
    sent = ben.post(f"/p/{posts[0]}/folder", data={"folder_id": "", "name": "Sea"})
    assert sent.status_code == 303
    page = ben.get(sent.location).text
    assert f"/p/{posts[0]}" in page
    assert f"/p/{posts[1]}" not in page
    folder = sent.location.partition("=")[2]
    assert "checked" in ben.get(f"/p/{posts[0]}/folder").text.partition(folder)[2][:20]
    assert ben.post("/saved/folders", data={"name": "sea"}).status_code == 422
    assert "folder of this name already" in ben.post("/saved/folders", data={"name": "sea"}).text
    ben.post("/saved/folders", data={"name": "Hills"})
    assert ben.post(f"/saved/folders/{folder}/rename", data={"name": "hills"}).status_code == 422
    assert ben.post(f"/saved/folders/{folder}/rename", data={"name": "Coast"}).status_code == 303
    assert "Coast" in ben.get("/saved").text
    assert ben.post(f"/saved/folders/{folder}/delete").status_code == 303
    assert "Coast" not in ben.get("/saved").text
    assert ben.post(f"/p/{posts[0]}/folder", data={"folder_id": folder}).status_code == 404


def test_folders_cost_one_query(shelf):
    ben = shelf[0]
    ben.get("/saved")
    with counted_queries() as few:
        ben.get("/saved")
    for number in range(10):
        ben.post(FOLDERS, json={"name": f"Folder {number}"})
    with counted_queries() as many:
        ben.get("/saved")
    assert len(few) == len(many) == 2


def test_a_hundred_folders_are_enough(shelf):
    ben = shelf[0]
    for number in range(100):
        assert ben.post(FOLDERS, json={"name": f"Folder {number}"}).status_code == 201
    assert ben.post(FOLDERS, json={"name": "One more"}).status_code == 409
    assert len(ben.get(f"{FOLDERS}?limit=100").json["items"]) == 100
