"""The internal route: a valid access token for those roles alone that the deployer lists."""

import json

import pytest

from hub.errors import Forbidden
from tests.functional.aging import ADA, ASSUMED, READER, Aging
from tests.functional.breakdowns import counting
from tests.functional.gateway import User
from tests.functional.stored import dump

THEM = User(organization="org-b", id="bob", expires_in=10**9)
PATH = "/internal/organizations/{}/integrations/{}/token"


@pytest.fixture
def google(clock, journey, readers):
    return Aging(journey, clock, "google")


CALLERS = {
    "an assumed role of the list": (ASSUMED, 200),
    "another session of it": ("arn:aws:sts::123456789012:assumed-role/payroll/i-0a1b.c@d=e", 200),
    "nobody": (None, 403),
    "nothing": ("", 403),
    "another role": ("arn:aws:sts::123456789012:assumed-role/payroll2/nightly", 403),
    "a role whose name it begins": ("arn:aws:sts::123456789012:assumed-role/pay/nightly", 403),
    "its name in other letters": ("arn:aws:sts::123456789012:assumed-role/Payroll/nightly", 403),
    "another account's": ("arn:aws:sts::210987654321:assumed-role/payroll/nightly", 403),
    "the role's name as the session": ("arn:aws:sts::123456789012:assumed-role/x/payroll", 403),
    "the role itself": (READER, 403),
    "a user of that name": ("arn:aws:iam::123456789012:user/payroll", 403),
    "a federated user": ("arn:aws:sts::123456789012:federated-user/payroll", 403),
    "root": ("arn:aws:iam::123456789012:root", 403),
    "no session": ("arn:aws:sts::123456789012:assumed-role/payroll", 403),
    "an empty session": ("arn:aws:sts::123456789012:assumed-role/payroll/", 403),
    "a session within a session": (f"{ASSUMED}/more", 403),
    "something before": (f"x{ASSUMED}", 403),
    "a line after": (f"{ASSUMED}\n", 403),
    "two": (f"{ASSUMED},{ASSUMED}", 403),
    "a list": ([ASSUMED], 403),
    "digits that only look so": (ASSUMED.translate({ord("1"): "\uff11"}), 403),
}  # fmt: skip


@pytest.mark.parametrize(("caller", "status"), CALLERS.values(), ids=CALLERS.keys())
def test_only_a_role_of_the_list_is_answered(google, caller, status):
    """The gateway of neither stand-in checks who calls: this check is all there is."""
    integration = google.connect()
    reply = google.token(integration, caller=caller)

    assert reply.status == status, reply.text
    assert (status == 200) is ("ya29" in reply.text)
    if status == 403:
        assert reply.error == "forbidden"


def test_nobody_is_answered_while_the_list_is_empty(google, monkeypatch):
    integration = google.connect()
    monkeypatch.setenv("TOKEN_READER_ROLES", "")

    assert google.token(integration).error == "forbidden"


def test_a_role_under_a_path_is_called_without_it(google, monkeypatch):
    """STS leaves the path out of the ARN of an assumed role."""
    integration = google.connect()
    listed = f"arn:aws:iam::123456789012:role/services/hr/payroll, {READER}x"
    monkeypatch.setenv("TOKEN_READER_ROLES", listed)

    assert google.token(integration).status == 200
    other = "arn:aws:sts::123456789012:assumed-role/services/nightly"
    assert google.token(integration, caller=other).error == "forbidden"


@pytest.mark.parametrize(
    "listed",
    ["*", "payroll", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::*:role/payroll",
     "arn:aws:iam::123456789012:user/payroll", f"{READER};{READER}", "arn:aws:iam::1:role/payroll"],
)  # fmt: skip
def test_a_list_that_is_none_lets_nobody_in(google, monkeypatch, listed):
    integration = google.connect()
    monkeypatch.setenv("TOKEN_READER_ROLES", listed)
    reply = google.token(integration)

    assert (reply.status, reply.error) == (500, "internal")


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"iam": None}},
        {"authorizer": {"iam": {}}},
        {"authorizer": {"lambda": ADA.context()}},
        {"authorizer": {"lambda": {"userArn": ASSUMED}}},
        {"authorizer": {"jwt": {"claims": {"userArn": ASSUMED}}}},
        {"identity": {"userArn": ASSUMED}},
    ],
)
def test_what_the_gateway_does_not_say_is_not_believed(google, context):
    integration = google.connect()
    function, event = google.gateway.event(
        "POST",
        PATH.format("org-a", integration),
        body={"purpose": "test"},
        headers={"x-user-arn": ASSUMED, "authorization": ASSUMED},
    )
    del event["requestContext"]["authorizer"]
    event["requestContext"] |= context

    assert google.gateway.send(function, event).error == "forbidden"


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "token",
        None,
        {"requestContext": None},
        {"requestContext": {"authorizer": {"iam": {"userArn": ASSUMED}}}},
        {"version": "1.0", "requestContext": {"http": {}}},
        {"organizationId": "org-a", "integrationId": "int_1", "purpose": "test"},
    ],
)
def test_a_direct_invocation_is_refused(google, logs, event):
    """Lambda does not say who invokes, so that nobody can be held against the list."""
    with pytest.raises(Forbidden, match="through the API"):
        google.gateway.invoke("access_token", event)

    assert "token.invoked_directly" in logs.getvalue()
    assert "credentials.opened" not in logs.getvalue()


PURPOSES = {
    '{"purpose": "nightly-report"}': 200,
    '{"purpose": "sync:calendar.v2_x"}': 200,
    '{"purpose": "a"}': 200,
    "": 400,
    "{}": 400,
    "null": 400,
    "[]": 400,
    "purpose": 400,
    '{"purpose": ""}': 400,
    '{"purpose": null}': 400,
    '{"purpose": 7}': 400,
    '{"purpose": ["a"]}': 400,
    '{"purpose": "Nightly"}': 400,
    '{"purpose": "two words"}': 400,
    '{"purpose": "ada@example.org"}': 400,
    '{"purpose": "line\\n"}': 400,
    '{"purpose": "-"}': 400,
    json.dumps({"purpose": "x" * 65}): 400,
    json.dumps({"purpose": "é"}): 400,
    json.dumps({"purpose": "a", "more": 1}): 400,
    "[" * 100_000: 400,
    '{"purpose": "\\ud800"}': 400,
}


@pytest.mark.parametrize(("body", "status"), PURPOSES.items(), ids=lambda each: str(each)[:40])
def test_a_purpose_is_one_plain_word(google, body, status):
    integration = google.connect()
    url = PATH.format("org-a", integration)
    reply = google.gateway.request("POST", url, raw=body.encode(), caller=ASSUMED)

    assert reply.status == status, reply.text
    if status == 400:
        assert reply.error in {"invalid_request", "unknown_field"}


def test_anothers_integration_is_as_absent_as_none(google):
    """OA-19: the organization of the path and the integration belong together."""
    integration = google.connect()
    answers = []
    for organization, wanted in [
        ("org-b", integration),
        ("org-a", "int_00000000000000000000000000"),
        ("ORG-A", integration),
        ("org-a", "x" * 5000),
        ("org-a", integration.lower()),
    ]:
        url = PATH.format(organization, wanted)
        reply = google.gateway.post(url, {"purpose": "test"}, caller=ASSUMED)
        content = reply.json
        del content["error"]["requestId"]
        answers.append((reply.status, content, sorted(reply.headers.items())))

    assert {str(each) for each in answers} == {str(answers[0])}
    assert answers[0][0] == 404
    assert google.token(integration).status == 200


def test_a_fresh_token_costs_one_read_and_nothing_else_when_warm(google):
    """Spec section 8: 1 request, no write, no KMS."""
    integration = google.connect()
    google.token(integration)
    before = dump()
    with counting() as made:
        assert google.token(integration).status == 200

    assert made == {"dynamodb.BatchGetItem": 1}
    assert dump() == before


def test_a_refresh_on_the_way_costs_four_requests_and_a_look_at_the_providers_health(google):
    integration = google.connect()
    google.until(-10)
    with counting() as made:
        assert google.token(integration).status == 200

    assert made["dynamodb.TransactWriteItems"] == 1
    assert sum(n for name, n in made.items() if name.startswith("dynamodb.")) == 4 + 1
    assert made["kms.Decrypt"] == 1  # the key was forgotten after five minutes


def lines(logs, message):
    found = [json.loads(line) for line in logs.getvalue().splitlines()]
    return [line for line in found if line["message"] == message]


def test_a_line_tells_which_role_read_whose_token_and_what_for(google, logs):
    integration = google.connect()
    token = google.token(integration).json["data"]["accessToken"]

    (line,) = lines(logs, "credentials.opened")
    told = ("by", "purpose", "organization", "integration_id", "provider", "outcome")
    assert [line[name] for name in told] == [
        "role:payroll",
        "test",
        "org-a",
        integration,
        "google",
        "opened",
    ]
    assert line["function_request_id"]
    assert token not in logs.getvalue()


def test_a_token_that_does_not_end_has_no_end(clock, journey, readers):
    notion = Aging(journey, clock, "notion")

    assert notion.token(notion.connect()).json["data"]["expiresAt"] is None


def test_what_is_disconnected_has_no_token(google):
    integration = google.connect()
    google.gateway.delete(f"/api/integrations/{integration}")
    reply = google.token(integration)

    assert (reply.status, reply.error) == (409, "integration_disconnected")


def test_what_does_not_open_is_told_and_put_out_of_use(google, capsys):
    integration = google.connect()
    row = google.sealed()
    google.change_sealed(sealed=row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))

    assert google.token(integration).error == "reauth_required"
    assert "CredentialsUnreadable" in capsys.readouterr().out
    assert google.token(integration).error == "reauth_required"
    assert google.shown(integration)["problem"]["category"] == "credentials_unreadable"


def test_what_nobody_expected_tells_nothing(google, monkeypatch, logs):
    integration = google.connect()
    token = google.token(integration).json["data"]["accessToken"]

    def broken(*_):
        raise RuntimeError(token)

    monkeypatch.setattr("hub.views.optional_instant", broken)
    reply = google.token(integration)

    assert (reply.status, reply.error) == (500, "internal")
    assert token not in reply.text
    assert token not in logs.getvalue()
