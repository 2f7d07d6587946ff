"""The feed finds its way by indexes, whoever is hidden: without reading tables from end to end, the plans name them."""

import pytest
from sqlalchemy import text

from tests import make
from webapp.core import db
from webapp.core.page import Ask
from webapp.feed import queries
from webapp.users import queries as user_queries


@pytest.fixture
def crowd(app):
    """Ana, who follows some hundreds among some thousands who posted; some of them are hidden or shadowbanned."""
    ana = make.user("ana")
    make.let_analyze(app)
    seq = "generate_series(1, 3000) n"
    with make.unit():
        for statement in (
            f"INSERT INTO users (id, username, email, password_hash, created_at, status, shadowbanned,"
            f" last_activity_seq) SELECT gen_random_uuid(), 'p' || n, n || '@example.org', '!', now(),"
            f" CASE WHEN n % 100 = 0 THEN 'suspended' ELSE 'active' END, n % 150 = 0, n FROM {seq}",
            f"INSERT INTO posts (id, author_id, status, published_seq, created_at, published_at)"
            f" SELECT gen_random_uuid(), id, 'published', n, now(), now() FROM {seq} JOIN users ON username = 'p' || n",
            f"INSERT INTO follows (follower_id, followee_id, created_at)"
            f" SELECT '{ana.id}', id, now() FROM users WHERE username LIKE 'p%5'"
            f" UNION ALL SELECT id, '{ana.id}', now() FROM users WHERE username <> 'ana'",
            "INSERT INTO comments (id, post_id, author_id, content, created_at)"
            " SELECT gen_random_uuid(), id, author_id, 'Fine', now() FROM posts",
            "ANALYZE users, posts, follows, likes, reposts, mutes, blocks, comments",
        ):
            db.execute(text(statement))
    return ana.viewer


def test_a_page_of_the_feed_begins_at_the_followed_and_walks_their_newest_posts(crowd):
    shown = make.plan(lambda: queries.front(crowd, "following", Ask()))
    assert "ix_posts_author_published" in shown
    assert "ix_users_hidden" in shown
    assert "Seq Scan on posts" not in shown
    assert "Seq Scan on comments" not in shown


def test_later_pages_do_as_well(crowd):
    with make.unit():
        cursor = queries.following(crowd, Ask(5)).next_cursor
    shown = make.plan(lambda: queries.following(crowd, Ask(5, cursor)))
    assert "ix_posts_author_published" in shown
    assert "ix_users_hidden" in shown
    assert "Seq Scan on posts" not in shown


def test_ones_own_numbers_are_found_by_what_no_counter_knows(crowd):
    shown = make.plan(lambda: user_queries.get(crowd, "me"))
    for index in ("ix_follows_uncounted_", "ix_posts_concealed"):
        assert index in shown
