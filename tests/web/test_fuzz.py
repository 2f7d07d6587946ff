"""Input that nobody means well with: cursors, and words that would like to be something else than words."""

import re
import uuid
from html.parser import HTMLParser

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sqlalchemy import update

from tests import make
from tests.fuzzing import tries
from webapp.core import db, page, text
from webapp.models import Comment, Message, Post, User

# Addresses that answer without an end, that let others see, or that work long for it: streams, files, set-up pages.
_ARGUMENT = re.compile(r"<(?:any\((\w+)[^)]*\):|\w+:)?(\w+)>")
LEFT_OUT = ("/events", "/api/v1/events", "/static/", "/metrics", "/readyz")
NASTY = (
    "<script>alert(1)</script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", '"', "'", "`", "<", ">", "&", "&#60;",
    "&lt;b&gt;", "<img src=x onerror=alert(1)>", "</textarea>", "</title>", "</template>", "</svg>", "<svg onload=x>",
    '" onmouseover="x', "' style='x", "javascript:alert(1)", "data:text/html,x", "{{ 7*7 }}", "{% raw %}", "${7*7}",
    "<csrf>", "<drawn>", "%3Cscript%3E", "\\u003c", "\u2028", "\u202e", "\ufeff", "\u00ad", "=cmd|' /C calc'!A1",
    "#tag", "@ana", "https://example.org/?a=<b>&c=\"d\"", "http://x'onclick=y", "\n", "\r\n", "Set-Cookie: a=b",
    "\N{PILE OF POO}",
)  # fmt: skip
words = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), min_size=1, max_size=6).map("".join)


@pytest.fixture
def there(app, sign_in):
    """Ana's browser, and one of everything that addresses name."""
    ana, ben = make.user("ana", bio="Bio"), make.user("ben")
    make.follow(ana, ben)
    post_id = make.post(ana, "A caption")
    comment_id = make.comment(ben, post_id, "A comment")
    talk = make.talk(ana, ben)
    message_id = make.say(ana, talk, "A message")
    names = {
        "post_id": post_id, "username": "ana", "comment_id": comment_id, "conversation_id": talk,
        "message_id": message_id, "tag": "dawn", "name": "lisbon", "target_type": "post", "target_id": post_id,
    }  # fmt: skip
    return sign_in(ana), {name: str(value) for name, value in names.items()}


def addresses(app, names):
    """Return every address that can be read, with names of things that are there where there are some."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.rule.startswith(LEFT_OUT):
            found.append(_ARGUMENT.sub(lambda part: part[1] or names.get(part[2], str(uuid.UUID(int=7))), rule.rule))
    return sorted(set(found))


def test_whatever_stands_in_a_cursor_no_address_breaks(app, there):
    browser, names = there
    paths = addresses(app, names)
    assert len(paths) > 120
    lists = [
        path for path in paths if path.startswith("/api/") and browser.get(f"{path}?cursor=AAAA").status_code == 422
    ]
    assert len(lists) > 20, lists
    genuine = [page.encode("following", 5, 9), page.encode("found", 3), page.encode("people", 1, 2, "ana")]
    odd = ["", "0", "-1", "null", "AAAA", "A" * 500, "A" * 501, "\x00", "%00", "\ud7ff", "' OR 1=1--"]
    touched = st.tuples(st.sampled_from(genuine), st.integers(0, 40), st.characters())
    cursors = st.one_of(
        st.sampled_from([*genuine, *odd]),
        st.text(max_size=60),
        touched.map(lambda made: made[0][: made[1]] + made[2] + made[0][made[1] :]),
    )

    @tries(200)
    @given(path=st.sampled_from(paths), cursor=cursors, limit=st.sampled_from(["", "1", "100", "101", "-1", "9" * 30]))
    def ask(path, cursor, limit):
        answer = browser.get(path, query_string={"cursor": cursor, "limit": limit})
        assert answer.status_code < 500, (path, cursor)
        if path in lists and cursor not in ("", *genuine):
            assert answer.status_code == 422, (path, cursor)

    ask()


class Skeleton(HTMLParser):
    """What a page is made of, without its words."""

    def __init__(self, body: str):
        super().__init__(convert_charrefs=True)
        self.counts: dict[str, int] = {}
        self.wrong: list[str] = []
        self.feed(body)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attributes:
            value = (value or "").strip().lower()
            leads = name in ("href", "src", "action", "formaction", "hx-get", "hx-post", "data-src", "poster")
            strange = leads and value.startswith(("javascript:", "data:", "vbscript:"))
            if name.startswith("on") or name in ("style", "srcdoc") or strange:
                self.wrong.append(f"<{tag} {name}={value[:60]!r}>")

    def handle_comment(self, data):
        self.wrong.append(f"<!--{data[:60]}")

    def unknown_decl(self, data):
        self.wrong.append(f"<![{data[:60]}")


# Words make links of tags, names and addresses, and line breaks; nothing else.
FREE = {"a", "br", "span", "p"}


def like(plain: Skeleton, other: Skeleton) -> bool:
    """Tell whether two pages are made of the same things."""
    tags = (plain.counts.keys() | other.counts.keys()) - FREE
    return all(plain.counts.get(tag) == other.counts.get(tag) for tag in tags)


def write(said: str, post_id: str, comment_id: str, message_id: str) -> None:
    """Put words into everything that shows words, past all checks of what may come in."""
    with make.unit():
        db.execute(update(Post).where(Post.id == post_id).values(caption=said[:2000], location=said[:100] or None))
        db.execute(update(User).where(User.username == "ana").values(bio=said[:500], display_name=said[:100]))
        db.execute(update(Comment).where(Comment.id == comment_id).values(content=said[:500] or "x"))
        db.execute(update(Message).where(Message.id == message_id).values(content=said[:500] or "x"))


def test_no_words_break_out_of_a_page(app, there):
    browser, names = there
    post_id, visitor = names["post_id"], app.test_client()
    kept = (post_id, names["comment_id"], names["message_id"])
    paths = ("/", f"/p/{post_id}", f"/p/{post_id}/edit", "/@ana", "/settings/profile",
             f"/messages/{names['conversation_id']}", "/messages")  # fmt: skip
    write("Plain words", *kept)
    plain = {path: Skeleton(browser.get(path).text) for path in paths}
    public = Skeleton(visitor.get(f"/p/{post_id}").text)
    assert all(not skeleton.wrong for skeleton in plain.values())
    broken = Skeleton(browser.get("/@ana").text.replace("Plain words", "<img src=x onerror=alert(1)>"))
    assert broken.wrong, "what breaks out is noticed"
    assert not like(plain["/@ana"], broken)

    @tries(15)
    @given(words)
    @example("<script>alert(1)</script>\"'><svg onload=x>")
    def say(said):
        try:
            said = text.clean(said)
        except ValueError:
            assume(False)
        assume(said)
        write(said, *kept)
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            drawn = Skeleton(answer.text)
            assert not drawn.wrong, (path, drawn.wrong)
            assert like(plain[path], drawn), (path, said, plain[path].counts, drawn.counts)
        shown = Skeleton(visitor.get(f"/p/{post_id}").text)
        assert not shown.wrong
        assert like(public, shown), (said, public.counts, shown.counts)
        answer = browser.get(f"/api/v1/posts/{post_id}")
        assert answer.mimetype == "application/json"
        assert answer.json["caption"] == said[:2000]

    say()


def test_what_is_typed_is_shown_again_as_words(app, there):
    browser, _ = there
    visitor = app.test_client()
    asked = [
        (browser, "GET", "/search", "q"), (visitor, "GET", "/login", "next"), (visitor, "POST", "/login", "username"),
        (browser, "POST", "/settings/profile", "display_name"), (visitor, "POST", "/register", "username"),
    ]  # fmt: skip

    @tries(40)
    @given(words, st.sampled_from(asked))
    def type_it(said, where):
        client, method, path, field = where
        sent = {"query_string": {field: said}} if method == "GET" else {"data": {field: said * 30}}
        answer = client.open(path, method=method, **sent)
        assert answer.status_code < 500, (path, said)
        assert "\n" not in answer.headers.get("Location", "")
        assert answer.headers.get("Location", "/").startswith("/")
        if answer.mimetype == "text/html":
            assert not Skeleton(answer.text).wrong, (path, said)

    type_it()


STRANGE = (
    None, True, False, 0, -1, 2**31, 2**63, 2**70, 1.5, 1e308, "", " ", "x", "x" * 5000, "\x00", "\u202e", "null", "0",
    "019a0000-0000-7000-8000-000000000007", [], [[]], [None], ["x"] * 50, {}, {"$ne": 1}, {"a": {"b": {"c": []}}},
    "2026-02-30T25:61:00Z", "9999-12-31T23:59:59Z", "../../etc/passwd", "' OR 1=1--", "\N{PILE OF POO}" * 400,
)  # fmt: skip


def operations(client, names):
    """Return every call that takes a body, with its address and the names of its fields."""
    spec = client.get("/api/v1/openapi.json").json
    found = []
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            schema = spec["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], body)
            if schema.get("properties") and path != "/api/v1/auth/logout":
                address = re.sub(r"\{(\w+)\}", lambda part: names.get(part[1], str(uuid.UUID(int=7))), path)
                found.append((method.upper(), address, tuple(schema["properties"])))
    return found


def test_whatever_stands_in_a_body_no_call_breaks(app, there):
    _, names = there
    client = app.test_client()
    headers = make.bearer(make.Person(uuid.UUID(client.get("/api/v1/users/ana").json["id"]), "ana"))
    calls = operations(client, names)
    assert len(calls) > 50
    values = st.one_of(
        st.sampled_from(STRANGE), st.text(max_size=20), st.integers(), st.lists(st.text(max_size=5), max_size=3)
    )

    @tries(150)
    @given(
        st.sampled_from(calls), st.lists(st.tuples(st.integers(0, 20), values), min_size=1, max_size=5), st.booleans()
    )
    def send(call, chosen, stray):
        method, path, fields = call
        body = {fields[number % len(fields)]: value for number, value in chosen} | ({"stray": 1} if stray else {})
        answer = client.open(path, method=method, json=body, headers=headers)
        assert answer.status_code < 500, (method, path, body, answer.text[:300])
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", (method, path, body)

    send()
