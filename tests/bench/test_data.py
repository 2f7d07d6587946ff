"""The community that is measured: the same every time, and true to itself."""

import hashlib
from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import create_engine

from bench import hot, plans, store
from bench.data import Community, post_of, share
from bench.everyday import Everyday
from bench.rows import END, Table
from bench.subjects import Subjects
from embedded.stack import Stack
from webapp import models
from webapp.core import db, text
from webapp.core.page import Ask
from webapp.feed import queries as feed

SCALE = 0.002


def tables(community: Community) -> list[Table]:
    """Return every table of every layer."""
    return [table for layer in (community, Everyday(community), Subjects(community)) for table in layer.tables()]


def digest(community: Community) -> str:
    """Hash all rows."""
    rows = hashlib.sha256()
    for table in tables(community):
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
    store.fill(url, community.tables())
    store.fill(url, [*Everyday(community).tables(), *Subjects(community).tables()])  # as into an older folder
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
        ("conversations.last_seq", "SELECT max(seq) FROM messages WHERE conversation_id = conversations.id"),
        ("conversations.last_seq", "SELECT count(*) FROM messages WHERE conversation_id = conversations.id"),
        (
            "participants.newest_at",
            "SELECT max(created_at) FROM messages WHERE conversation_id = participants.conversation_id",
        ),
        (
            "notifications.latest_at",
            "SELECT max(created_at) FROM notification_events WHERE notification_id = notifications.id",
        ),
    ],
)
def test_counters_equal_their_rows(database, counter, rows):
    table = counter.partition(".")[0]

    found = database.execute(f"SELECT count(*), sum(({counter} IS DISTINCT FROM ({rows}))::int) FROM {table}")

    total, wrong = found.fetchone()
    assert total > 0
    assert wrong == 0


def test_every_row_that_was_counted_is_there(database, community):
    counts = Counter[str]()
    for table in tables(community):
        counts[table.name] += table.count
    for name, count in counts.items():
        assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (count,)


def test_posts_are_published_in_the_order_of_time(database):
    unordered = database.execute(
        "SELECT count(*) FROM (SELECT published_at, lag(published_at) OVER (ORDER BY published_seq) AS before,"
        " id, lag(id) OVER (ORDER BY published_seq) AS id_before FROM posts) p"
        " WHERE published_at < before OR id < id_before"
    )

    assert unordered.fetchone() == (0,)
    newest = database.execute("SELECT max(published_seq) FROM posts").fetchone()[0]
    assert database.execute("SELECT nextval('posts_published_seq')").fetchone() == (newest + 1,)
    told = database.execute("SELECT max(seq) FROM notifications").fetchone()[0]
    assert database.execute("SELECT nextval('notifications_seq')").fetchone() == (told + 1,)


def test_threads_and_conversations_are_of_exactly_these_sizes(database, community):
    subjects = Subjects(community)

    assert subjects.sizes == [10, 20]
    for size, post in subjects.threads.items():
        said = database.execute("SELECT count(*) FROM comments WHERE post_id = %s", [post])
        assert said.fetchone() == (size,)
    for size, talks in subjects.talks.items():
        for talk in talks:
            said = database.execute("SELECT count(*) FROM messages WHERE conversation_id = %s", [talk.id])
            assert said.fetchone() == (size,)


def test_every_viewer_has_a_conversation_in_which_everything_is_read(database, community):
    own = Everyday(community).own

    for number in community.viewers:
        person = community.person_ids[number]
        found = database.execute(
            "SELECT read_seq = newest_seq FROM participants WHERE conversation_id = %s AND user_id = %s",
            [own[person].id, person],
        )
        assert found.fetchone() == (True,)


def test_who_follows_private_accounts_sees_nothing_that_is_public(database, community):
    subjects = Subjects(community)

    for viewer in subjects.viewers:
        found = database.execute(
            "SELECT count(*), bool_and(is_private) FROM follows JOIN users ON users.id = followee_id"
            " WHERE follower_id = %s",
            [subjects.person_ids[viewer]],
        )
        assert found.fetchone() == (len(subjects.followings[viewer]), True)


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


def test_every_post_has_photos_that_anyone_may_see_unless_its_author_is_private(database):
    without = (
        "SELECT count(*) FROM posts WHERE NOT EXISTS (SELECT FROM media WHERE post_id = posts.id AND position = 0)"
    )
    wrong = (
        "SELECT count(*) FROM media JOIN users ON users.id = owner_id WHERE media.status <> 'ready'"
        " OR (purpose <> 'story' AND is_public = is_private)"
    )

    assert database.execute(without).fetchone() == (0,)
    assert database.execute(wrong).fetchone() == (0,)
    assert database.execute("SELECT count(*) > 0 FROM media WHERE NOT is_public AND purpose = 'post'").fetchone() == (
        True,
    )


def test_tidying_undoes_what_measuring_wrote(database, community):
    url, now = database.info.dsn, datetime.now(UTC)
    person, post = database.execute(
        "SELECT users.id, posts.id FROM users, posts WHERE NOT EXISTS"
        " (SELECT FROM likes WHERE user_id = users.id AND post_id = posts.id) LIMIT 1"
    ).fetchone()
    talk = next(iter(Everyday(community).own.values()))
    before = everything(database)
    for statement in (
        "INSERT INTO likes VALUES (%(person)s, %(post)s, %(now)s)",
        "INSERT INTO comments (id, post_id, author_id, content, created_at)"
        " VALUES (gen_random_uuid(), %(post)s, %(person)s, 'So calm.', %(now)s)",
        "UPDATE posts SET like_count = like_count + 1, comment_count = comment_count + 1 WHERE id = %(post)s",
        "INSERT INTO messages (id, conversation_id, seq, sender_id, created_at)"
        " SELECT gen_random_uuid(), id, last_seq + 1, %(sender)s, %(now)s FROM conversations WHERE id = %(talk)s",
        "UPDATE conversations SET last_seq = last_seq + 1, updated_at = %(now)s WHERE id = %(talk)s",
        "UPDATE participants SET newest_seq = newest_seq + 1, newest_at = %(now)s WHERE conversation_id = %(talk)s",
        "UPDATE participants SET read_seq = newest_seq, seen_seq = newest_seq"
        " WHERE conversation_id = %(talk)s AND user_id = %(sender)s",
        "INSERT INTO posts (id, author_id, status, published_seq, created_at)"
        " VALUES (gen_random_uuid(), %(person)s, 'published', nextval('posts_published_seq'), %(now)s)",
        "UPDATE users SET post_count = post_count + 1, last_activity_seq = currval('posts_published_seq')"
        " WHERE id = %(person)s",
    ):
        values = {"person": person, "post": post, "now": now, "talk": talk.id, "sender": talk.people[0]}
        database.execute(statement, values)
    assert now > END
    assert all(was != found for was, found in zip(before, everything(database), strict=True))

    store.tidy(url)

    assert everything(database) == before


def everything(database: psycopg.Connection) -> list[object]:
    """Return what stands for all rows that measuring writes."""
    tables = ("posts", "likes", "comments", "messages", "conversations", "participants", "users")
    hashed = "SELECT md5(string_agg(md5(one::text), '' ORDER BY md5(one::text))) FROM {} one"
    return [database.execute(hashed.format(table)).fetchone() for table in tables]


def test_every_hot_read_can_be_explained(app, stack, database, community):
    usual = db.engine()
    there = stack.env["MIGRATION_DATABASE_URL"].replace("/tintype?", "/measured?", 1)
    measured = db.make_engine(there, size=2, overflow=0, wait=5, connect_timeout=5, statement_timeout=0)
    db.use(measured)
    try:
        found = plans.look(database.info.dsn, community)
        front = plans.first_page(plans.viewer(community, 0))
        again = plans.catch(lambda: feed.following(plans.viewer(community, 1), Ask()))
        whole = plans.whole_page(plans.viewer(community, 1))
    finally:
        db.use(usual)
        measured.dispose()

    assert {"feed as JSON", "person by name", "one post", "comments of a post"} <= {plan.title for plan in found}
    assert all(plan.ms[1] > 0 for plan in found)
    assert front
    assert "caption" in whole[0]
    asked = "SELECT username FROM users WHERE username = $1"
    seen = Counter({again[0][0]: 6, "COMMIT": 3, asked: 1})
    known, unknown = hot.hottest(database.info.dsn, seen, found)
    assert (known.title, known.share) == ("feed as JSON", 0.6)
    assert "ix_posts_author_published" in known.indexes
    assert (unknown.title, unknown.share, unknown.indexes) == (asked, 0.1, ("uq_users_username",))


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    assert store.ours(tmp_path)
    (tmp_path / "postgres").mkdir()
    assert not store.ours(tmp_path)
    store.keep(tmp_path, None)
    assert store.ours(tmp_path)
    assert store.missing(tmp_path, SCALE) == list(store.LAYERS)
    store.keep(tmp_path, SCALE)
    assert store.missing(tmp_path, SCALE) == []
    assert store.missing(tmp_path, 1.0) == list(store.LAYERS)


def test_an_older_folder_gets_what_it_lacks_and_is_emptied_if_it_holds_something_else(tmp_path, monkeypatch):
    now = dict(store.LAYERS)
    monkeypatch.setattr(store, "LAYERS", {"community": now["community"]})
    store.keep(tmp_path, SCALE)
    monkeypatch.setattr(store, "LAYERS", now)
    assert store.missing(tmp_path, SCALE) == ["everyday", "subjects"]

    monkeypatch.setattr(store, "LAYERS", now | {"community": now["community"] + 1})
    assert store.missing(tmp_path, SCALE) == list(now)
