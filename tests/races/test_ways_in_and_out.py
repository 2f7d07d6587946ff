"""Keys and codes that are good once, brought by many at once; and numbers while people leave and return."""

import email
import re
import time
from collections import Counter
from email.policy import default

import pyotp
import requests

from tests import make
from tests.races.test_many_at_once import at_once
from tests.waiting import until
from tests.whole import PASSWORD, Script, Site


def mailed(site: Site, template: str, address: str) -> str:
    """Return the key in the newest mail of this kind to an address."""

    def key() -> str:
        for path in sorted((site.data / "mail").glob(f"*-{template}-*.eml"), reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            if mail["To"] == address:
                return re.search(r"/reset/(\S+)", mail.get_body(("plain",)).get_content()).group(1)
        return ""

    return until(key)


def post(site: Site, path: str, **body: object):
    return lambda: requests.post(f"{site.url}/api/v1{path}", json=body, timeout=60)


def test_a_mailed_key_sets_one_password(site):
    site.person("forgetful")
    assert post(site, "/auth/password/forgot", email="forgetful@example.org")().status_code == 202
    key = mailed(site, "reset-password", "forgetful@example.org")
    words = [f"a fine secret number {number}" for number in range(8)]
    calls = [post(site, "/auth/password/reset", token=key, new_password=word) for word in words]
    assert Counter(at_once(calls)) == {204: 1, 422: 7}
    tried = [post(site, "/auth/login", username="forgetful", password=word)().status_code for word in words]
    assert Counter(tried) == {200: 1, 401: 7}


def test_a_code_and_a_recovery_code_let_one_in(site):
    person = site.person("twosteps")
    secret = person.call("POST", "/auth/totp", json={"password": PASSWORD}).json()["secret"]
    app = pyotp.TOTP(secret)
    done = person.call("POST", "/auth/totp/confirm", json={"code": app.at(time.time() - 30)})
    way_in = {"username": "twosteps", "password": PASSWORD}
    for code in (app.now(), done.json()["codes"][0]):
        assert Counter(at_once([post(site, "/auth/login", **way_in, totp=code)] * 4)) == {200: 1, 401: 3}


def settled(person: Script, path: str, name: str, number: int) -> bool:
    """Wait until a count is what it should be."""
    return until(lambda: person.call("GET", path).json()["counts"][name] == number)


def test_numbers_are_right_when_many_leave_and_return_at_once(site, people):
    crowd = [site.person(f"tide_{number}") for number in range(6)]
    ana = people["ana"]
    shown = f"/posts/{ana.post(make.photo(200, 200, '#404040'))}"
    before = ana.call("GET", "/users/ana").json()["counts"]["followers"]
    for person in crowd:
        assert person.call("POST", f"{shown}/like").status_code == 200
        assert person.call("POST", "/users/ana/follow").status_code == 200
    leave, stay = crowd[:4], crowd[4:]
    calls = [lambda p=person: p.call("POST", "/me/deactivate") for person in leave for _ in range(2)]
    calls += [lambda p=person: p.call("DELETE", f"{shown}/like") for person in stay]
    assert set(at_once(calls)) == {200}
    assert settled(ana, shown, "likes", 0)
    assert settled(ana, "/users/ana", "followers", before + 2)
    back = [lambda p=person: p.call("POST", "/me/reactivate") for person in leave for _ in range(2)]
    again = [lambda p=person: p.call("POST", f"{shown}/like") for person in stay]
    assert set(at_once(back + again)) == {200}
    assert settled(ana, shown, "likes", 6)
    assert settled(ana, "/users/ana", "followers", before + 6)
