"""The pages: reporting, deciding and answering with plain forms."""

import re

import pytest

from tests import make
from tests.browsing import counted_queries

API = "/api/v1"


@pytest.fixture
def world(app, sign_in):
    """Ana with a post, Ben who reports it, Moira and Nora who decide."""
    ana, ben = make.user("ana"), make.user("ben")
    team = [sign_in(make.user(name, role="moderator")) for name in ("moira", "nora")]
    make.follow(ben, ana)
    return ana, make.post(ana, "A gate"), sign_in(ben), *team


def report(browser, kind, thing, **form):
    return browser.post(f"/report/{kind}/{thing}", data={"reason": "spam", **form})


def test_every_menu_leads_to_the_form(world, sign_in):
    ana, post, his, *_ = world
    comment, story = make.comment(ana, post, "Words"), make.story(ana)
    ben = make.Person(make.uuid.UUID(his.get(f"{API}/auth/me").json["id"]), "ben")
    message = make.say(ana, make.talk(ana, ben, content="Hello"), "Worse")
    talk = (
        his.get(f"{API}/conversations").json["items"] or his.get(f"{API}/conversations?state=requested").json["items"]
    )
    for page, kind, thing in (
        (f"/p/{post}", "post", post), ("/", "post", post), (f"/p/{post}", "comment", comment),
        ("/@ana", "user", ana.id),
        (f"/stories/ana/{story}", "story", story), (f"/messages/{talk[0]['id']}", "message", message),
    ):  # fmt: skip
        address = f"/report/{kind}/{thing}"
        assert f'href="{address}"' in his.get(page).text, page
        form = his.get(address)
        assert form.status_code == 200
        assert f'action="{address}"' in form.text
    own = sign_in(ana).get(f"/p/{post}").text
    assert "/report/post" not in own


def test_a_report_by_a_form_and_its_way_on(world):
    ana, post, his, *_ = world
    wrong = report(his, "post", post, reason="", note="Kept words")
    assert wrong.status_code == 422
    assert "Kept words" in wrong.text
    sent = report(his, "post", post, note="Look")
    assert sent.status_code == 303
    thanks = his.get(sent.headers["Location"]).text
    assert 'action="/@ana/block"' in thanks
    assert 'href="/@ana/mute"' in thanks
    assert "Nobody has looked at it yet." in his.get("/reports").text
    assert his.get(f"/report/feed/{ana.id}").status_code == 404


def test_the_queue_is_filtered_and_decided_in_bulk_by_a_form(world):
    ana, post, his, mods, others = world
    second = make.post(ana, "A fence")
    for thing in (post, second):
        report(his, "post", thing)
    page = mods.get("/admin/queue?type=post&reason=spam&assigned=nobody&source=report").text
    ids = re.findall(r'name="ids" value="([^"]+)"', page)
    assert len(ids) == 2
    assert 'name="ids"' not in mods.get("/admin/queue?type=user").text
    refused = mods.post("/admin/queue", data={"ids": ids, "action": "takedown", "reason": ""})
    assert refused.status_code == 422
    unticked = mods.post("/admin/queue", data={"action": "dismiss", "reason": ""})
    assert unticked.status_code == 422
    assert "Tick at least one case first." in unticked.text
    assert others.post(f"/admin/queue/{ids[0]}/resolve", data={"action": "dismiss", "reason": ""}).status_code == 303
    done = mods.post("/admin/queue", data={"ids": ids, "action": "takedown", "reason": "Rule three."})
    assert done.status_code == 303
    said = mods.get("/admin/queue").text
    assert "Decided: 1." in said
    assert "@nora has closed this case already: dismiss." in said
    assert "taken down by" in mods.get("/admin/queue?status=closed").text


def test_a_case_is_decided_on_its_page_and_taken_back_by_one_press(world):
    _ana, post, his, mods, _ = world
    report(his, "post", post, note="Look")
    [case] = mods.get(f"{API}/moderation/queue").json["items"]
    page = f"/admin/queue/{case['id']}"
    assert mods.post(f"{page}/assign", data={"username": "me"}).status_code == 303
    assert mods.post(f"{page}/notes", data={"content": "I know her."}).status_code == 303
    shown = mods.get(page).text
    assert "I know her." in shown
    assert "A gate" in shown
    assert 'class="blurred' in shown
    decided = mods.post(f"{page}/resolve", data={"action": "takedown", "reason": "Rule three.", "until": ""})
    assert decided.status_code == 303
    undo = re.search(r'action="(/admin/actions/[^"]+/undo)"', mods.get("/admin/queue").text).group(1)
    assert his.get(f"/p/{post}").status_code == 404
    assert mods.post(undo).status_code == 303
    make.work()
    assert his.get(f"/p/{post}").status_code == 200
    assert "undone" in mods.get(page).text


def test_one_reads_what_was_decided_and_asks_again_by_a_form(world, sign_in):
    ana, post, _, mods, others = world
    hers = sign_in(ana)
    assert "Nothing was decided" in hers.get("/appeal").text
    done = mods.post(f"/admin/act/post/{post}", data={"action": "takedown", "reason": "Rule three."})
    assert done.status_code == 303
    told = hers.get("/notifications").text
    assert "We removed your post: Rule three." in told
    assert 'href="/appeal"' in hers.get(f"/p/{post}").text
    page = hers.get("/appeal").text
    assert "Rule three." in page
    action = re.search(r'name="action_id" value="([^"]+)"', page).group(1)
    assert hers.post("/appeal", data={"action_id": action, "content": ""}).status_code == 422
    assert hers.post("/appeal", data={"action_id": action, "content": "It is a gate."}).status_code == 303
    appeal = re.search(r"/admin/appeals/([0-9a-f-]{36})", others.get("/admin/appeals").text).group(1)
    assert "You took this decision yourself" in mods.get(f"/admin/appeals/{appeal}").text
    answer = {"decision": "accept", "reason": "A gate, indeed."}
    assert mods.post(f"/admin/appeals/{appeal}", data=answer).status_code == 403
    assert others.post(f"/admin/appeals/{appeal}", data=answer).status_code == 303
    page = hers.get("/appeal").text
    assert "We took it back." in page
    assert "A gate, indeed." in page


def test_a_suspended_person_reaches_the_appeal(world, sign_in):
    ana, _, _, mods, _ = world
    mods.post(f"{API}/moderation/users/ana/suspend", json={"reason": "Rule three."})
    hers = sign_in(ana)
    assert hers.get("/").status_code == 303
    assert "Rule three." in hers.get("/appeal").text
    assert hers.get(f"{API}/me/moderation").json["items"][0]["kind"] == "suspend"
    assert hers.post("/appeal", data={"content": "Please look again."}).status_code == 303
    assert hers.get(f"{API}/me/moderation").json["items"][0]["appeal"]["status"] == "open"
    assert hers.get(f"{API}/me/reports").status_code == 403


def test_twenty_cases_cost_as_many_queries_as_two(world, sign_in):
    ana, _, his, mods, _ = world
    posts = [make.post(ana, f"Number {n}") for n in range(21)]
    comment = make.comment(ana, posts[0], "Words")
    costs = []
    report(his, "comment", comment)
    mods.get(f"{API}/moderation/queue")  # the session is read and kept
    for few in (posts[:1], posts[1:20]):
        for post in few:
            report(his, "post", post)
        with counted_queries() as seen:
            page = mods.get(f"{API}/moderation/queue?limit=100").json["items"]
        costs.append((len(page), len(seen)))
    assert [length for length, _ in costs] == [2, 21]
    assert costs[0][1] == costs[1][1], costs


def test_the_queue_is_paged_without_gaps(world):
    ana, _, his, mods, _ = world
    made = [make.post(ana, f"Number {n}") for n in range(5)]
    for post in made:
        report(his, "post", post)
    seen, cursor = [], ""
    while cursor is not None:
        page = mods.get(f"{API}/moderation/queue?limit=2{cursor and f'&cursor={cursor}'}").json
        seen += [one["target"]["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [str(post) for post in made], "the longest waiting first"
    assert 'class="more"' in mods.get("/admin/queue?limit=2").text
