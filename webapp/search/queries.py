"""Reads of the search. They begin at `visibility`, like any other: what is hidden from the viewer is in no result.

People come in an order that people expect: the very name; those whom one follows; names that begin like this; others
with such a word in their name; and, when these are all shown, those whose name was perhaps meant. Posts come the newest
first. Everything is found by an index: words by a GIN index over tsvectors, mistyped names by one over the keys of
`core/folding.py`, hashtags by their first letters.
"""

import re
import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from webapp.core import columns, db, folding
from webapp.core.page import Ask, Page, cut
from webapp.models import Follow, Post, PostWords, Save, User, UserWords
from webapp.posts import queries as post_queries
from webapp.posts import shapes as post_shapes
from webapp.posts import words as post_words
from webapp.users import queries as user_queries
from webapp.users import shapes as user_shapes
from webapp.visibility import Viewer, stand_in, visible_posts, visible_users

users = User.__table__.c
posts = Post.__table__.c
saves = Save.__table__.c
names = UserWords.__table__.c
written = PostWords.__table__.c
follows = Follow.__table__.alias("search_follow")
Key = tuple[int, int, str, uuid.UUID]  # rank, fame (negative), name: the order of people; and who it is
_MEANT = 4  # the rank from which on people are those who were perhaps meant
_LOOKED_AT = 400  # people with a name like the mistyped one, at most, are compared with it
_MOST_WORDS = 10
_MARKED = re.compile(r"([#@]?)([^\s#@]+)")


def people(viewer: Viewer, typed: str, ask: Ask) -> Page[user_shapes.User]:
    """Return people by the beginnings of their names."""
    sought = folding.tokens(typed)[:_MOST_WORDS]
    after = ask.after("people", (int, int, str)) or (-1, 0, "")
    keys = _named(viewer, sought, typed, after, ask.limit + 1) if sought and after[0] < _MEANT else []
    if sought and len(keys) <= ask.limit:
        keys += [key for key in _meant(viewer, sought) if key[:3] > after][: ask.limit + 1 - len(keys)]
    page = cut(keys, ask, "people", lambda key: key[:3])
    return page.map(lambda shown: _profiles(viewer, [key[3] for key in shown]))


def _profiles(viewer: Viewer, people: list[uuid.UUID]) -> list[user_shapes.User]:
    found = db.rows(_among(viewer.role), {"viewer_id": viewer.id, "people": people}) if people else []
    by_id = {row.user_id: user_queries.shape(viewer, row) for row in found}
    return [by_id[person] for person in people if person in by_id]


@db.prepared
def _among(role: str) -> Select[Any]:
    return user_queries.profiles(stand_in(role)).where(users.id == any_(bindparam("people", type_=ARRAY(Uuid))))


def _people(asks: Viewer, rank: Any) -> Select[Any]:
    """Select people with their place in the order."""
    fame = columns.magnitude(users.follower_count)
    return (
        visible_users(asks)
        .with_only_columns(rank.label("rank"), (-fame).label("fame"), users.username, users.id, names.name)
        .add_columns(follows.c.followee_id.is_not(None).label("followed"))
        .join(UserWords.__table__, names.user_id == users.id)
        .outerjoin(follows, and_(follows.c.follower_id == asks.id, follows.c.followee_id == users.id))
    )


def _named(viewer: Viewer, sought: list[str], typed: str, after: tuple[Any, ...], count: int) -> list[Key]:
    """Return keys of people each of whose sought words begins a word of the name."""
    values = {"whole": typed.strip().removeprefix("@").lower(), "name": " ".join(sought), "count": count}
    values |= {"query": " & ".join(f"{_quoted(word)}:*" for word in sought), "viewer_id": viewer.id}
    values |= dict(zip(("rank", "fame", "username"), after, strict=True))
    return [tuple(row) for row in db.rows(_named_by(viewer.role), values)]


@db.prepared
def _named_by(role: str) -> Select[Any]:
    asks, whole, name = stand_in(role), bindparam("whole", type_=Text), bindparam("name", type_=Text)
    rank = case(
        (users.username == whole, 0),
        (follows.c.followee_id.is_not(None), 1),
        (or_(func.starts_with(users.username, whole), func.starts_with(names.name, name)), 2),
        else_=3,
    )
    found = _people(asks, rank).where(names.words.op("@@")(cast(bindparam("query", type_=Text), TSQUERY)))
    one = found.subquery("found").c
    place = tuple_(one.rank, one.fame, one.username)
    after = tuple_(
        bindparam("rank", type_=Integer), bindparam("fame", type_=Integer), bindparam("username", type_=Text)
    )
    statement = select(one.rank, one.fame, one.username, one.id).where(place > after)
    return statement.order_by(one.rank, one.fame, one.username).limit(bindparam("count", type_=Integer))


def _meant(viewer: Viewer, sought: list[str]) -> list[Key]:
    """Return keys of people in whose names each sought word begins a word but for a slip or two, in their order."""
    keys = sorted(folding.sought(max(sought, key=len)))
    found = []
    for row in db.rows(_near(viewer.role), {"viewer_id": viewer.id, "keys": keys}) if keys else []:
        slips = _slips(sought, list(dict.fromkeys([*folding.words(row.username), *row.name.split()])))
        if slips:
            found.append((_MEANT + 2 * slips - row.followed, row.fame, row.username, row.id))
    return sorted(found)


@db.prepared
def _near(role: str) -> Select[Any]:
    near = names.near.overlap(bindparam("keys", type_=ARRAY(Text)))
    statement = _people(stand_in(role), literal_column(str(_MEANT))).where(near)
    return statement.order_by(users.follower_count.desc(), users.id).limit(_LOOKED_AT)


def _slips(sought: list[str], own: list[str]) -> int:
    """Return how many slips part the words from those of a name; 0 for none (`_named` has it) or too many."""
    total = 0
    for word in sought:
        if any(other.startswith(word) for other in own):
            continue
        near = [other for other in own if not folding.neighbours(other).isdisjoint(folding.sought(word))]
        counts = [(folding.slips(word, other), folding.forgiven(word, other)) for other in near]
        fewest = min((slips for slips, most in counts if slips <= most), default=None)
        if fewest is None:
            return 0
        total += fewest
    return total


def posts_with(viewer: Viewer, typed: str, scope: str, ask: Ask) -> Page[post_shapes.Post]:
    """Return posts with all the words, the last of which may be unfinished; `scope`: all, own, saved.

    `#word` is a hashtag, `@name` whoever posted it or is mentioned in it.
    """
    terms, there = _terms(viewer, typed)
    if not terms:
        return Page([], None)
    after = ask.after("found", (int,))
    statement = _written(viewer, terms, scope, after[0] if after else post_queries.ALL).where(*there)
    found = db.rows(statement.limit(ask.limit + 1))
    page = cut(found, ask, "found", lambda row: (row.published_seq,))
    by_id = {post.id: post for post in post_queries.several(viewer, [row.id for row in page.items])}
    return page.map(lambda rows: [by_id[row.id] for row in rows if row.id in by_id])


def _written(viewer: Viewer, terms: list[str], scope: str, below: int) -> Select[Any]:
    """Select which posts are found. What is shown of them is another read, because this one is planned each time.

    The query stands in its text, not beside it: for a common word PostgreSQL had better walk the newest posts, for a
    rare one look the word up, and it can choose only if it knows the word.
    """
    query = cast(literal(" & ".join(terms), literal_execute=True), TSQUERY)
    statement = (
        visible_posts(viewer)
        .with_only_columns(posts.id, posts.published_seq)
        .join(PostWords.__table__, written.post_id == posts.id)
        .where(written.words.op("@@")(query), posts.published_seq < below)
        .order_by(posts.published_seq.desc())
    )
    if scope == "saved":
        return statement.join(Save.__table__, and_(saves.user_id == viewer.id, saves.post_id == posts.id))
    return statement.where(posts.author_id == viewer.id) if scope == "own" else statement


def _terms(viewer: Viewer, typed: str) -> tuple[list[str], list[ColumnElement[bool]]]:
    """Return the parts of a tsquery, and what has to be so of a post besides.

    A last word of one letter is taken as it is: too much begins with it.
    """
    marked = [(mark, word) for mark, text in _MARKED.findall(typed) for word in folding.tokens(text)][:_MOST_WORDS]
    called = [word for mark, word in marked if mark == "@"]
    ids = _ids(viewer, called)
    terms, there = [], []
    for number, (mark, word) in enumerate(marked, 1):
        begins = ":*" if number == len(marked) and len(word) > 1 else ""
        if mark == "@":
            author = [_quoted(post_words.by(ids[word]))] if word in ids else []
            terms.append(f"({' | '.join([_quoted(post_words.mention(word)) + begins, *author])})")
            there.append(or_(posts.author_id == ids.get(word), _mentioned(viewer, word, whole=not begins)))
        else:
            terms.append(_quoted(mark + word) + begins)
    return terms, there


def _mentioned(viewer: Viewer, word: str, *, whole: bool) -> ColumnElement[bool]:
    """Whether a post mentions somebody so named who exists for the viewer: its words are the same for everybody."""
    named = func.concat(" ", func.array_to_string(user_queries.called(viewer, posts.mentions), " "), " ")
    return func.strpos(named, f" {word} " if whole else f" {word}") > 0


def _ids(viewer: Viewer, usernames: list[str]) -> dict[str, uuid.UUID]:
    if not usernames:
        return {}
    statement = visible_users(viewer).with_only_columns(users.username, users.id)
    return {row.username: row.id for row in db.rows(statement.where(users.username.in_(usernames)))}


def _quoted(word: str) -> str:
    """Quote a word of a tsquery. Words hold letters, digits and underscores, so that this is for care alone."""
    return "'" + word.replace("\\", "").replace("'", "") + "'"
