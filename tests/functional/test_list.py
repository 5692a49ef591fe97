"""The list of integrations, and one integration."""

import re
from base64 import urlsafe_b64encode
from itertools import batched

import boto3
import pytest

from hub.store.database import encode
from tests.functional.breakdowns import counting, failing
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import dump, leaks, rows

LIST = "/api/integrations"
CATALOGUE = "/api/integrations/providers"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def plant(row, count, **changes):
    """Put copies of an integration, as if so many accounts were connected."""
    copies = [row | {"integrationId": f"int_{n:026}", **changes} for n in range(count)]
    for some in batched(copies, 25, strict=False):
        puts = [{"PutRequest": {"Item": encode(copy)}} for copy in some]
        boto3.client("dynamodb").batch_write_item(RequestItems={"integrations": puts})


@pytest.fixture
def twelve(journey):
    """Twelve active integrations and a disconnected one."""
    journey.connect("Globex")
    (row,) = rows("integrations")
    boto3.client("dynamodb").delete_item(
        TableName="integrations",
        Key=encode({name: row[name] for name in ("organizationId", "integrationId")}),
    )
    plant(row, 12)
    gone = {"integrationId": "int_" + "Z" * 26, "integrationStatus": "disconnected"}
    boto3.client("dynamodb").put_item(TableName="integrations", Item=encode(row | gone))
    return row


def pages(gateway, query):
    found, cursor, count = [], "", 0
    while True:
        reply = gateway.get(f"{LIST}?{query}{cursor}")
        assert reply.status == 200
        found += [each["id"] for each in reply.json["data"]]
        count += 1
        if reply.json["nextCursor"] is None:
            return found, count
        cursor = f"&cursor={reply.json['nextCursor']}"


def test_a_new_organization_has_an_empty_list(journey):
    assert journey.gateway.get(LIST).json == {"success": True, "data": [], "nextCursor": None}


def test_the_list_shows_what_the_page_needs_and_no_more(journey):
    integration = journey.connect("Globex")
    (shown,) = journey.gateway.get(LIST).json["data"]

    assert TIME.fullmatch(shown["connectedAt"])
    assert TIME.fullmatch(shown["nextSyncAt"])
    assert shown == {
        "id": integration,
        "providerId": "slack",
        "providerName": "Slack",
        "accountName": "Globex",
        "connectedBy": "ada",
        "status": "active",
        "healthStatus": "healthy",
        "connectedAt": shown["connectedAt"],
        "lastSyncAt": None,
        "nextSyncAt": shown["nextSyncAt"],
    }
    assert re.fullmatch(r"int_[0-9A-Z]{26}", integration)


def test_the_detail_shows_the_rest(journey, simulator):
    simulator.configure("slack", rotation=True)
    integration = journey.connect("Globex")
    (listed,) = journey.gateway.get(LIST).json["data"]
    shown = journey.gateway.get(f"{LIST}/{integration}").json["data"]

    scopes = ["channels:read", "chat:write", "channels:manage", "users:read"]
    assert TIME.fullmatch(shown["tokenExpiresAt"])
    assert shown == {
        **listed,
        "scopesAsked": scopes,
        "scopesGranted": scopes,
        "scopesMissing": [],
        "tokenExpiresAt": shown["tokenExpiresAt"],
        "lastVerifiedAt": listed["connectedAt"],
        "disconnectedAt": None,
        "lastRefreshAt": None,
        "refreshProblem": None,
        "revocation": None,
        "problem": None,
        "webhookSubscriptions": [],
        "sync": [],
    }


LATER = User(expires_in=10**6)


def test_a_token_that_ran_out_is_no_problem_where_it_can_be_renewed(journey, simulator, clock):
    simulator.configure("slack", rotation=True)
    integration = journey.connect("Globex")
    clock.advance(43_201)
    shown = journey.gateway.get(f"{LIST}/{integration}", user=LATER).json["data"]

    assert (shown["healthStatus"], shown["problem"]) == ("healthy", None)


def test_a_token_that_ran_out_and_is_not_renewed_is_the_providers_problem(
    journey, simulator, clock
):
    simulator.configure("slack", rotation=True)
    integration = journey.connect("Globex")
    clock.advance(43_201)
    simulator.fault("slack", "oauth.v2.access", "status", value=503)
    journey.gateway.post(f"{LIST}/{integration}/refresh", user=LATER)
    shown = journey.gateway.get(f"{LIST}/{integration}", user=LATER).json["data"]

    assert (shown["healthStatus"], shown["status"]) == ("degraded", "active")
    assert shown["problem"] == {
        "category": "provider_unavailable",
        "since": shown["refreshProblem"]["since"],
        "actor": "provider",
        "missing": [],
        "help": "The provider does not renew the permission at the moment. "
        "It is tried again by itself.",
    }


def test_a_token_that_ran_out_for_good_is_a_problem_with_a_way_out(
    journey, server, monkeypatch, clock
):
    """A provider that renews nothing."""
    declare(monkeypatch, made_up(), server.url)
    started = journey.start({"providerId": "madeup"})
    back = result(journey.return_(server.approve(started.url), started.cookie))
    (row,) = rows("integrations")
    ends = {**row, "tokenExpiresAt": int(clock.now) + 60}
    boto3.client("dynamodb").put_item(TableName="integrations", Item=encode(ends))
    clock.advance(61)
    shown = journey.gateway.get(f"{LIST}/{back['integration']}", user=LATER).json["data"]

    assert shown["healthStatus"] == "degraded"
    assert shown["problem"] == {
        "category": "token_expired",
        "since": shown["tokenExpiresAt"],
        "actor": "user",
        "missing": [],
        "help": "The provider's permission has run out. Use Reconnect to renew it.",
    }


@pytest.mark.parametrize("limit", [1, 5, 12, 13, 200])
@pytest.mark.parametrize("query", ["", "&provider=slack", "&status=active"])
def test_pages_hold_everything_once_in_one_order(journey, twelve, limit, query):
    found, count = pages(journey.gateway, f"limit={limit}{query}")

    total = 12 if "status" in query else 13
    assert len(found) == len(set(found)) == total
    assert found == sorted(found)
    assert count <= total // limit + 1


def test_without_a_limit_a_page_has_fifty(journey, twelve):
    plant(twelve, 60)
    reply = journey.gateway.get(LIST)

    assert len(reply.json["data"]) == 50
    assert reply.json["nextCursor"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=active", 12),
        ("status=disconnected", 1),
        ("status=pending", 0),
        ("status=reauth_required", 0),
        ("provider=slack&status=disconnected", 1),
    ],
)
def test_filters_leave_what_fits(journey, twelve, query, count):
    assert len(pages(journey.gateway, query)[0]) == count


def test_a_provider_that_is_known_but_not_connected_has_an_empty_list(journey, monkeypatch):
    declare(monkeypatch, made_up())
    journey.connect("Globex")

    assert journey.gateway.get(f"{LIST}?provider=madeup").json["data"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *(
            (f"limit={limit}", "invalid_request")
            for limit in [
                "0",
                "201",
                "-1",
                "1.5",
                "1e2",
                "",
                "%2010",
                "ten",
                "\uff11\uff10",
                "1_0",
                "0x10",
                "0100999",
                "0100" + "0" * 5000,
                "9" * 5000,
            ]
        ),
        ("status=ACTIVE", "invalid_request"),
        ("status=", "invalid_request"),
        ("provider=nobody", "unknown_provider"),
        ("provider=", "unknown_provider"),
        ("cursor=", "invalid_request"),
        ("cursor=%00", "invalid_request"),
        ("cursor=\u00e9", "invalid_request"),
        ("cursor=a", "invalid_request"),
        ("cursor=" + urlsafe_b64encode(b"\xff\xfe").decode(), "invalid_request"),
        ("cursor=" + urlsafe_b64encode(b"x" * 129).decode(), "invalid_request"),
        ("limit=1&limit=1", "invalid_request"),
        ("limit=1&l%69mit=1", "invalid_request"),
        ("organizationId=org-b", "invalid_request"),
        ("organization=org-b&limit=1", "invalid_request"),
        ("limit", "invalid_request"),
        ("&".join(f"p{n}=1" for n in range(60)), "invalid_request"),
    ],
)
def test_any_other_query_is_refused(journey, query, code):
    reply = journey.gateway.get(f"{LIST}?{query}")

    assert reply.error == code
    assert reply.status == (404 if code == "unknown_provider" else 400)


def test_a_cursor_of_another_organization_shows_nothing_of_it(journey, twelve):
    plant(twelve, 5, organizationId="org-b", accountName="Theirs")
    ours = journey.gateway.get(f"{LIST}?limit=2")
    cursor = ours.json["nextCursor"]
    theirs = journey.gateway.get(
        f"{LIST}?cursor={cursor}", user=User(organization="org-b", id="bob")
    )
    assert [each["accountName"] for each in theirs.json["data"]] == ["Theirs"] * 3

    nobody = journey.gateway.get(f"{LIST}?cursor={cursor}", user=User(organization="org-c"))
    assert nobody.json["data"] == []


@pytest.mark.parametrize("role", ["admin", "hr", "manager"])
def test_everybody_with_a_role_may_look(journey, role):
    integration = journey.connect("Globex")
    user = User(role=role, id="someone")

    for url in (LIST, CATALOGUE, f"{LIST}/{integration}"):
        assert journey.gateway.get(url, user=user).status == 200


@pytest.mark.parametrize("url", [LIST, CATALOGUE, f"{LIST}/int_{'A' * 26}"])
@pytest.mark.parametrize(
    ("user", "answer"),
    [
        (User(role="employee"), (403, "forbidden")),
        (User(role=""), (403, "forbidden")),
        (User(expires_in=-1), (401, "unauthenticated")),
    ],
)
def test_nobody_else_may(journey, url, user, answer):
    reply = journey.gateway.get(url, user=user)

    assert (reply.status, reply.error) == answer


@pytest.mark.parametrize(
    "id_", ["x", "int_", f"int_{'a' * 26}", "x" * 1100, "x" * 4000, "int_%00", "%2e%2e", "\u00e9"]
)
def test_an_id_that_none_has_is_not_found(journey, id_):
    journey.connect("Globex")
    with counting() as made:
        reply = journey.gateway.get(f"{LIST}/{id_}")

    assert (reply.status, reply.error) == (404, "not_found")
    assert not made or len(id_) < 1024, "DynamoDB refuses such a key"


@pytest.mark.parametrize(
    ("url", "service", "operation"),
    [
        (LIST, "dynamodb", "Query"),
        (f"{LIST}/int_{'A' * 26}", "dynamodb", "BatchGetItem"),
    ],
)
def test_when_a_part_of_ours_fails_it_says_so(journey, url, service, operation):
    with failing(service, operation) as failed:
        reply = journey.gateway.get(url)

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")


def test_a_list_is_one_request(journey, twelve):
    for url in (LIST, f"{LIST}?status=active&provider=slack"):
        with counting() as made:
            journey.gateway.get(url)
        assert sum(made.values()) == 1


def test_no_state_of_an_integration_shows_a_token_or_a_hash(journey, simulator):
    """TS-15: active, missing a scope, quarantined, disconnected."""
    simulator.configure("slack", rotation=True)
    ids = [journey.connect("Globex"), journey.connect("Initech")]
    started = journey.start()
    journey.return_(journey.consent(started, "Ada's Bakery", untick=["chat:write"]), started.cookie)
    journey.gateway.delete(f"{LIST}/{ids[1]}")
    shown = [journey.gateway.get(LIST).text, journey.gateway.get(CATALOGUE).text]
    shown += [
        journey.gateway.get(f"{LIST}/{row['integrationId']}").text for row in rows("integrations")
    ]

    assert len(shown) == 5
    for secret in simulator.issued_secrets():
        assert not leaks(secret, shown)
        assert not any(secret[:12] in text for text in shown)
    for row in rows("integrations"):
        assert not leaks(row["accountHash"], shown)
        assert not leaks(row["consentId"], shown)
    assert not leaks("T0GLOBEX0001", [shown, dump()])
