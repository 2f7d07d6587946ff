"""The community that is measured: the same every time, and true to itself."""

import hashlib
from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import create_engine

from bench import plans, store
from bench.data import END, Community, post_of, share
from embedded.stack import Stack
from webapp import models
from webapp.core import db, text

SCALE = 0.002


def digest(community: Community) -> str:
    """Hash all rows."""
    rows = hashlib.sha256()
    for table in community.tables():
        rows.update(f"{table.name} {table.columns}\n".encode())
        for line in table.lines:
            rows.update(line.encode())
    return rows.hexdigest()


@pytest.fixture(scope="module")
def community():
    return Community(SCALE)


@pytest.fixture(scope="module")
def database(stack: Stack, community: Community):
    """A database of its own beside that of the other tests, filled as for a measurement."""
    server = stack.env["MIGRATION_DATABASE_URL"].replace("+psycopg", "", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE measured")
    url = server.replace("/tintype?", "/measured?", 1)
    engine = create_engine(stack.env["MIGRATION_DATABASE_URL"].replace("/tintype?", "/measured?", 1))
    models.User.metadata.create_all(engine)
    engine.dispose()
    before = definitions(url)
    store.fill(url, community)
    assert definitions(url) == before
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def definitions(url: str) -> list[str]:
    """Return every key and index of a database."""
    with psycopg.connect(url) as connection:
        keys = connection.execute(
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        ).fetchall()
        indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'").fetchall()
    return sorted(row[0] for row in keys + indexes)


def test_the_same_scale_makes_the_same_community(community):
    assert digest(community) == digest(Community(SCALE))
    assert digest(community) != digest(Community(SCALE, seed=8))


def test_a_cohort_follows_exactly_so_many():
    community = Community(0.01)

    assert list(community.cohorts) == [10]
    assert {len(community.followings[person]) for person in community.cohorts[10]} == {10}
    assert all(person not in chosen for person, chosen in enumerate(community.followings))


def test_what_is_shared_out_keeps_to_total_and_caps(community):
    rng = community._rng("a test")

    shares = share(rng, 50, [1.0, 2.0, 0.0, 90.0], [40, 40, 40, 20])

    assert sum(shares) == 50
    assert shares[2] == 0
    assert shares[3] == 20
    assert share(rng, 500, [1.0, 1.0], [3, 4]) == [3, 4]


def test_reactions_come_after_their_post(community):
    for event in community.likes + community.comments:
        assert event >> 33 >= int(community.times[post_of(event)])


@pytest.mark.parametrize(
    ("counter", "rows"),
    [
        ("users.post_count", "SELECT count(*) FROM posts WHERE author_id = users.id"),
        ("users.follower_count", "SELECT count(*) FROM follows WHERE followee_id = users.id"),
        ("users.following_count", "SELECT count(*) FROM follows WHERE follower_id = users.id"),
        ("users.last_activity_seq", "SELECT max(published_seq) FROM posts WHERE author_id = users.id"),
        ("posts.like_count", "SELECT count(*) FROM likes WHERE post_id = posts.id"),
        ("posts.comment_count", "SELECT count(*) FROM comments WHERE post_id = posts.id"),
        ("comments.reply_count", "SELECT count(*) FROM comments r WHERE r.parent_id = comments.id"),
    ],
)
def test_counters_equal_their_rows(database, counter, rows):
    table = counter.partition(".")[0]

    found = database.execute(f"SELECT count(*), sum(({counter} IS DISTINCT FROM ({rows}))::int) FROM {table}")

    total, wrong = found.fetchone()
    assert total > 0
    assert wrong == 0


def test_every_row_that_was_counted_is_there(database, community):
    for table in community.tables():
        assert database.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (table.count,)


def test_posts_are_published_in_the_order_of_time(database):
    unordered = database.execute(
        "SELECT count(*) FROM (SELECT published_at, lag(published_at) OVER (ORDER BY published_seq) AS before,"
        " id, lag(id) OVER (ORDER BY published_seq) AS id_before FROM posts) p"
        " WHERE published_at < before OR id < id_before"
    )

    assert unordered.fetchone() == (0,)
    newest = database.execute("SELECT max(published_seq) FROM posts").fetchone()[0]
    assert database.execute("SELECT nextval('posts_published_seq')").fetchone() == (newest + 1,)


def test_tags_and_mentions_are_those_of_the_caption(database):
    posts = database.execute("SELECT id, caption, hashtags, mentions FROM posts").fetchall()
    tags = Counter(database.execute("SELECT post_id FROM post_tags").fetchall())
    names = {name for (name,) in database.execute("SELECT username FROM users")}

    assert any(found for _, _, found, _ in posts)
    assert any(found for _, _, _, found in posts)
    for post_id, caption, hashtags, mentions in posts:
        assert hashtags == text.hashtags(caption)
        assert mentions == text.mentions(caption)
        assert set(mentions) <= names
        assert tags[(post_id,)] == len(hashtags)


def test_every_post_has_photos_that_anyone_may_see(database):
    without = (
        "SELECT count(*) FROM posts WHERE NOT EXISTS (SELECT FROM media WHERE post_id = posts.id AND position = 0)"
    )
    hidden = "SELECT count(*) FROM media WHERE status <> 'ready' OR NOT is_public"

    assert database.execute(without).fetchone() == (0,)
    assert database.execute(hidden).fetchone() == (0,)


def test_tidying_undoes_what_measuring_wrote(database):
    url = database.info.dsn
    like, now = ("INSERT INTO likes VALUES (%s, %s, %s)", datetime.now(UTC))
    before = database.execute("SELECT sum(like_count) FROM posts").fetchone()
    person, post = database.execute(
        "SELECT users.id, posts.id FROM users, posts WHERE NOT EXISTS"
        " (SELECT FROM likes WHERE user_id = users.id AND post_id = posts.id) LIMIT 1"
    ).fetchone()
    database.execute(like, [person, post, now])
    database.execute("UPDATE posts SET like_count = like_count + 1 WHERE id = %s", [post])

    store.tidy(url)

    assert now > END
    assert database.execute("SELECT sum(like_count) FROM posts").fetchone() == before
    assert database.execute("SELECT count(*) FROM likes WHERE created_at >= %s", [END]).fetchone() == (0,)


def test_every_hot_read_can_be_explained(app, stack, database, community):
    usual = db.engine()
    measured = create_engine(stack.env["MIGRATION_DATABASE_URL"].replace("/tintype?", "/measured?", 1))
    db.use(measured)
    try:
        found = plans.look(database.info.dsn, community)
        front = plans.first_page(plans.viewer(community, 0))
    finally:
        db.use(usual)
        measured.dispose()

    assert {"feed as JSON", "person by name", "one post", "comments of a post"} <= {plan.title for plan in found}
    assert all(plan.ms[1] > 0 for plan in found)
    assert front


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    assert store.ours(tmp_path)
    (tmp_path / "postgres").mkdir()
    assert not store.ours(tmp_path)
    store.keep(tmp_path, None)
    assert store.ours(tmp_path)
    assert not store.is_kept(tmp_path, SCALE)
    store.keep(tmp_path, SCALE)
    assert store.is_kept(tmp_path, SCALE)
    assert not store.is_kept(tmp_path, 1.0)
