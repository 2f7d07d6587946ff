"""The made-up community: the same from the same seed, and within the limits of the site."""

import io

import pytest
from PIL import Image

from demo import diary, pictures
from demo.people import PEOPLE
from demo.plan import CURATOR, plan
from webapp.auth.schemas import Registration
from webapp.comments.schemas import NewComment
from webapp.posts.schemas import NewPostForm
from webapp.stories.schemas import NewStory
from webapp.users.schemas import ProfileChange


def test_the_same_seed_makes_the_same_community():
    assert plan(3, 20) == plan(3, 20)
    assert plan(3, 20) != plan(4, 20)


def test_people_and_their_words_keep_the_limits():
    for person in PEOPLE:
        Registration(username=person.username, email=f"{person.username}@example.org", password="x" * 9 + "abcdef")
        ProfileChange(display_name=person.name, bio=person.bio, links=list(person.links))
        assert set(person.kinds) <= set(pictures.KINDS)
    for post in plan(1, 200).posts:
        NewPostForm(caption=post.caption, location=post.place)
        assert 1 <= len(post.pictures) <= 20
        assert "{" not in post.caption
        for remark in post.remarks:
            NewComment(content=remark.words)
        assert CURATOR not in (post.author, *post.likes)


def test_the_graph_is_alive():
    community = plan()
    followed = {other for _, other in community.follows}
    assert len(community.follows) > 150
    assert len(followed) > len(PEOPLE) / 2
    assert all(one != other for one, other in community.follows)
    assert len({post.author for post in community.posts}) > 12
    assert any(post.reposts for post in community.posts)


@pytest.mark.parametrize("kind", pictures.KINDS)
def test_every_kind_can_be_drawn_and_varies(kind):
    one, other = (pictures.draw(kind, seed, (200, 250)) for seed in (1, 2))
    assert one == pictures.draw(kind, 1, (200, 250))
    assert one != other
    assert Image.open(io.BytesIO(one)).size == (200, 250)
    assert 10 < len(pictures.describe(kind, 1)) < 200


def test_there_are_stories_of_today_by_those_whom_demo_follows():
    community = plan()
    made = diary.moments(community)
    assert made == diary.moments(plan())
    followed = {other for one, other in community.follows if one == 0}
    assert 0 in {moment.author for moment in made}
    assert {moment.author for moment in made} - {0} <= followed
    assert CURATOR not in {moment.author for moment in made}
    assert {moment.audience for moment in made} == {"followers", "close_friends"}
    assert all(0 < moment.age < 1440 for moment in made)
    for moment in made:
        NewStory(media_id="00000000-0000-7000-8000-000000000000", caption=moment.caption, audience=moment.audience)
