"""Objects without rows, photos without objects: found, told, mended; what belongs to somebody is left alone."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from jobs import clock
from jobs import strays as job
from tests import make
from webapp.core import clock as now
from webapp.core import db, ids, runs, storage
from webapp.media import actions, strays
from webapp.models import Media, StorageFinding
from webapp.models.media import copies

findings = StorageFinding.__table__


@pytest.fixture(autouse=True)
def bare(app):
    """Begin with empty buckets, and leave them so."""
    empty()
    yield
    empty()


def empty() -> None:
    for bucket in ("private", "public"):
        while found := [one.key for one in storage.here().listed(bucket, "")]:
            actions.erase(bucket, found)


def shown(person: make.Person, *, public: bool = True):
    """Make a post with a photo that has all its objects."""
    post_id = make.post(person)
    with make.unit():
        photo = db.session().scalars(select(Media).where(Media.post_id == post_id)).one()
        photo.is_public = public
        for key in (photo.original, *photo.variant_keys()):
            storage.here().put(key, make.photo(64, 48), "image/jpeg")
        if public:
            actions.copy_out(photo)
        db.session().flush()
    return photo


def keys(bucket: str) -> set[str]:
    return {one.key for one in storage.here().listed(bucket, "")}


def told() -> set[tuple[str, str, str]]:
    with make.unit():
        return {(row.kind, row.bucket, row.key) for row in db.rows(select(findings))}


def age(**values) -> None:
    """Let what was found have been found two days ago."""
    with make.unit():
        db.execute(update(findings).values(found_at=now.now() - timedelta(days=2), **values))


@pytest.fixture
def old(monkeypatch):
    """Let every object be old enough."""
    monkeypatch.setattr(strays, "EVERY", timedelta(0))
    monkeypatch.setattr(strays, "look", lambda at, grace=None, look=strays.look: look(at, timedelta(seconds=-60)))


def test_where_all_is_well_nothing_is_found_and_nothing_touched(app, old):
    ana = make.user("ana")
    photos = [shown(ana), shown(ana, public=False)]
    storage.here().put(Media(id=make.media(ana, status="pending")).incoming, b"on its way", "image/jpeg")
    before = keys("private"), keys("public")
    assert len(before[0]) == 19
    assert len(before[1]) == 8
    assert [clock.run("storage") for _ in range(3)] == ["done"] * 3
    assert told() == set()
    assert (keys("private"), keys("public")) == before
    assert photos


def test_what_has_no_row_is_told_and_goes_a_day_later(app, old):
    photo = shown(make.user("ana"))
    nobody = Media(id=ids.new(), public_key="nobodys")
    strange = {"originals/notes.txt", "variants/readme", "thumbs/x"}
    for key in (nobody.original, *nobody.variant_keys()[:3], *strange):
        storage.here().put(key, make.photo(64, 48), "image/jpeg")
    storage.here().publish(nobody.original, copies("nobodys")[0])
    lost = {("stray", "private", key) for key in (nobody.original, *nobody.variant_keys()[:3])}
    lost |= {("stray", "public", copies("nobodys")[0])}
    assert clock.run("storage") == "done"
    assert told() == lost
    assert nobody.original in keys("private"), "not before a day has passed"
    clock.run("storage")
    age()
    assert clock.run("storage") == "done"
    assert told() == set()
    assert keys("private") == {photo.original, *photo.variant_keys(), *strange}, "what is not of our form stays"
    assert keys("public") == set(photo.public_keys())
    with make.unit():
        assert [row.done for row in runs.latest(1)] == [{"deleted": 5}]


def test_what_is_on_its_way_is_no_stray(app):
    nobody = Media(id=ids.new())
    storage.here().put(nobody.original, b"a moment old", "image/jpeg")
    clock.run("storage")
    assert told() == set()


def test_what_gets_a_row_meanwhile_stays(app, old):
    ana = make.user("ana")
    late = Media(id=ids.new())
    storage.here().put(late.original, b"x", "image/jpeg")
    clock.run("storage")
    assert told() == {("stray", "private", late.original)}
    make.media(ana, id=late.id)
    age()
    clock.run("storage")
    assert late.original in keys("private")
    assert ("stray", "private", late.original) not in told()


def test_where_much_has_no_row_nothing_is_deleted(app, old, monkeypatch):
    monkeypatch.setattr(strays, "_FEW", 2)
    shown(make.user("ana"))
    lost = [Media(id=ids.new()).original for _ in range(4)]
    for key in lost:
        storage.here().put(key, b"x", "image/jpeg")
    clock.run("storage")
    age()
    assert clock.run("storage") == "failed"
    with make.unit():
        assert "is this the right database?" in runs.latest(1)[0].error
    assert set(lost) < keys("private")


def test_a_photo_that_lacks_objects_is_made_anew(app, old):
    photo = shown(make.user("ana"))
    gone = photo.variant_keys()[2]
    storage.here().remove([gone])
    storage.here().unpublish([photo.public_keys()[5]])
    assert clock.run("storage") == "done"
    assert told() == {("missing", "private", gone), ("missing", "public", photo.public_keys()[5])}
    assert "jobs.media.remake" in make.work()
    assert set(photo.variant_keys()) < keys("private")
    assert keys("public") == set(photo.public_keys())
    clock.run("storage")
    assert told() == set()


def test_what_cannot_be_made_again_is_told_to_admins(app, sign_in, old):
    photo = shown(make.user("ana"))
    storage.here().remove([photo.original, photo.variant_keys()[0]])
    clock.run("storage")
    clock.run("storage")
    assert "jobs.media.remake" not in make.work()
    ada = sign_in(make.user("ada", role="admin"))
    report = ada.get("/api/v1/admin/jobs").json["storage"]
    assert report["missing"]["total"] == 2
    assert {one["key"] for one in report["newest"]} == {photo.original, photo.variant_keys()[0]}
    assert photo.original in ada.get("/admin/jobs").text
    with make.unit():
        db.execute(delete(Media).where(Media.id == photo.id))
    clock.run("storage")
    assert {kind for kind, _, _ in told()} == {"stray"}, "nobody misses what belongs to nobody"


def test_copies_of_a_photo_that_is_not_public_are_withdrawn_for_good(app, old):
    photo = shown(make.user("ana"))
    with make.unit():
        db.execute(update(Media).where(Media.id == photo.id).values(is_public=False))
    clock.run("storage")
    make.work()
    assert keys("public") == set()
    with make.unit():
        assert db.session().get(Media, photo.id).public_key != photo.public_key


def test_a_round_goes_on_where_it_was_cut_off(app, old, monkeypatch):
    ana = make.user("ana")
    photos = [shown(ana) for _ in range(4)]
    lost = Media(id=ids.new())
    storage.here().put(lost.original, b"x", "image/jpeg")
    storage.here().remove([photos[2].variant_keys()[7]])
    storage.here().unpublish([photos[1].public_keys()[0]])
    monkeypatch.setattr(strays, "_MOST", {"originals": 2, "variants": 12, "public": 10})
    monkeypatch.setattr(job, "_SECONDS", -1)  # a slice a call
    monkeypatch.setattr(strays, "lacking", lambda: ([], []))
    slices = 0
    with make.unit():
        assert runs.mark("storage") is None
    while True:
        slices += 1
        assert clock.run("storage") == "done"
        with make.unit():
            if runs.mark("storage")["rounds"]:
                break
    assert slices > 8
    assert told() == {
        ("stray", "private", lost.original), ("missing", "private", photos[2].variant_keys()[7]),
        ("missing", "public", photos[1].public_keys()[0]),
    }  # fmt: skip
    with make.unit():
        assert runs.mark("storage")["last"] == 4 * 17 + 1 - 2
