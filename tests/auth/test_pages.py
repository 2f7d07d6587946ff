"""Registering and signing in with plain forms."""

from tests import make


def test_the_whole_way_in_without_scripts(app, visitor):
    form = {"username": "nora", "email": "nora@example.org", "password": "correct horse battery"}
    made = visitor.post("/register", data=form)
    assert made.status_code == 303
    assert made.location == "/login"
    assert "Welcome" in visitor.get("/login").text

    signed_in = visitor.post("/login", data={"username": "nora", "password": form["password"], "next": "/saved"})

    assert signed_in.status_code == 303
    assert signed_in.location == "/saved"
    assert "Nothing saved yet" in visitor.get("/saved").text


def test_what_was_typed_is_still_there(app, visitor):
    answer = visitor.post("/register", data={"username": "nora", "email": "wrong", "password": "short"})
    assert answer.status_code == 422
    assert 'value="nora"' in answer.text
    assert "This is not an e-mail address" in answer.text
    assert "At least 10 characters" in answer.text
    assert "short" not in answer.text.split("<main")[1].split("At least")[0].split('value="')[-1]


def test_a_wrong_password_is_said_beside_the_form(app, visitor):
    make.user("nora")
    answer = visitor.post("/login", data={"username": "nora", "password": "wrong"})
    assert answer.status_code == 422
    assert "belong together" in answer.text.replace("&#39;", "'")
    assert 'value="nora"' in answer.text


def test_signing_in_leads_nowhere_else(app, visitor):
    make.user("nora")
    for there in ("https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nX-Bad: y", "/\t/evil.example"):
        body = {"username": "nora", "password": make.PASSWORD, "next": there}
        answer = app.test_client().post("/login", data=body)
        assert answer.location == "/", there


def test_a_page_for_members_leads_a_visitor_to_the_sign_in(app, visitor):
    answer = visitor.get("/settings/profile")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/settings/profile"


def test_sessions_are_listed_and_ended(app, sign_in):
    nora = make.user("nora")
    here, there = sign_in(nora), sign_in(nora)
    assert "/revoke" in here.get("/settings/sessions").text
    assert here.post("/settings/sessions/revoke-others").status_code == 303
    assert there.get("/settings/sessions").status_code == 303
    assert here.get("/settings/sessions").status_code == 200


def test_a_wrong_current_password_is_said_at_its_field(app, sign_in):
    browser = sign_in(make.user("nora"))
    body = {"current_password": "wrong", "new_password": "another fine secret"}
    answer = browser.post("/settings/security", data=body)
    assert answer.status_code == 422
    assert "Your current password is not right" in answer.text


def test_signing_out_leads_to_the_sign_in(app, sign_in):
    browser = sign_in(make.user("nora"))
    assert browser.post("/logout").location == "/login"
    assert browser.get("/saved").status_code == 303


def test_signing_in_leads_to_any_page_of_the_site(app, visitor):
    make.user("nora")
    body = {"username": "nora", "password": make.PASSWORD, "next": "/tags/日本"}
    answer = visitor.part("/login", method="POST", data=body)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/tags/%E6%97%A5%E6%9C%AC"


def test_a_form_of_before_the_sign_in_leads_on(app, sign_in):
    browser = sign_in(make.user("nora"))
    answer = browser.post("/login", data={"username": "", "password": ""})
    assert answer.status_code == 303
    assert answer.location == "/"
