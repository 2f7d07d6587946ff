"""The last use of an invite, one approval, one filter, by several at once: the database decides."""

import requests

from tests.races.test_many_at_once import at_once
from tests.whole import PASSWORD, Script, Site


def test_the_last_use_of_an_invite_lets_one_in(site: Site, admin: Script):
    made = admin.call("POST", "/admin/invites", json={"most": 1}).json()
    code = made["url"].rpartition("/")[2]

    def join(number: int):
        body = {
            "username": f"last_{number}",
            "email": f"last{number}@example.org",
            "password": PASSWORD,
            "invite": code,
        }
        return lambda: requests.post(f"{site.url}/api/v1/auth/register", json=body, timeout=60)

    assert sorted(at_once([join(number) for number in range(5)])) == [201, 403, 403, 403, 403]
    found = [admin.call("GET", f"/users/last_{number}").status_code for number in range(5)]
    assert sorted(found) == [200, 404, 404, 404, 404]
    listed = {one["id"]: one for one in admin.call("GET", "/admin/invites").json()["items"]}
    assert (listed[made["id"]]["used"], listed[made["id"]]["state"]) == (1, "used")


def test_one_decision_about_who_waits(site: Site, admin: Script):
    rule = {"domain": "waits.example", "action": "approve"}
    assert admin.call("POST", "/admin/access-rules", json=rule).status_code == 201
    body = {"username": "waits", "email": "w@waits.example", "password": PASSWORD}
    assert requests.post(f"{site.url}/api/v1/auth/register", json=body, timeout=60).status_code == 201
    [waiting] = admin.call("GET", "/admin/registrations").json()["items"]
    path = f"/admin/registrations/{waiting['id']}"
    calls = [lambda verb=verb: admin.call("POST", f"{path}/{verb}", json={}) for verb in ("approve", "reject") * 3]
    assert sorted(at_once(calls)) == [204, 409, 409, 409, 409, 409]
    assert admin.call("GET", "/admin/registrations").json()["items"] == []


def test_one_filter_of_many_for_the_same_words(site: Site, admin: Script):
    bodies = [{"phrase": phrase, "action": "hold"} for phrase in ("Zugunglück", "ZUGUNGLUCK", "zug\u200bungluck") * 2]
    calls = [lambda body=body: admin.call("POST", "/moderation/filters", json=body) for body in bodies]
    assert sorted(at_once(calls)) == [201, 422, 422, 422, 422, 422]


def test_options_changed_at_once_lose_nothing(site: Site, admin: Script):
    buckets = ("likes", "saves", "reposts", "follows")
    calls = [
        lambda bucket=bucket: admin.call("PUT", "/admin/settings", json={"limits": {bucket: 90}}) for bucket in buckets
    ]
    assert set(at_once(calls)) == {200}
    shown = {one["bucket"]: one["number"] for one in admin.call("GET", "/admin/settings").json()["limits"]}
    assert {shown[bucket] for bucket in buckets} == {90}
    assert admin.call("PUT", "/admin/settings", json={"limits": dict.fromkeys(buckets)}).status_code == 200
