"""A person's page."""

from tests import make
from tests.browsing import counted_queries


def test_a_profile_shows_the_persons_posts(app, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    mine, other = make.post(ana), make.post(ben)
    page = visitor.get("/@ana").text
    assert f"/p/{mine}" in page
    assert f"/p/{other}" not in page


def test_an_empty_profile_says_so(app, visitor, sign_in):
    ana = make.user("ana")
    assert "No photos yet" in visitor.get("/@ana").text
    assert "/new" in sign_in(ana).get("/@ana").text


def test_a_private_profile_shows_its_head_alone(app, sign_in):
    shy, ben = make.user("shy", private=True), make.user("ben")
    post_id = make.post(shy, "secret")
    page = sign_in(ben).get("/@shy")
    assert page.status_code == 200
    assert str(post_id) not in page.text
    assert str(post_id) in sign_in(shy).get("/@shy").text


def test_twenty_posts_cost_as_many_queries_as_two(app, visitor):
    ana = make.user("ana")
    for _ in range(2):
        make.post(ana)
    visitor.get("/@ana")
    with counted_queries() as few:
        visitor.get("/@ana")
    for _ in range(20):
        make.post(ana)
    with counted_queries() as many:
        visitor.get("/@ana")
    assert len(many) == len(few) <= 5
