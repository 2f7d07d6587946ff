"""Appeals: once for each decision, answered by another moderator, told by notice and mail."""

import pytest

from tests import make
from tests.moderation.test_sanctions import notices, rows
from webapp.models import Appeal, AuditEntry

API = "/api/v1"
WHY = {"reason": "Rule three."}


@pytest.fixture
def world(app, sign_in):
    """Ana, whose post was taken down by Moira; Nora, another moderator."""
    ana, moira, nora = make.user("ana"), *(make.user(name, role="moderator") for name in ("moira", "nora"))
    post = make.post(ana, "A gate")
    mods = sign_in(moira)
    action = mods.post(f"{API}/moderation/posts/{post}/takedown", json=WHY).json
    return post, action, sign_in(ana), mods, sign_in(nora)


def ask(browser, **body):
    return browser.post(f"{API}/appeals", json={"content": "It is a gate.", **body})


def test_one_reads_what_was_done_and_why(world):
    _, action, hers, mods, _ = world
    mods.post(f"{API}/moderation/users/ana/shadowban", json=WHY)
    [mine] = hers.get(f"{API}/me/moderation").json["items"]
    assert (mine["id"], mine["kind"], mine["reason"]) == (action["id"], "takedown", "Rule three.")
    assert mine["target"] == action["target"]
    assert mine["appeal"] is None
    assert "moira" not in hers.get(f"{API}/me/moderation").text


def test_an_appeal_is_made_once(world):
    _, action, hers, _, _ = world
    first = ask(hers)
    assert first.status_code == 201, first.text
    assert first.json["action_id"] == action["id"]
    assert ask(hers, action_id=action["id"]).json == first.json, "sent twice"
    assert ask(hers, action_id=action["id"], content="And another thing.").status_code == 409
    assert ask(hers).status_code == 409
    assert len(rows(Appeal)) == 1


def test_nobody_appeals_for_others_nor_against_nothing(world, sign_in):
    _, action, hers, mods, _ = world
    ben = sign_in(make.user("ben"))
    assert ask(ben, action_id=action["id"]).status_code == 404
    assert ask(ben).status_code == 409
    assert ask(ben, action_id="nonsense").status_code == 404
    assert ask(hers, content="x" * 2001).status_code == 422
    mods.post(f"{API}/moderation/actions/{action['id']}/undo")
    assert ask(hers, action_id=action["id"]).status_code == 409


def test_another_moderator_accepts_and_it_is_undone(world, letters):
    post, _action, hers, mods, others = world
    letters.of("ana@example.org")
    appeal = ask(hers).json["id"]
    path, answer = f"{API}/moderation/appeals/{appeal}", {"decision": "accept", "reason": "A gate, indeed."}
    refused = mods.post(path, json=answer)
    assert refused.status_code == 403
    assert "You took this decision yourself." in refused.json["detail"]
    assert mods.get(path).json["can"] == []
    assert others.get(path).json["can"] == ["decide"]
    done = others.post(path, json=answer)
    assert (done.json["status"], done.json["answer"]) == ("accepted", "A gate, indeed.")
    assert others.post(path, json=answer).json == done.json, "sent twice"
    assert others.post(path, json={**answer, "decision": "reject"}).status_code == 409
    [mine] = hers.get(f"{API}/me/moderation").json["items"]
    assert mine["undone_at"]
    assert mine["appeal"]["status"] == "accepted"
    assert "A gate, indeed." in notices(hers)[0]
    mail = letters.one("ana@example.org").get_body(("plain",)).get_content()
    assert "A gate, indeed." in " ".join(mail.split())
    assert hers.get(f"{API}/posts/{post}").json["status"] == "published"
    assert [row.action for row in rows(AuditEntry)] == ["takedown", "appeal-accept"]


def test_who_decided_alone_takes_it_back_and_no_appeal_waits_for_ever(world):
    _, action, hers, mods, others = world
    appeal = f"{API}/moderation/appeals/{ask(hers).json['id']}"
    assert mods.post(appeal, json={"decision": "accept", "reason": "A gate."}).status_code == 403
    lift = mods.post(f"{API}/moderation/posts/{world[0]}/restore", json=WHY)
    assert lift.status_code == 200, lift.text
    assert mods.get(f"{API}/moderation/appeals").json["items"] == []
    assert (mods.get(appeal).json["status"], mods.get(appeal).json["answer"]) == ("accepted", "")
    [mine] = hers.get(f"{API}/me/moderation").json["items"]
    assert mine["appeal"]["status"] == "accepted"
    mods.post(f"{API}/moderation/actions/{lift.json['id']}/undo")
    assert mods.get(appeal).json["status"] == "open", "it stands again, and so does the question"
    mods.post(f"{API}/moderation/actions/{action['id']}/undo")
    assert others.get(appeal).json["can"] == []
    assert others.get(f"{API}/moderation/appeals").json["items"] == []


def test_what_is_rejected_stays(world):
    post, _, hers, _, others = world
    appeal = ask(hers).json["id"]
    assert [one["id"] for one in others.get(f"{API}/moderation/appeals").json["items"]] == [appeal]
    answer = {"decision": "reject", "reason": "Read rule three."}
    assert others.post(f"{API}/moderation/appeals/{appeal}", json=answer).json["status"] == "rejected"
    assert hers.get(f"{API}/posts/{post}").json["status"] == "taken_down"
    assert others.get(f"{API}/moderation/appeals").json["items"] == []
    assert [one["id"] for one in others.get(f"{API}/moderation/appeals?status=rejected").json["items"]] == [appeal]
    assert ask(hers).status_code == 409
    assert [row.action for row in rows(AuditEntry)] == ["takedown", "appeal-reject"]


def test_a_reason_is_asked_for(world):
    *_, hers, _, others = world
    appeal = ask(hers).json["id"]
    for body in ({"decision": "accept"}, {"decision": "perhaps", "reason": "x"}):
        assert others.post(f"{API}/moderation/appeals/{appeal}", json=body).status_code == 422


def test_what_admins_decided_is_answered_by_admins(world, sign_in):
    *_, hers, mods, _ = world
    boss, other = (sign_in(make.user(name, role="admin")) for name in ("boss", "other"))
    assert boss.delete(f"{API}/admin/users/ana", json=WHY).status_code == 204
    appeal = f"{API}/moderation/appeals/{ask(hers).json['id']}"
    answer = {"decision": "accept", "reason": "Too hasty."}
    assert mods.post(appeal, json=answer).status_code == 403
    assert boss.post(appeal, json=answer).status_code == 403
    assert other.post(appeal, json=answer).status_code == 200
    assert hers.get(f"{API}/feed").status_code == 200
