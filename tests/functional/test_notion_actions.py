"""What people do through Notion: pages, once, and what they are told when it does not go."""

import copy
import json

import pytest

from hub.http_types import Answer
from hub.providers import _rest
from tests.functional.gateway import User
from tests.functional.google import spoil
from tests.functional.journey import result
from tests.functional.notion import (
    CANARY,
    GRACE,
    HANK,
    PAGE,
    ROW,
    acting,
    calls,
    come_back,
    pages,
)
from tests.functional.stored import dump, leaks, rows
from tests.simulator.providers.notion.workspaces import (
    SEATS,
    made_up_id,
    old_handbook,
    onboarding,
    salaries,
)


@pytest.fixture
def act(journey):
    return acting(journey, journey.connect(GRACE, provider="notion"))


def test_a_page_is_added_below_another(act, simulator):
    reply = act()

    assert reply.status == 200, reply.text
    (page,) = pages(simulator)
    assert reply.json["data"] == {
        "id": page["id"],
        "url": f"https://www.notion.so/{page['id'].replace('-', '')}",
    }
    assert (page["title"], page["markdown"]) == ("Welcome", "# Day 1")
    assert (page["parent_kind"], page["parent"]) == ("page_id", onboarding("Globex"))
    assert page["bot"] == SEATS["globex-grace"].bot_id


def test_a_row_is_added_to_a_database(act, simulator):
    assert act(ROW).status == 200

    (page,) = pages(simulator)
    assert (page["parent_kind"], page["title"], page["markdown"]) == ("data_source_id", "Ada", "")


@pytest.mark.parametrize(
    ("title", "markdown"),
    [("Grüße 👋", "Zeile\n\n- [ ] Größe"), ("👋" * 1_000, "👋" * 40_000), ('"\\', "<b>\u2028")],
    ids=["two languages", "the longest", "marks"],
)
def test_whatever_is_written_arrives_as_it_is(journey, simulator, title, markdown):
    """The longest of all still fit Notion's limits, which count otherwise."""
    integration = journey.connect(GRACE, provider="notion")
    body = {**PAGE, "title": title, "markdown": markdown}
    reply = journey.gateway.post(
        f"/api/integrations/{integration}/actions/create_page",
        raw=json.dumps(body, ensure_ascii=False).encode(),
    )

    assert reply.status == 200, reply.text
    assert (pages(simulator)[0]["title"], pages(simulator)[0]["markdown"]) == (title, markdown)


UNFIT = [
    ({"title": ""}, "title"),
    ({"title": 7}, "title"),
    ({"title": "x" * 1_001}, "title"),
    ({"markdown": ""}, "markdown"),
    ({"markdown": "x" * 40_001}, "markdown"),
    ({"parentPageId": "short"}, "parentPageId"),
    ({"parentPageId": "x" * 37}, "parentPageId"),
    ({"parentPageId": None}, "Say where"),
    ({"dataSourceId": onboarding("Globex")}, "Say where"),
]


def test_a_page_that_does_not_fit_calls_nobody(act, simulator):
    for changes, words in UNFIT:
        reply = act({**PAGE, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert words in reply.json["error"]["message"]
        assert calls(simulator) == []


def test_an_unknown_field_is_named_as_such(act, simulator):
    for changes in ({"parent_page_id": onboarding("Globex")}, {"children": []}, {"icon": "👋"}):
        reply = act({**PAGE, **changes})

        assert (reply.status, reply.error) == (400, "unknown_field"), changes
        assert calls(simulator) == []


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (salaries("Globex"), "not shared with Targetym"),
        (onboarding("Ada's Bakery"), "not shared with Targetym"),
        (made_up_id("nowhere"), "not shared with Targetym"),
        (old_handbook("Globex"), "trash"),
        ("not-a-uuid-at-all-but-long-enough-x", "Check the id"),
    ],
)
def test_a_place_that_is_none_is_explained(act, simulator, place, words):
    reply = act({**PAGE, "parentPageId": place})

    assert (reply.status, reply.error) == (400, "invalid_request")
    assert words in reply.json["error"]["message"]
    assert place not in reply.text
    assert (len(calls(simulator)), pages(simulator)) == (1, [])


def test_pages_of_a_colleague_who_reconnected_are_those_that_count(journey, act, simulator):
    started_from = rows("integrations")[0]["integrationId"]
    assert result(come_back(journey, HANK))["integration"] == started_from
    assert act().status == 200

    assert pages(simulator)[0]["bot"] == SEATS["globex-hank"].bot_id


# Who may


@pytest.mark.parametrize("role", ["admin", "hr", "manager"])
def test_everybody_with_a_role_acts_as_the_app(act, simulator, role):
    assert act(user=User(role=role, id="mia")).status == 200
    assert len(pages(simulator)) == 1


def test_another_organization_finds_nothing_to_act_on(act, simulator):
    reply = act(user=User(organization="org-b", id="ada"))

    assert (reply.status, reply.error) == (404, "not_found")
    assert calls(simulator) == []


def test_a_scope_that_was_not_granted_calls_nobody(journey, simulator, monkeypatch):
    """Notion tells no scopes; if it ever does, they are believed."""
    send_tokens = {"scope": "read_content"}

    def narrowed(answer: Answer) -> Answer:
        return copy.replace(answer, body=json.dumps(answer.json() | send_tokens).encode())

    spoil(monkeypatch, "/oauth/token", narrowed)
    assert result(come_back(journey))["error"] == "insufficient_scope"
    (row,) = rows("integrations")
    reply = acting(journey, row["integrationId"])()

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert calls(simulator) == []


def test_a_capability_that_the_app_lacks_shows_at_the_call(journey, simulator):
    simulator.configure("notion", granted_scopes=["read_content"])
    reply = acting(journey, journey.connect(GRACE, provider="notion"))()

    assert [call.outcome for call in calls(simulator)] == ["restricted_resource"]
    assert (reply.status, reply.error) == (409, "insufficient_scope")
    assert "full access" in reply.json["error"]["message"]


def test_an_app_that_may_only_insert_gives_the_id_alone(journey, simulator):
    simulator.configure("notion", granted_scopes=["insert_content"])
    reply = acting(journey, journey.connect(GRACE, provider="notion"))()

    assert reply.json["data"] == {"id": pages(simulator)[0]["id"], "url": None}


# Once


def test_a_repetition_is_answered_like_the_first_and_happens_once(act, simulator):
    first, second = act(key="key-1"), act(key="key-1")

    assert first.status == 200
    assert second.json == first.json
    assert len(pages(simulator)) == 1
    assert act({**PAGE, "title": "Other"}, key="key-1").error == "idempotency_conflict"


def test_a_page_that_was_saved_too_late_is_one_page(act, simulator):
    simulator.configure("notion", saves_too_late=True)
    first = act(key="key-1")
    simulator.configure("notion", saves_too_late=False)
    second = act(key="key-1")

    (page,) = pages(simulator)
    assert first.json["data"] == {"id": page["id"], "url": None}
    assert second.json == first.json


@pytest.mark.parametrize(
    ("kind", "value"),
    [("rate_limited", 1), ("ok_false", "service_overload"), ("ok_false", "conflict_error")],
)
def test_what_notion_did_not_do_may_be_asked_for_again(act, simulator, kind, value):
    simulator.fault("notion", "pages.create", kind, value=value)

    assert act(key="key-1").status in {409, 429}
    assert act(key="key-1").status == 200
    assert len(pages(simulator)) == 1


@pytest.mark.parametrize(
    ("kind", "value"), [("lost_answer", None), ("status", 503), ("ok_false", "gateway_timeout")]
)
def test_what_notion_may_have_done_is_not_asked_for_again(act, simulator, kind, value):
    simulator.fault("notion", "pages.create", kind, value=value)

    assert act(key="key-1").status == 502
    assert act(key="key-1").status == 409
    assert len(calls(simulator)) == 1


# Failures


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "restricted_resource", (409, "insufficient_scope")),
        ("ok_false", "block_limit", (400, "invalid_request")),
        ("ok_false", "conflict_error", (409, "conflict")),
        ("ok_false", "public_api_request_blocked", (502, "provider_error")),
        ("ok_false", "internal_server_error", (502, "provider_unavailable")),
        ("ok_false", "nobody_knows", (502, "provider_error")),
        ("status", 418, (502, "provider_error")),
        ("html", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("truncated", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("body", json.dumps({"id": {"a": CANARY}}), (502, "provider_unavailable")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_asked_twice(
    act, simulator, kind, value, answer
):
    simulator.fault("notion", "pages.create", kind, value=value)
    before = dump()
    reply = act()

    assert (reply.status, reply.error) == answer
    assert len(calls(simulator)) == 1
    assert CANARY not in reply.text
    assert dump() == before


@pytest.mark.parametrize(
    ("kind", "value", "wait"),
    [("rate_limited", 17, "17"), ("ok_false", "service_overload", None), ("status", 429, None)],
)
def test_a_limit_is_passed_on_with_the_wait_where_there_is_one(act, simulator, kind, value, wait):
    simulator.fault("notion", "pages.create", kind, value=value)
    reply = act()

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert reply.headers.get("retry-after") == wait


def test_a_call_that_takes_too_long_is_cut_off(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("notion", "pages.create", "slow", value=1)
    reply = act()

    assert (reply.status, reply.error) == (504, "timeout")
    assert len(calls(simulator)) == 1


def test_a_person_who_removed_the_app_in_notion_must_connect_again(act, simulator):
    simulator.uninstall("notion", GRACE)
    reply = act()

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503, 529])
def test_notion_s_words_are_never_repeated(act, monkeypatch, status, logs):
    words = {"object": "error", "status": status, "code": CANARY, "message": CANARY}
    body = json.dumps(words | {"additional_data": {"retry_guidance": [CANARY]}}).encode()

    def refuse(answer: Answer) -> Answer:
        return copy.replace(answer, status=status, body=body, headers={"x": CANARY})

    spoil(monkeypatch, "/pages", refuse)
    reply = act()

    assert reply.status != 200
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_an_action_shows_no_token_and_logs_no_content(act, simulator, logs):
    reply = act({**PAGE, "title": CANARY, "markdown": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
