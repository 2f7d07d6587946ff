"""Cards are drawn once per version: whatever a card shows, its change changes the card."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import make
from webapp.comments.shapes import Preview
from webapp.core import clock, db
from webapp.posts import cards, queries
from webapp.posts.shapes import PostCounts, PostViewer
from webapp.web import csrf


@pytest.fixture
def shown(app):
    """A post with an avatar, two comments and a viewer who may do everything."""
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana, "Words #fog", photos=2, location="Oslo")
    make.comment(ben, post_id, "First")
    with app.test_request_context("/"), db.unit(reading=True, make=make.factory[0]):
        post = queries.get(ana.viewer, post_id)
        yield post, [Preview("an id", "ben", "First")]


def changes(post, said):
    author, media = post.author, post.media
    edited = clock.now()
    yield replace(post, caption="Other words", edited_at=edited), said
    yield replace(post, location="Bergen", edited_at=edited), said
    yield replace(post, media=[replace(media[0], alt="A pier"), media[1]], edited_at=edited), said
    yield replace(post, media=media[:1]), said
    yield replace(post, media=[replace(m, urls=replace(m.urls, fallback="https://new/x.jpg")) for m in media]), said
    yield replace(post, author=replace(author, display_name="Ana L.")), said
    yield replace(post, author=replace(author, username="anna")), said
    yield replace(post, author=replace(author, avatar=media[0])), said
    yield replace(post, created_at=post.created_at - timedelta(hours=3)), said
    yield replace(post, counts=PostCounts(5, 1)), said
    yield replace(post, counts=PostCounts(0, 7)), said
    yield replace(post, viewer=PostViewer(True, False)), said
    yield replace(post, viewer=PostViewer(False, True)), said
    yield replace(post, viewer=None), said
    yield replace(post, can=["comment", "like", "save"]), said
    yield replace(post, can=["like", "save"]), said
    yield post, []
    yield post, [replace(said[0], username="benny")]


def test_a_card_is_drawn_once_and_anew_when_anything_changes(shown):
    post, said = shown
    first = cards.card(post, said)
    assert cards.card(replace(post), list(said)) is first, "the same is not drawn again"
    for number, (other, words) in enumerate(changes(post, said)):
        drawn = cards.card(other, words)
        assert drawn != first, f"change {number} is not seen"
    assert cards.card(post, said, eager=True) != first


def test_the_token_is_each_browsers_own_and_no_text_can_ask_for_it(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.post(ana, f"{csrf.PLACE} value={csrf.PLACE}")
    pages = [sign_in(person).get("/?view=public").text for person in (ana, ben)]
    tokens = [page.split('name="csrf_token" value="')[1].split('"')[0] for page in pages]
    assert tokens[0] != tokens[1]
    for page in pages:
        assert csrf.PLACE not in page
        assert "&lt;csrf&gt; value=&lt;csrf&gt;" in page
    assert csrf.PLACE not in app.test_client().get("/").text
