"""Photos are known again by how they look: through the real pipeline, from real files in real storage."""

import io
from functools import cache
from itertools import combinations

import pytest
from PIL import Image, ImageEnhance
from sqlalchemy import select, update

from demo import pictures
from jobs import media as jobs
from tests import make
from webapp.core import db
from webapp.core.outbox import Outbox
from webapp.media import processing
from webapp.models import AuditEntry, BlockedHash, Media, Post, Story
from webapp.policy import hashes

API = "/api/v1"
KINDS = pictures.KINDS[:3]


@cache
def drawn(kind: str = KINDS[0], seed: int = 1) -> bytes:
    """Draw a picture with something on it."""
    return pictures.draw(kind, seed, (720, 540))


@cache
def looks(kind: str, seed: int = 1) -> int:
    """Return how a drawn picture looks."""
    return processing.variants(drawn(kind, seed)).looks


def saved(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def cropped(image: Image.Image) -> Image.Image:
    """Cut 2 % off at each side."""
    x, y = image.width // 50, image.height // 50
    return image.crop((x, y, image.width - x, image.height - y))


COPIES = {
    "the same file": lambda image: saved(image, quality=88),
    "a poor JPEG": lambda image: saved(image, quality=25),
    "WebP": lambda image: saved(image, "WEBP", quality=40),
    "PNG": lambda image: saved(image, "PNG"),
    "half as large": lambda image: saved(image.resize((360, 270)), quality=70),
    "tiny": lambda image: saved(image.resize((200, 150)), quality=60),
    "squeezed": lambda image: saved(image.resize((720, 500)), quality=80),
    "cropped": lambda image: saved(cropped(image), quality=85),
    "brighter": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.15), quality=85),
    "darker": lambda image: saved(ImageEnhance.Brightness(image).enhance(0.85), quality=85),
    "more contrast": lambda image: saved(ImageEnhance.Contrast(image).enhance(1.2), quality=85),
    "grey": lambda image: saved(image.convert("L"), quality=85),
    "turned, and said so": lambda image: saved(image.rotate(90, expand=True), quality=85, exif=_turned()),
}


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def apart(one: int, other: int) -> int:
    return ((one ^ other) & ((1 << 64) - 1)).bit_count()


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_looks_like_its_photo(copy):
    for kind in KINDS:
        again = COPIES[copy](opened(drawn(kind)))
        assert apart(looks(kind), processing.variants(again).looks) <= hashes.NEAR, kind


def test_different_photos_look_different():
    known = [looks(kind, seed) for kind in KINDS for seed in (1, 2)]
    assert min(apart(one, other) for one, other in combinations(known, 2)) > hashes.NEAR


def test_a_picture_of_one_colour_is_like_no_other(app):
    assert processing.variants(make.photo()).looks == hashes.FLAT
    with make.unit():
        db.add(BlockedHash(hash=hashes.FLAT, media_id=None))
        assert hashes.match(hashes.FLAT, None) is None


def test_the_database_counts_the_bits_that_differ(app):
    with make.unit():
        near, far = BlockedHash(hash=-1, media_id=None, note="near"), BlockedHash(hash=1, media_id=None, note="far")
        db.add(near, far)
        assert hashes.match(-1).note == "near"
        assert hashes.match(hashes.signed((1 << 64) - 1 - 0b1111111111)).note == "near"
        assert hashes.match(hashes.signed((1 << 64) - 1 - 0b11111111111)) is None
        assert hashes.match(None, 0b111, -2).apart == 1


def upload(browser, data: bytes, path: str, **fields):
    """Send a photo by a plain form, and have everything done that follows."""
    answer = browser.post(path, data={"photo": (io.BytesIO(data), "a.jpg"), **fields})
    assert answer.status_code in (202, 303), answer.text
    make.work()
    return answer


def first(table, **which):
    with make.unit():
        return db.row(select(table.__table__).filter_by(**which).order_by(table.__table__.c.id.desc()))


def asked() -> list[list[str]]:
    with make.unit():
        jobs_ = select(Outbox.arguments).where(Outbox.job == "jobs.moderation.open").order_by(Outbox.id)
        return [found.arguments for found in db.rows(jobs_)]


@pytest.fixture
def blocked(app, sign_in) -> bytes:
    """A photo that Ben posted, and that moderators blocked; Ana comes with a copy of it."""
    ben, original = make.user("ben"), drawn()
    upload(sign_in(ben), original, f"{API}/posts")
    post = first(Post)
    assert post.status == "published"
    mod = sign_in(make.user("mod_m", role="moderator"))
    made = mod.post(f"{API}/moderation/hashes", json={"post_id": str(post.id), "note": "Stolen"})
    assert made.status_code == 201
    return COPIES["half as large"](opened(original))


def test_a_blocked_photo_is_held_when_it_comes_again_in_a_post(app, sign_in, blocked):
    ana = make.user("ana")
    upload(sign_in(ana), blocked, f"{API}/posts", caption="Mine")
    post = first(Post, author_id=ana.id)
    assert post.status == "held"
    assert asked() == [["post", str(post.id), "hash", "Stolen"]]
    assert first(BlockedHash).hits == 1
    assert not first(Media, post_id=post.id).is_public
    upload(sign_in(ana), drawn(KINDS[1]), f"{API}/posts", caption="Another one")
    assert first(Post, author_id=ana.id, caption="Another one").status == "published"


@pytest.mark.parametrize("way", ["undo", "restore"])
def test_a_photo_that_was_taken_down_is_held_when_it_comes_again_until_that_is_taken_back(app, sign_in, way):
    hers, mod = sign_in(make.user("ana")), sign_in(make.user("mod_m", role="moderator"))
    why = {"reason": "Against rule three."}
    upload(hers, drawn(), f"{API}/posts")
    post = first(Post)
    down = mod.post(f"{API}/moderation/posts/{post.id}/takedown", json=why).json
    again = COPIES["a poor JPEG"](opened(drawn()))
    upload(hers, again, f"{API}/posts")
    assert (first(Post).status, asked()[-1][2]) == ("held", "hash")
    path = f"actions/{down['id']}/undo" if way == "undo" else f"posts/{post.id}/restore"
    assert mod.post(f"{API}/moderation/{path}", json=why).status_code == 200
    make.work()
    assert mod.get(f"{API}/moderation/hashes").json["items"] == []
    upload(hers, again, f"{API}/posts")
    assert first(Post).status == "published"
    with make.unit():
        record = [row.action for row in db.rows(select(AuditEntry.action).order_by(AuditEntry.seq))]
    assert record.count("block_photo") == record.count("unblock_photo") == 1


def test_a_blocked_photo_is_held_when_it_comes_again_as_a_story(app, sign_in, blocked):
    ana = make.user("ana")
    upload(sign_in(ana), blocked, f"{API}/stories", audience="followers")
    story = first(Story)
    assert (story.status, story.moderated) == ("published", "held")
    assert asked() == [["story", str(story.id), "hash", "Stolen"]]


def test_a_blocked_photo_is_refused_as_a_portrait(app, sign_in, blocked):
    ana = make.user("ana")
    browser = sign_in(ana)
    upload(browser, blocked, "/settings/profile/avatar")
    medium = first(Media, owner_id=ana.id)
    assert medium.status == "failed"
    status = browser.get(f"{API}/media/uploads/{medium.id}/status").json
    assert "moderators of this site have blocked it" in status["error"]
    assert browser.get(f"{API}/users/me").json["avatar"] is None
    assert asked() == [["user", str(ana.id), "hash", "Stolen"]]


def test_a_blocked_photo_is_refused_in_a_message(app, sign_in, blocked):
    ana, cleo = make.user("ana"), make.user("cleo")
    talk = make.talk(ana, cleo, content="Hello")
    upload(sign_in(ana), blocked, f"/messages/{talk}", content="Look")
    medium = first(Media, owner_id=ana.id)
    assert (medium.purpose, medium.status) == ("message", "failed")
    assert "blocked" in medium.error


def test_photos_are_blocked_on_the_page_by_the_address_of_their_post(app, sign_in, blocked):
    mod = make.user("mod_n", role="moderator")
    browser, ben = sign_in(mod), make.user("cara")
    upload(sign_in(ben), drawn(KINDS[2]), f"{API}/posts")
    post = first(Post, author_id=ben.id)
    sent = browser.post("/admin/hashes", data={"post_id": f"http://localhost/p/{post.id}", "hash": "", "note": "Two"})
    assert sent.status_code == 303
    page = browser.get("/admin/hashes").text
    assert "Two" in page
    assert "Stolen" in page
    assert hashes.written(first(Media, post_id=post.id).looks) in page
    wrong = browser.post("/admin/hashes", data={"post_id": "", "hash": "xyz"})
    assert (wrong.status_code, "16 digits" in wrong.text) == (422, True)
    assert browser.post("/admin/hashes", data={"post_id": "", "hash": ""}).status_code == 422


def test_nobody_has_photos_held_of_people_of_their_own_role_or_a_higher_one(app, sign_in):
    mod = make.user("mod_m", role="moderator")
    browser = sign_in(mod)
    for number, owner in enumerate((mod, make.user("mod_n", role="moderator"), make.user("admin_a", role="admin")), 1):
        body = {"media_id": str(make.media(owner, looks=number))}
        assert browser.post(f"{API}/moderation/hashes", json=body).status_code == 403
    assert browser.get(f"{API}/moderation/hashes").json["items"] == []


def test_what_cannot_be_recognised_is_said(app, sign_in):
    mod, ana = sign_in(make.user("mod_m", role="moderator")), make.user("ana")
    flat = make.media(ana, looks=hashes.FLAT)
    answer = mod.post(f"{API}/moderation/hashes", json={"media_id": str(flat)})
    assert (answer.status_code, "one colour" in answer.json["detail"]) == (409, True)
    gone = mod.post(f"{API}/moderation/hashes", json={"media_id": str(ana.id)})
    assert gone.status_code == 404
    assert mod.post(f"{API}/moderation/hashes", json={"hash": "0" * 16}).status_code == 422


def test_a_hash_is_blocked_once_and_let_go_again(app, sign_in):
    mod = sign_in(make.user("mod_m", role="moderator"))
    for _ in range(2):
        [made] = mod.post(f"{API}/moderation/hashes", json={"hash": "FFffFFffFFffFF00"}).json["items"]
        assert made["hash"] == "ffffffffffffff00"
    assert len(mod.get(f"{API}/moderation/hashes").json["items"]) == 1
    assert mod.delete(f"{API}/moderation/hashes/{made['id']}").status_code == 204
    assert mod.get(f"{API}/moderation/hashes").json["items"] == []
    with make.unit():
        actions = db.rows(select(AuditEntry.action).order_by(AuditEntry.seq))
    assert [row.action for row in actions] == ["block_photo", "unblock_photo"]


def test_a_takedown_blocks_photos_with_one_call(app):
    mod, ana = make.user("mod_m", role="moderator"), make.user("ana")
    chosen = [make.media(ana, looks=value) for value in (5, 6, hashes.FLAT)]
    with make.unit():
        assert len(hashes.block(mod.viewer, chosen, "Taken down")) == 2
        assert hashes.block(mod.viewer, chosen, "Taken down") == []


def test_older_photos_are_found_out_about_little_by_little(app, sign_in, monkeypatch):
    ana = make.user("ana")
    upload(sign_in(ana), drawn(), f"{API}/posts")
    known = first(Media, owner_id=ana.id)
    lost = make.media(ana)
    with make.unit():
        db.execute(update(Media).where(Media.id == known.id).values(looks=None))
    monkeypatch.setattr(jobs, "_OLD", 1)
    assert [jobs.compare_old() for _ in range(3)] == [1, 1, 0]
    assert apart(first(Media, id=known.id).looks, known.looks) <= 2
    assert first(Media, id=lost).looks == hashes.FLAT, "what is gone is not asked for again"
