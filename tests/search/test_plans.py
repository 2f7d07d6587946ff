"""Searches find their way by indexes: without the choice of reading tables from end to end, the plans name them."""

import re

import pytest
from sqlalchemy import text

from tests import make
from webapp.core import db
from webapp.core.page import Ask
from webapp.posts import places, tags
from webapp.search import queries


@pytest.fixture
def crowd(app):
    """Some thousand posts and people with words of their own; returns one of the people."""
    ana = make.user("ana")
    make.let_analyze(app)
    seq = "generate_series(1, 3000) n"
    with make.unit():
        for statement in (
            f"INSERT INTO users (id, username, email, password_hash, created_at)"
            f" SELECT gen_random_uuid(), 'p' || n, n || '@example.org', '!', now() FROM {seq}",
            "INSERT INTO user_words SELECT id, '', array_to_tsvector(ARRAY[username]), ARRAY[username] FROM users"
            " ON CONFLICT DO NOTHING",
            f"INSERT INTO posts (id, author_id, status, published_seq, created_at, published_at)"
            f" SELECT gen_random_uuid(), id, 'published', n, now(), now() FROM {seq}"
            f" JOIN users ON username = 'p' || (1 + n % 500)",
            "INSERT INTO post_words SELECT id, published_seq, 'place ' || published_seq % 300,"
            " array_to_tsvector(ARRAY['w' || published_seq, '#t' || published_seq % 300]) FROM posts",
            "INSERT INTO post_tags SELECT 't' || published_seq % 300, id, published_seq FROM posts",
            "INSERT INTO tags SELECT DISTINCT tag, tag FROM post_tags",
            "ANALYZE users, user_words, posts, post_words, post_tags, tags",
        ):
            db.execute(text(statement))
    return ana.viewer


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda me: queries.people(me, "maria", Ask()), "ix_user_words_words"),
        (lambda me: queries.people(me, "mraia", Ask()), "ix_user_words_near"),
        (lambda me: queries.posts_with(me, "w12 #t12", "all", Ask()), "ix_post_words_words"),
        (lambda me: queries.posts_with(me, "@p77", "all", Ask()), "ix_post_words_words"),
        (lambda me: tags.beginning(me, "t1", Ask()), "ix_tags_folded"),
        (lambda me: tags.beginning(me, "t1", Ask()), "(ix_post_tags_newest|pk_post_tags)"),
        (lambda me: places.at(me, "place 7", Ask()), "ix_post_words_place"),
        (lambda me: tags.followed(me, Ask()), "ix_tag_follows_newest"),
    ],
)
def test_the_index_is_used(crowd, read, index):
    assert re.search(f" {index} ", make.plan(lambda: read(crowd), seqscan=False))
