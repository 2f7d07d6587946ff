"""What filters do to posts, comments, stories and profiles, and who looks after them."""

import io
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select, update

from tests import make
from tests.browsing import HTMX
from webapp.core import cache, clock, db, live, options
from webapp.core.outbox import Outbox
from webapp.models import AuditEntry, Comment, Filter, Media, Post, Story, User
from webapp.policy import actions
from webapp.policy.schemas import NewFilter

API = "/api/v1"


@pytest.fixture
def filters(app):
    """A filter of each kind."""
    admin = make.user("admin_a", role="admin")
    with make.unit():
        for phrase, action in (("waitword", "hold"), ("hideword", "hide"), ("badword", "refuse")):
            actions.add_filter(admin.viewer, NewFilter(phrase=phrase, action=action))


def row(table, row_id):
    with make.unit():
        return db.row(select(table.__table__).where(table.__table__.c.id == row_id))


def opened() -> list[list[str]]:
    """Return for what moderators were asked."""
    with make.unit():
        jobs = select(Outbox.arguments).where(Outbox.job == "jobs.moderation.open").order_by(Outbox.id)
        return [found.arguments for found in db.rows(jobs)]


def hits() -> dict[str, int]:
    with make.unit():
        return {found.phrase: found.hits for found in db.rows(select(Filter.__table__))}


def compose(browser, owner, **said):
    return browser.post(f"{API}/posts", json={"media_ids": [str(make.media(owner))], **said})


@pytest.mark.parametrize("field", ["caption", "location", "alts"])
def test_a_refused_post_names_the_field_and_leaves_nothing(app, sign_in, filters, field):
    ana = make.user("ana")
    browser, medium = sign_in(ana), str(make.media(ana))
    said = {medium: "A b\u0430dword"} if field == "alts" else "A b\u0430dword"
    answer = browser.post(f"{API}/posts", json={"media_ids": [medium], field: said}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert "not welcome here" in answer.json["errors"][field][0]
    assert "badword" not in answer.text, "it does not say which word"
    assert hits()["badword"] == 1, "counted all the same"
    again = browser.post(f"{API}/posts", json={"media_ids": [medium]}, headers={"Idempotency-Key": "k"})
    assert again.status_code == 202, "the photo is free, and so is the key"


def test_a_refused_post_by_a_form_keeps_what_was_typed(app, sign_in, filters):
    ana = make.user("ana")
    browser, post_id = sign_in(ana), make.post(ana, "Fine")
    answer = browser.post(f"/p/{post_id}/edit", data={"caption": "Such a badword"})
    assert answer.status_code == 422
    assert "Such a badword" in answer.text
    assert 'id="e-caption"' in answer.text
    assert row(Post, post_id).caption == "Fine"


def test_a_held_post_waits_instead_of_being_published(app, sign_in, filters):
    ana = make.user("ana")
    post_id = compose(sign_in(ana), ana, caption="My #Waitword").json["id"]
    assert row(Post, post_id).status == "held"
    assert opened() == [["post", post_id, "filter", "waitword"]]
    assert hits()["waitword"] == 1
    make.work()
    assert row(Post, post_id).status == "held"
    assert sign_in(make.user("ben")).get(f"{API}/posts/{post_id}").status_code == 404
    assert sign_in(ana).get(f"{API}/posts/{post_id}").json["status"] == "held"
    assert not any(medium.is_public for medium in photos(post_id))


def photos(post_id):
    with make.unit():
        return db.rows(select(Media.__table__).where(Media.__table__.c.post_id == post_id))


def test_a_post_is_held_when_its_photos_are_ready_and_not_before(app, sign_in, filters):
    ana = make.user("ana")
    medium = make.media(ana, status="processing")
    post_id = sign_in(ana).post(f"{API}/posts", json={"media_ids": [str(medium)], "caption": "waitword"}).json["id"]
    assert row(Post, post_id).status == "processing"
    assert not opened()


def test_an_edit_takes_a_published_post_back(app, sign_in, filters):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    post_id = make.post(ana, "Fine")
    before = photos(post_id)[0]
    assert before.is_public
    assert str(post_id) in sign_in(ben).get(f"{API}/feed").text
    edited = sign_in(ana).patch(f"{API}/posts/{post_id}", json={"caption": "Now a waitword"})
    assert edited.json["status"] == "held"
    after = photos(post_id)[0]
    assert (after.is_public, after.public_key != before.public_key) == (False, True)
    assert opened() == [["post", str(post_id), "filter", "waitword"]]
    assert str(post_id) not in sign_in(ben).get(f"{API}/feed").text
    assert row(User, ana.id).post_count == 0


def test_an_edit_of_other_words_asks_nothing_about_those_that_were_there(app, sign_in, filters):
    ana = make.user("ana")
    post_id = make.post(ana, "Fine")
    with make.unit():
        db.execute(update(Post).where(Post.id == post_id).values(caption="A waitword that was approved"))
    same = {"caption": "A waitword that was approved", "location": "Quellental"}
    assert sign_in(ana).patch(f"{API}/posts/{post_id}", json=same).json["status"] == "published"
    assert hits()["waitword"] == 0


def test_a_deleted_held_post_comes_back_held(app, sign_in, filters):
    ana = make.user("ana")
    browser = sign_in(ana)
    post_id = compose(browser, ana, caption="waitword").json["id"]
    assert browser.delete(f"{API}/posts/{post_id}").status_code == 204
    assert browser.post(f"{API}/posts/{post_id}/restore").status_code == 200
    make.work()
    assert row(Post, post_id).status == "held"


def test_a_hidden_post_is_published_for_its_author_and_its_photos_stay_private(app, sign_in, filters):
    ana = make.user("ana")
    post_id = compose(sign_in(ana), ana, caption="hideword").json["id"]
    with make.unit():
        make.publish(post_id)
    made = row(Post, post_id)
    assert (made.status, made.concealed) == ("published", True)
    assert not photos(post_id)[0].is_public
    assert not opened(), "nobody is asked"
    with make.unit():
        assert not make.posts.misplaced(ana.id), "nothing is to be shown"
    shown = make.post(ana, "Fine")
    sign_in(ana).patch(f"{API}/posts/{shown}", json={"caption": "hideword"})
    assert row(Post, shown).concealed
    assert not photos(shown)[0].is_public


def test_nobodys_open_page_hears_of_a_hidden_post(app, sign_in, filters):
    ana = make.user("ana")
    heard = cache.client().pubsub()
    heard.subscribe(live.CHANNEL)
    assert heard.get_message(timeout=5)["type"] == "subscribe"
    for caption in ("hideword", "Fine"):
        post_id = compose(sign_in(ana), ana, caption=caption).json["id"]
        with make.unit():
            make.publish(post_id)
    words = [orjson.loads(said["data"])["what"] for said in iter(lambda: heard.get_message(timeout=1), None)]
    heard.close()
    assert [word for word in words if word in ("posts", "medium")] == ["medium", "medium", "posts"]


@pytest.mark.parametrize(("word", "state"), [("waitword", "held"), ("hideword", "concealed")])
def test_a_comment_is_held_or_hidden_and_not_counted(app, sign_in, filters, word, state):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    said = sign_in(ben).post(f"{API}/posts/{post_id}/comments", json={"content": f"A {word}!"})
    assert said.status_code == 201
    assert row(Comment, said.json["id"]).moderated == state
    assert row(Post, post_id).comment_count == 0
    assert opened() == ([["comment", said.json["id"], "filter", word]] if state == "held" else [])


def test_a_refused_comment_is_shown_again_in_its_form(app, sign_in, filters):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    answer = sign_in(ben).post(f"/p/{post_id}/comments", data={"content": "badword"}, headers=HTMX)
    assert answer.status_code == 422
    assert "not welcome here" in answer.text
    with make.unit():
        assert db.row(select(Comment.__table__)) is None


@pytest.mark.parametrize(("word", "state"), [("waitword", "held"), ("hideword", "concealed"), ("fine", None)])
def test_a_story_is_held_or_hidden(app, sign_in, filters, word, state):
    ana = make.user("ana")
    asked = {"media_id": str(make.media(ana, purpose="story")), "caption": word, "audience": "followers"}
    with make.unit():
        story = make.stories.create(ana.viewer, make.NewStory(**asked))
    assert row(Story, story.id).moderated == state
    assert opened() == ([["story", str(story.id), "filter", word]] if state == "held" else [])
    refused = sign_in(ana).post(
        f"{API}/stories", json={**asked, "media_id": str(make.media(ana, purpose="story")), "caption": "badword"}
    )
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["caption"])


@pytest.mark.parametrize("field", ["display_name", "bio", "username"])
def test_names_and_profiles_can_only_be_refused(app, sign_in, filters, field):
    browser = sign_in(make.user("ana"))
    assert browser.patch(f"{API}/users/me", json={field: "hideword"}).status_code == 200
    assert browser.patch(f"{API}/users/me", json={field: "waitword"}).status_code == 200
    refused = browser.patch(f"{API}/users/me", json={field: "badword"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_an_address_on_a_profile_can_be_refused_and_others_stay(app, sign_in, filters):
    browser = sign_in(make.user("ana"))
    kept = browser.patch(f"{API}/users/me", json={"links": ["https://example.org/fine"]})
    assert kept.status_code == 200
    answer = browser.patch(f"{API}/users/me", json={"links": ["https://example.org/fine", "https://badword.example"]})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["links"])
    assert browser.get(f"{API}/users/me").json["links"] == ["https://example.org/fine"]


def test_nobody_registers_under_a_refused_name(app, visitor, filters):
    new = {"username": "badword", "email": "n@example.org", "password": make.PASSWORD}
    assert list(visitor.post(f"{API}/auth/register", json=new).json["errors"]) == ["username"]
    new |= {"username": "nora", "display_name": "B\u00e0dword"}
    assert list(visitor.post(f"{API}/auth/register", json=new).json["errors"]) == ["display_name"]


def test_the_title_of_a_highlight_can_be_refused(app, sign_in, filters):
    ana = make.user("ana")
    browser, story = sign_in(ana), str(make.story(ana))
    refused = browser.post(f"{API}/highlights", json={"title": "badword", "story_ids": [story]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["title"])
    made = browser.post(f"{API}/highlights", json={"title": "waitword", "story_ids": [story]})
    assert made.status_code == 201
    assert browser.patch(f"{API}/highlights/{made.json['id']}", json={"title": "badword"}).status_code == 422


def test_messages_are_private_and_not_looked_at(app, sign_in, filters):
    ana, ben = make.user("ana"), make.user("ben")
    talk = make.talk(ana, ben, content="badword waitword")
    said = sign_in(ana).post(f"{API}/conversations/{talk}/messages", json={"content": "badword"})
    assert said.status_code == 201
    assert not any(hits().values())


def test_staff_is_not_filtered(app, sign_in, filters):
    mod = make.user("mod_m", role="moderator")
    browser = sign_in(mod)
    assert compose(browser, mod, caption="badword").status_code == 202
    assert compose(browser, mod, caption="waitword").json["status"] == "processing"
    assert not any(hits().values())


def test_the_first_post_of_a_new_account_waits_where_that_is_wanted(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    assert compose(browser, ana).json["status"] == "processing", "it is not at first"
    options.kept.hold(options.Options(new_account_days=7, new_account_hold=True), 60)
    ben = make.user("ben")
    assert compose(sign_in(ben), ben).json["status"] == "held"
    assert opened()[0][2] == "new_account"
    make.work()
    assert compose(browser, ana).json["status"] == "processing", "not the first one"
    old = make.user("old_o", created_at=clock.now() - timedelta(days=8))
    assert compose(sign_in(old), old).json["status"] == "processing"


def test_moderators_look_after_the_filters_over_json(app, sign_in):
    mod = sign_in(make.user("mod_m", role="moderator"))
    made = mod.post(f"{API}/moderation/filters", json={"phrase": "Grüße", "action": "hide", "whole_word": False})
    assert made.status_code == 201
    assert made.json | {"id": 0, "created_at": 0} == {
        "id": 0, "phrase": "Grüße", "action": "hide", "whole_word": False, "hits": 0, "created_at": 0,
    }  # fmt: skip
    tried = mod.get(f"{API}/moderation/filters/try?text=Viele+GRUSSE")
    assert tried.json == {"action": "hide", "phrase": "Grüße"}
    again = mod.post(f"{API}/moderation/filters", json={"phrase": "GRUSSE", "action": "hold"})
    assert (again.status_code, list(again.json["errors"])) == (422, ["phrase"])
    for wrong in ({"phrase": "", "action": "hold"}, {"phrase": "x" * 201, "action": "hold"}, {"phrase": "x"}):
        assert mod.post(f"{API}/moderation/filters", json=wrong).status_code == 422
    assert [one["phrase"] for one in mod.get(f"{API}/moderation/filters").json["items"]] == ["Grüße"]
    assert mod.delete(f"{API}/moderation/filters/{made.json['id']}").status_code == 204
    assert mod.delete(f"{API}/moderation/filters/{made.json['id']}").status_code == 404
    assert mod.get(f"{API}/moderation/filters/try?text=Viele+GRUSSE").json["action"] is None
    with make.unit():
        written = db.rows(select(AuditEntry.action, AuditEntry.facts).order_by(AuditEntry.seq))
    assert [found.action for found in written] == ["add_filter", "remove_filter"]
    assert written[0].facts["does"] == "hide"


def test_moderators_look_after_the_filters_on_their_page(app, sign_in):
    mod = sign_in(make.user("mod_m", role="moderator"))
    wrong = mod.post("/admin/filters", data={"phrase": "ab", "action": "hold", "whole_word": "false"})
    assert wrong.status_code == 422
    assert 'value="ab"' in wrong.text
    sent = mod.post("/admin/filters", data={"phrase": "waitword", "action": "hold", "whole_word": "true"})
    assert sent.status_code == 303
    page = mod.get("/admin/filters?text=A+waitword")
    assert "waitword" in page.text
    assert "Waits for review" in page.text
    with make.unit():
        filter_id = db.scalar(select(Filter.id))
    assert mod.post(f"/admin/filters/{filter_id}/delete").status_code == 303
    assert "No filters yet" in mod.get("/admin/filters").text


def test_filters_are_read_page_by_page(app, sign_in, filters):
    mod = sign_in(make.user("mod_m", role="moderator"))
    first = mod.get(f"{API}/moderation/filters?limit=2").json
    rest = mod.get(f"{API}/moderation/filters?limit=2&cursor={first['next_cursor']}").json
    assert [one["phrase"] for one in first["items"] + rest["items"]] == ["badword", "hideword", "waitword"]
    assert rest["next_cursor"] is None


def decide(mod, action: str) -> None:
    """Let a moderator decide the one open case."""
    make.work()
    [case] = mod.get(f"{API}/moderation/queue").json["items"]
    done = mod.post(f"{API}/moderation/reports/{case['id']}/resolve", json={"action": action, "reason": "Looked at."})
    assert done.status_code == 200, done.text


def drawn_post(browser, caption: str) -> str:
    """Send a real photo with words; everything that follows is done."""
    photo = {"photo": (io.BytesIO(make.photo()), "a.jpg"), "caption": caption}
    made = browser.post(f"{API}/posts", data=photo)
    assert made.status_code == 202, made.text
    make.work()
    return made.json["id"]


def test_a_held_post_that_moderators_approve_is_published_and_stays_so(app, sign_in, filters):
    mod, browser = sign_in(make.user("mod_m", role="moderator")), sign_in(make.user("ana"))
    reader = sign_in(make.user("ben"))
    post_id = drawn_post(browser, "A waitword")
    assert reader.get(f"{API}/posts/{post_id}").status_code == 404
    decide(mod, "approve")
    make.work()
    assert reader.get(f"{API}/posts/{post_id}").json["status"] == "published"
    assert browser.delete(f"{API}/posts/{post_id}").status_code == 204
    browser.post(f"{API}/posts/{post_id}/restore")
    make.work()
    assert row(Post, post_id).status == "published", "what was approved is not asked again"
    browser.patch(f"{API}/posts/{post_id}", json={"caption": "Another waitword"})
    make.work()
    assert row(Post, post_id).status == "held", "other words are"
    decide(mod, "takedown")
    make.work()
    assert row(Post, post_id).status == "taken_down"
    assert reader.get(f"{API}/posts/{post_id}").status_code == 404


def test_a_held_comment_and_story_that_moderators_approve_are_there(app, sign_in, filters):
    mod, ana, ben = sign_in(make.user("mod_m", role="moderator")), make.user("ana"), make.user("ben")
    make.follow(ana, ben)
    reader, post_id = sign_in(ana), make.post(ana)
    said = sign_in(ben).post(f"{API}/posts/{post_id}/comments", json={"content": "A waitword"}).json["id"]
    assert said not in reader.get(f"{API}/posts/{post_id}/comments").text
    decide(mod, "approve")
    assert said in reader.get(f"{API}/posts/{post_id}/comments").text
    assert row(Post, post_id).comment_count == 1
    story = make.story(ben, "waitword")
    assert reader.get(f"{API}/stories/{story}").status_code == 404
    decide(mod, "approve")
    assert reader.get(f"{API}/stories/{story}").status_code == 200


def test_nobody_else_sees_what_a_filter_hides_and_its_author_notices_nothing(app, sign_in, filters):
    ana, ben = make.user("ana"), make.user("ben")
    own, other = sign_in(ana), sign_in(ben)
    make.follow(ben, ana)
    post_id = drawn_post(own, "A hideword")
    shown = own.get(f"{API}/posts/{post_id}")
    assert (shown.status_code, shown.json["status"]) == (200, "published")
    assert post_id in own.get("/@ana").text
    assert other.get(f"{API}/posts/{post_id}").status_code == 404
    assert post_id not in other.get("/").text + other.get("/@ana").text
    fine = make.post(ben)
    said = own.post(f"{API}/posts/{fine}/comments", json={"content": "A hideword"}).json["id"]
    assert said in own.get(f"{API}/posts/{fine}/comments").text
    assert said not in other.get(f"{API}/posts/{fine}/comments").text
