"""Nothing tells anybody that they are blocked, restricted or declined; and what is hidden stays hidden."""

from contextlib import contextmanager

import pytest

from tests import make
from tests.browsing import counted_queries
from tests.messages.test_api import API, friends
from webapp.core import cache


@contextmanager
def overheard(monkeypatch):
    """Collect the words that open pages are sent."""
    words = []
    with monkeypatch.context() as patch:
        patch.setattr(cache, "publish", lambda _channel, word: words.append(word))
        yield words


def told(words: list[dict], what: str) -> set[str]:
    return {person for word in words if word["what"] == what for person in word["people"]}


@pytest.fixture
def two(app, sign_in):
    """Ana and Ben, who have talked, each with a browser."""
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    talk = make.talk(ben, ana, content="Hello Ana")
    make.say(ana, talk, "Hello Ben")
    make.say(ben, talk, "Fine weather")
    hers, his = sign_in(ana), sign_in(ben)
    for browser in (hers, his):
        assert browser.post(f"{API}/conversations/{talk}/read", json={"seq": 3}).status_code == 200
    return ana, ben, talk, hers, his


def surroundings(browser, talk) -> list:
    """Return all that somebody gets to see of a conversation."""
    paths = (
        f"/conversations/{talk}", f"/conversations/{talk}/messages", "/conversations", "/search/messages?q=weather",
        "/conversations?state=requested",
    )  # fmt: skip
    return [
        (answer.status_code, answer.json, answer.headers.get("ETag"))
        for answer in (browser.get(API + p) for p in paths)
    ]


def test_the_blocked_sees_all_as_it_was_and_what_they_write_looks_sent(two, monkeypatch):
    ana, ben, talk, hers, his = two
    before = surroundings(his, talk)
    assert before[0][1]["read_marks"] == [{"user_id": str(p.id), "seq": 3} for p in (ben, ana)]
    assert hers.post(f"{API}/users/ben/block").status_code == 200
    assert surroundings(his, talk) == before
    with overheard(monkeypatch) as words:
        sent = his.post(f"{API}/conversations/{talk}/messages", json={"content": "Are you there, Pfefferminz?"})
        assert his.post(f"{API}/conversations/{talk}/typing").status_code == 204
        assert his.post(f"{API}/conversations/{talk}/read", json={"seq": 4}).status_code == 200
    assert sent.status_code == 201
    assert set(sent.json) == set(his.get(f"{API}/conversations/{talk}/messages").json["items"][1])
    assert str(ana.id) not in told(words, "messages") | told(words, "typing") | told(words, "badges") | told(
        words, "read"
    )
    # Ana has neither the conversation nor a number of it
    for path in (f"/conversations/{talk}", f"/conversations/{talk}/messages"):
        assert hers.get(API + path).status_code == 404
    assert hers.get(f"{API}/conversations").json["items"] == []
    assert "Pfefferminz" not in hers.get("/messages").text
    assert 'class="badge"' not in hers.get("/messages").text
    assert hers.post(f"{API}/conversations/{talk}/messages", json={"content": "x"}).status_code == 404
    # the block ends: the conversation is back, without what was said meanwhile
    hers.delete(f"{API}/users/ben/block")
    assert [one["seq"] for one in hers.get(f"{API}/conversations/{talk}/messages").json["items"]] == [3, 2, 1]
    assert hers.get(f"{API}/conversations/{talk}").json["unread_count"] == 0
    assert [one["seq"] for one in his.get(f"{API}/conversations/{talk}/messages").json["items"]] == [4, 3, 2, 1]


def test_a_withheld_photo_and_a_withheld_deletion_reach_nobody(two, monkeypatch):
    ana, ben, talk, hers, his = two
    hers.post(f"{API}/users/ben/block")
    photo = make.media(ben, purpose="message")
    with overheard(monkeypatch) as words:
        sent = his.post(f"{API}/conversations/{talk}/messages", json={"media_id": str(photo)})
        assert sent.status_code == 201
        assert his.delete(f"{API}/messages/{sent.json['id']}").status_code == 204
    assert str(ana.id) not in {person for word in words for person in word["people"]}
    assert hers.delete(f"{API}/messages/{sent.json['id']}").status_code == 404


def test_sending_takes_the_same_steps_whether_it_reaches_somebody_or_not(two):
    _, _, talk, hers, his = two
    steps = []
    for _ in range(2):
        his.get("/about")
        with counted_queries() as sent:
            his.post(f"{API}/conversations/{talk}/messages", json={"content": "Hello"})
        steps.append([statement.split("WHERE")[0].split() for statement in sent])
        hers.post(f"{API}/users/ben/block")
        his.get("/messages")  # the session is known again
    assert steps[0] == steps[1]


def test_the_restricted_do_not_learn_what_one_reads_or_writes(two, monkeypatch):
    _, ben, talk, hers, his = two
    assert hers.post(f"{API}/users/ben/restrict").status_code == 200
    make.say(ben, talk, "Well?")
    before = his.get(f"{API}/conversations/{talk}").json
    with overheard(monkeypatch) as words:
        assert hers.post(f"{API}/conversations/{talk}/read", json={"seq": 4}).json["unread_count"] == 0
        hers.post(f"{API}/conversations/{talk}/typing")
    assert told(words, "read") == told(words, "typing") - {""} == set()
    assert his.get(f"{API}/conversations/{talk}").json == before
    hers.delete(f"{API}/users/ben/restrict")
    make.say(ben, talk, "And now?")
    with overheard(monkeypatch) as words:
        hers.post(f"{API}/conversations/{talk}/read", json={"seq": 5})
        hers.post(f"{API}/conversations/{talk}/typing")
    assert told(words, "read") == told(words, "typing") == {str(ben.id)}


def test_in_a_group_that_both_are_in_the_blocked_stay_and_are_collapsed_for_the_blocker(app, sign_in, monkeypatch):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    friends(ana, ben, cleo)
    talk = make.talk(cleo, ana, ben, content="Hello both")
    make.say(ana, talk, "Hello from Ana, Zimtstern")
    hers, his = sign_in(ana), sign_in(ben)
    his.post(f"{API}/conversations/{talk}/read", json={"seq": 2})
    hers.post(f"{API}/conversations/{talk}/read", json={"seq": 2})
    his_before = surroundings(his, talk)
    hers.post(f"{API}/users/ben/block")
    assert surroundings(his, talk) == his_before
    with overheard(monkeypatch) as words:
        make.say(ben, talk, "Can anybody hear me, Bergkristall?")
    assert told(words, "messages") == {str(person.id) for person in (ana, ben, cleo)}
    newest = hers.get(f"{API}/conversations/{talk}/messages").json["items"][0]
    assert (newest["collapsed"], newest["content"]) == (True, "Can anybody hear me, Bergkristall?")
    page = hers.get(f"/messages/{talk}").text
    assert '<summary class="note">Message from somebody you blocked</summary>' in page
    assert "Bergkristall" not in hers.get("/messages").text
    assert hers.get(f"{API}/conversations/{talk}").json["unread_count"] == 0
    assert hers.get(f"{API}/search/messages?q=bergkristall").json["items"] == []
    make.say(ana, talk, "Ana again")
    theirs = his.get(f"{API}/conversations/{talk}/messages").json["items"]
    assert [(one["content"], one["collapsed"]) for one in theirs[:1]] == [("Ana again", False)]
    with overheard(monkeypatch) as words:
        hers.post(f"{API}/conversations/{talk}/typing")
        hers.post(f"{API}/conversations/{talk}/read", json={"seq": 4})
    assert told(words, "typing") == {str(cleo.id)}
    assert told(words, "read") == set()


def test_who_may_be_added_tells_nothing_of_a_block_between_others(app, sign_in):
    ana, ben, cleo, dora = (make.user(name) for name in ("ana", "ben", "cleo", "dora"))
    friends(ana, ben, cleo, dora)
    talk = make.talk(ana, ben, dora, title="Walk")
    browser, hers = sign_in(ana), sign_in(cleo)
    open_to = browser.post(f"{API}/conversations/{talk}/participants", json={"usernames": ["cleo"]}).json
    browser.delete(f"{API}/conversations/{talk}/participants", json={"usernames": ["cleo"]})
    assert hers.get(f"{API}/conversations/{talk}").status_code == 404
    sign_in(ben).post(f"{API}/users/cleo/block")
    added = browser.post(f"{API}/conversations/{talk}/participants", json={"usernames": ["cleo"]})
    assert added.status_code == 200
    assert added.json["participants"] == open_to["participants"]
    assert hers.get(f"{API}/conversations/{talk}").status_code == 404
    assert hers.get(f"{API}/conversations?state=requested").json["items"] == []
    new = browser.post(f"{API}/conversations", json={"usernames": ["ben", "cleo"]})
    assert (new.status_code, len(new.json["participants"])) == (201, 3)
    assert hers.get(f"{API}/conversations/{new.json['id']}").status_code == 404
    # whom one of them blocked oneself, or who blocked one, is as somebody who is not there
    for name, seen_by in (("ben", hers), ("cleo", sign_in(ben)), ("nobody_there", browser)):
        refused = seen_by.post(f"{API}/conversations", json={"usernames": [name]})
        assert refused.status_code == 404
        assert refused.json["errors"]["usernames"] == [f"There is nobody called {name} here. Check the name."]


def test_who_hides_the_account_and_who_blocks_look_alike_in_a_conversation(two):
    _, _, talk, hers, his = two
    before = surroundings(his, talk)
    hers.post(f"{API}/me/deactivate")
    assert surroundings(his, talk) == before
    assert his.post(f"{API}/conversations/{talk}/messages", json={"content": "Until later"}).status_code == 201
    assert hers.get(f"{API}/conversations").status_code == 403
    hers.post(f"{API}/me/reactivate")
    assert hers.get(f"{API}/conversations/{talk}").json["last_message"]["content"] == "Until later", "it waited"


def test_a_portrait_goes_alike_for_whoever_blocked_and_whoever_hid(two):
    ana, _, talk, hers, his = two
    with make.unit():
        media = make.Media(
            owner_id=ana.id, purpose="avatar", status="ready", content_type="image/jpeg", size=1, is_public=True,
            width=10, height=10, placeholder=make.PALETTE[1],
        )  # fmt: skip
        make.db.add(media)
        make.db.execute(make.update(make.User).where(make.User.id == ana.id).values(avatar_id=media.id))

    def portrait():
        shape = his.get(f"{API}/conversations/{talk}").json
        return next(person["avatar"] for person in shape["participants"] if person["username"] == "ana")

    assert portrait() is not None
    hers.post(f"{API}/users/ben/block")
    assert portrait() is None


def test_requests_have_no_number_and_show_no_photos(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    photo = make.media(ben, purpose="message", alt="Geheim")
    talk = make.talk(ben, ana, content="Look")
    make.say(ben, talk, "", media_id=photo)
    hers = sign_in(ana)
    assert 'class="badge"' not in hers.get("/").text.split("<main")[0]
    shown = hers.get(f"{API}/conversations/{talk}/messages").json["items"][0]
    assert (shown["media"]["urls"], shown["media"]["alt"], shown["media"]["placeholder"]) == (None, "", None)
    page = hers.get(f"/messages/{talk}").text
    assert "It is shown once you accept" in page
    assert str(photo) not in page
    hers.post(f"/messages/{talk}/accept")
    assert hers.get(f"{API}/conversations/{talk}/messages").json["items"][0]["media"]["urls"]["large"]
    assert 'class="badge">1' in hers.get("/").text.split("<main")[0]


def test_a_request_says_nothing_back_until_it_is_accepted(app, sign_in, monkeypatch):
    ana, ben = make.user("ana"), make.user("ben")
    talk = make.talk(ben, ana, content="Hello?")
    hers, his = sign_in(ana), sign_in(ben)
    before = his.get(f"{API}/conversations/{talk}").json
    with overheard(monkeypatch) as words:
        hers.post(f"{API}/conversations/{talk}/typing")
        hers.post(f"{API}/conversations/{talk}/read", json={"seq": 1})
        his.post(f"{API}/conversations/{talk}/typing")
        make.say(ben, talk, "Anybody?")
    assert {person for word in words for person in word["people"]} <= {str(ben.id)}
    assert his.get(f"{API}/conversations/{talk}").json["read_marks"] == [{"user_id": str(ben.id), "seq": 2}]
    assert before["read_marks"] == [{"user_id": str(ben.id), "seq": 1}]


def test_a_shared_post_is_shown_to_whom_may_see_it(app, sign_in):
    ana, ben, cleo = make.user("ana", private=True), make.user("ben"), make.user("cleo")
    with make.unit():
        make.graph.follow(ben.viewer, "ana")
        make.graph.accept(ana.viewer, "ben")
    post = make.post(ana, "Maiglöckchen")
    talk = make.talk(ben, cleo)
    make.say(ben, talk, "Look", post_id=post)
    for person, sees in ((ben, True), (cleo, False)):
        browser = sign_in(person)
        shown = browser.get(f"{API}/conversations/{talk}/messages").json["items"][0]
        assert (shown["attached"], shown["post_id"]) == ("post", str(post) if sees else None)
        page = browser.get(f"/messages/{talk}").text
        assert ("Maiglöckchen" in page) is sees
        assert ("available to you" in page) is not sees
        assert (str(post) in page) is sees
    refused = sign_in(cleo).post(f"{API}/conversations/{talk}/messages", json={"post_id": str(post)})
    assert refused.status_code == 404


def test_a_request_shows_no_photo_of_a_post_either(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post = make.post(ben, "Maiglöckchen")
    talk = make.talk(ben, ana)
    make.say(ben, talk, "Look", post_id=post)
    hers = sign_in(ana)
    [photo] = hers.get(f"{API}/conversations/{talk}/messages").json["items"][0]["post"]["media"]
    assert (photo["urls"], photo["alt"], photo["placeholder"]) == (None, "", None)
    page = hers.get(f"/messages/{talk}").text.split("<main")[1]
    assert "Maiglöckchen" in page
    assert "<img" not in page
    hers.post(f"/messages/{talk}/accept")
    [photo] = hers.get(f"{API}/conversations/{talk}/messages").json["items"][0]["post"]["media"]
    assert photo["urls"]["small"] in hers.get(f"/messages/{talk}").text


def test_the_photo_of_a_sensitive_post_is_covered_in_a_talk_too(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ana, ben)
    post = make.post(ben, "Maiglöckchen")
    talk = make.talk(ben, ana)
    make.say(ben, talk, "Look", post_id=post)
    hers = sign_in(ana)
    address = hers.get(f"{API}/posts/{post}").json["media"][0]["urls"]["small"]
    assert address in hers.get(f"/messages/{talk}").text
    assert sign_in(ben).patch(f"{API}/posts/{post}", json={"sensitive": True}).status_code == 200
    page = hers.get(f"/messages/{talk}").text
    assert "Sensitive" in page
    assert address not in page
    assert address.replace("small", "thumb") not in hers.get(f"/p/{post}/send").text


def test_an_answered_story_is_named_as_long_as_it_may_be_seen(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    story = make.story(ana)
    hers, his = sign_in(ana), sign_in(ben)
    said = his.post(f"{API}/stories/{story}/reply", json={"content": "Where is this?"}).json
    path, address = f"{API}/conversations/{said['conversation_id']}/messages", f"/stories/ana/{story}"
    for browser in (hers, his):
        assert browser.get(path).json["items"][0]["story_id"] == str(story)
        assert address in browser.get(f"/messages/{said['conversation_id']}").text
    his.delete(f"{API}/users/ana/follow")
    for browser, sees in ((hers, True), (his, False)):
        shown = browser.get(path).json["items"][0]
        assert (shown["attached"], shown["story_id"]) == ("story", str(story) if sees else None)
        assert (address in browser.get(f"/messages/{said['conversation_id']}").text) is sees
