"""Linear's own SDK for JavaScript against the simulator: what it asks, it gets, and it understands
the refusals by the same marks as our client. It has no OAuth, so that tokens are had by hand.
"""

from collections.abc import Callable
from typing import Any

import pytest

from hub.providers.linear import client
from tests.contract import node
from tests.unit.simulator.linear.app import ADA, ADA_AT_GLOBEX, ENGINEERING, GRACE, App

ISSUE = {"teamId": ENGINEERING.id, "title": "A laptop for Alan"}


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def sdk(app: App) -> Callable[..., Any]:
    """Call it for what the SDK makes of a call, with a token of Grace's unless another is given."""

    def run(call: str, *, token: str = "", **given: Any) -> Any:
        token = token or app.connect()["access_token"]
        url = f"{app.endpoints['apiUrl']}/graphql"
        return node.run("linear.mjs", token=token, apiUrl=url, call=call, given=given)

    return run


def test_the_sdk_knows_whose_token_it_is(sdk):
    assert sdk("viewer")["answer"] == {
        "id": GRACE.id,
        "name": "Grace Hooper",
        "email": "grace@example.org",
        "active": True,
        "createdAt": "2026-01-05T09:00:00.000Z",
    }


def test_our_own_question_is_one_the_sdk_can_ask(sdk):
    viewer = sdk("raw", query=client._VIEWER)["answer"]["viewer"]

    assert viewer["organization"] == {"id": GRACE.workspace.id, "name": "Globex"}


def test_the_sdk_creates_an_issue(app, sdk):
    more = {"priority": 2, "dueDate": "2026-11-30", "assigneeId": ADA_AT_GLOBEX.id}
    told = sdk("createIssue", **ISSUE, **more, description="- [ ] order")["answer"]

    (issue,) = app.simulator.state()["linear"]["issues"]
    assert told == {"success": True, "lastSyncId": 1, "issueId": issue["id"]}
    assert (issue["title"], issue["description"]) == (ISSUE["title"], "- [ ] order")
    assert (issue["priority"], issue["due_date"]) == (2, "2026-11-30")
    assert (issue["creator"], issue["assignee"]) == (GRACE.id, ADA_AT_GLOBEX.id)


@pytest.mark.parametrize(
    ("given", "kind", "status"),
    [
        ({"teamId": "ENG"}, "InvalidInput", 200),
        ({"teamId": ADA.id}, "InvalidInput", 200),
        ({"title": ""}, "InvalidInput", 200),
        ({"dueDate": "tomorrow"}, "GraphqlError", 400),
        ({"dueBy": "2026-11-30"}, "GraphqlError", 400),
        ({"stateId": ENGINEERING.state_id("Todo")}, "Forbidden", 400),
    ],
)
def test_the_sdk_understands_why_there_is_no_issue(app, sdk, given, kind, status):
    told = sdk("createIssue", **{**ISSUE, **given})

    assert (told["kind"], told["type"]) == (f"{kind.removesuffix('Error')}LinearError", kind)
    assert (told["status"], told["userError"]) == (status, True)
    assert app.simulator.state()["linear"]["issues"] == []


@pytest.mark.parametrize("ended", [False, True], ids=["invented", "ended"])
def test_the_sdk_understands_a_token_that_is_none(app, sdk, ended):
    token = app.connect()["access_token"] if ended else "lin_oauth_invented"
    app.simulator.uninstall("linear", GRACE.id)
    told = sdk("viewer", token=token)

    assert (told["kind"], told["status"]) == ("AuthenticationLinearError", 401)
    assert told["message"].endswith("You need to authenticate to access this operation.")


def test_the_sdk_understands_a_limit_and_when_it_starts_anew(app, sdk):
    app.simulator.fault("linear", "graphql", "rate_limited", value=30)
    told = sdk("viewer")

    (call,) = app.simulator.calls("graphql")
    assert (told["kind"], told["status"]) == ("RatelimitedLinearError", 400)
    assert told["requestsRemaining"] == 0
    assert told["requestsResetAt"] / 1000 == pytest.approx(call.at + 30, abs=1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("USAGE_LIMIT_EXCEEDED", "UsageLimitExceeded"),
        ("FEATURE_NOT_ACCESSIBLE", "FeatureNotAccessible"),
        ("LOCK_TIMEOUT", "LockTimeout"),
        ("INTERNAL_SERVER_ERROR", "InternalError"),
        ("SOMETHING_NEW", "Other"),
    ],
)
def test_the_sdk_understands_every_type_that_is_ordered(app, sdk, code, kind):
    app.simulator.fault("linear", "graphql", "ok_false", value=code)

    assert sdk("viewer")["type"] == kind


def test_what_is_no_answer_is_none_to_the_sdk_either(app, sdk):
    """The broken variant: a simulator that answered like this would be found out above."""
    app.simulator.fault("linear", "graphql", "html")

    assert sdk("viewer")["kind"] == "UnknownLinearError"
