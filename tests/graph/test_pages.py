"""The follow button: htmx gets the button, a plain form goes back."""

from tests import make


def test_the_button_follows_and_unfollows(app, sign_in):
    make.user("ana")
    browser = sign_in(make.user("ben"))
    part = browser.part("/@ana/follow", method="POST")
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "/@ana/unfollow" in part.text

    plain = browser.post("/@ana/unfollow", headers={"Referer": "http://localhost/@ana"})
    assert plain.status_code == 303
    assert plain.location == "/@ana"


def test_people_are_listed(app, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    assert "/@ben" in visitor.get("/@ana/followers").text
    assert "/@ana" in visitor.get("/@ben/following").text


def test_whom_a_list_belongs_to_is_spoken_to(app, visitor, sign_in):
    browser = sign_in(make.user("ana", display_name="Ana"))
    assert "Whoever follows Ana will" in visitor.get("/@ana/followers").text
    assert "Whoever follows you will" in browser.get("/@ana/followers").text
    assert "Find people" not in visitor.get("/@ana/following").text
    assert "Find people" in browser.get("/@ana/following").text
