"""What everybody may keep: it is compressed, and asked for a second time it costs no body."""

import gzip

import pytest

from tests import make
from webapp.web import assets

KEPT = ("text/", "application/json", "application/manifest+json", "image/svg")
PUBLIC = (
    "/sw.js", "/manifest.webmanifest", "/favicon.ico", "/api/v1/feed?view=public", "/api/v1/announcements",
    "/api/v1/users/ana", "/api/v1/users/ana/posts", "/api/v1/posts/{}", "/api/v1/posts/{}/comments",
)  # fmt: skip


@pytest.fixture
def post(app):
    ana = make.user("ana")
    post = make.post(ana, "Low tide")
    make.comment(ana, post, "At six")
    return post


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_is_sent_once_and_then_only_said_to_be_the_same(visitor, post, path):
    path = path.format(post)
    first = visitor.get(path)
    assert first.status_code == 200
    assert first.data

    again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert visitor.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_an_etag_changes_with_what_is_said(visitor, sign_in, post):
    path = f"/api/v1/posts/{post}"
    first = visitor.get(path).headers["ETag"]
    assert sign_in(make.user("ben")).post(f"{path}/like").status_code == 200

    assert visitor.get(path, headers={"If-None-Match": first}).status_code == 200


def test_every_static_file_is_immutable_under_its_version_and_all_that_shrinks_is_compressed(app, visitor):
    names = [str(path.relative_to(assets.ROOT)) for path in assets.ROOT.rglob("*") if path.is_file()]
    assert len(names) > 50
    for name in names:
        answer = visitor.get(assets.url(name), headers={"Accept-Encoding": "gzip, br"})
        plain = (assets.ROOT / name).read_bytes()
        assert answer.status_code == 200, name
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", name
        if answer.mimetype.startswith(KEPT) and len(plain) > 300:
            assert answer.headers["Content-Encoding"] == "gzip", name
            assert answer.headers["Vary"] == "Accept-Encoding", name
            assert gzip.decompress(answer.data) == plain, name
            assert len(answer.data) < len(plain), name
        else:
            assert "Content-Encoding" not in answer.headers, name
            assert answer.data == plain, name


def test_a_file_is_compressed_once_for_all_who_ask(app, visitor):
    name = "css/tokens.css"
    visitor.get(assets.url(name), headers={"Accept-Encoding": "gzip"})

    assert assets._assets[0].find(name) is assets._assets[0].find(name)


def test_an_old_version_is_not_kept_for_ever(visitor):
    assert visitor.get("/static/0000000000/css/tokens.css").status_code == 404
    assert visitor.get("/static/css/tokens.css").headers["Cache-Control"] == "no-cache"
