"""One's profile as a form."""

from tests import make


def test_one_edits_ones_profile_with_a_plain_form(app, sign_in):
    browser = sign_in(make.user("ana"))
    form = {"display_name": "Ana", "bio": "Light & shade", "username": "ana", "links": ["https://example.org", "", ""]}
    assert browser.post("/settings/profile", data=form).status_code == 303
    page = browser.get("/@ana").text
    assert "Light &amp; shade" in page
    assert "https://example.org" in page


def test_a_bad_link_keeps_what_was_typed(app, sign_in):
    browser = sign_in(make.user("ana"))
    answer = browser.post("/settings/profile", data={"bio": "Kept words", "links": ["ftp://x"]})
    assert answer.status_code == 422
    assert "Kept words" in answer.text
