"""What Jira's answers about webhooks and its deliveries may look like."""

import json
from typing import Any

import pytest

from hub.errors import ProviderError, ProviderUnavailable, ReauthRequired, SubscriptionGone
from hub.models import Secret
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Example, Held, Notify, Reach, Wanted
from hub.providers.jira.subscriptions import SUBSCRIBING
from hub.providers.jira.webhooks import WEBHOOKS
from hub.schemes import Incoming, Verdict
from tests.unit.jira_answers import JIRA, SENT_AT, answered, said

SITE = {"id": "site-1", "scopes": ["read:jira-work"], "url": "https://Acme.atlassian.net"}
SITES = said([SITE])
WANTED = Wanted(key="issues", resource="issues")
NOTIFY = Notify(webhook_id="w", url="https://hub.test/api/webhooks/jira?webhook_id=w", secret="s")
HELD = Held(
    webhook_id="w",
    key="issues",
    resource="issues",
    external_id="7",
    ends_at=None,
    more={"site": "acme.atlassian.net"},
)
MONTH = 30 * 86_400


class Secrets:
    def client_secrets(self) -> tuple[bytes, ...]:
        return (b"client-secret",)


def reach(*answers: Any) -> tuple[Reach, list[Any]]:
    send, asked = answered(*answers)
    connection = Connection(
        token=Secret("token"), account_id="site-1/ada", send=send, endpoints=JIRA.endpoints
    )
    client = Client(id="id", secret=Secret("secret"), endpoints=JIRA.endpoints)
    return Reach(
        client=None, connection=connection, registration=client, scopes=frozenset(), now=SENT_AT
    ), asked


def created(*results: Any) -> Any:
    return said({"webhookRegistrationResult": list(results)})


def test_a_webhook_is_asked_for_of_every_issue_at_the_plain_url():
    to, asked = reach(SITES, created({"createdWebhookId": 7}))
    made = SUBSCRIBING.create(to, WANTED, NOTIFY)

    assert (made.external_id, made.ends_at) == ("7", SENT_AT + MONTH)
    assert made.more == {"site": "acme.atlassian.net"}
    assert asked[1].url == "https://api.atlassian.com/ex/jira/site-1/rest/api/3/webhook"
    assert asked[1].json["url"] == "https://hub.test/api/webhooks/jira"
    assert [hook["jqlFilter"] for hook in asked[1].json["webhooks"]] == ["project != EMPTY"]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([SITES, created({"errors": ["Operator is not is unsupported"]})], ProviderError),
        ([SITES, created({"errors": []})], ProviderUnavailable),
        ([SITES, created({"createdWebhookId": "7"})], ProviderUnavailable),
        ([SITES, created({"createdWebhookId": True})], ProviderUnavailable),
        ([SITES, created()], ProviderUnavailable),
        ([SITES, created(7)], ProviderUnavailable),
        ([SITES, said({})], ProviderUnavailable),
        ([SITES, said(b"[" * 100_000)], ProviderUnavailable),
        ([said([])], ReauthRequired),
        ([said([{**SITE, "url": None}])], ProviderUnavailable),
    ],
)
def test_what_is_no_webhook_is_none(answers, error):
    to, _ = reach(*answers)
    with pytest.raises(error):
        SUBSCRIBING.create(to, WANTED, NOTIFY)


@pytest.mark.parametrize(
    ("date", "ends_at"),
    [
        ("2026-10-21T14:13:20.000+0000", 1_792_592_000),
        (1_792_592_000_000, 1_792_592_000),
        (None, SENT_AT + MONTH),
        ("soon", SENT_AT + MONTH),
    ],
)
def test_a_webhook_is_renewed_until_the_date_told(date, ends_at):
    assert SUBSCRIBING.renew is not None
    renamed = said([{**SITE, "url": "https://new-name.atlassian.net/"}])
    to, asked = reach(renamed, said({"values": [{"id": 7}]}), said({"expirationDate": date}))
    made = SUBSCRIBING.renew(to, HELD, NOTIFY)

    assert (made.ends_at, made.more) == (ends_at, {"site": "new-name.atlassian.net"})
    assert (asked[2].method, asked[2].json) == ("PUT", {"webhookIds": [7]})


@pytest.mark.parametrize(
    ("values", "error"),
    [([], SubscriptionGone), ([{"id": 8}, 7, {}], SubscriptionGone), (None, ProviderUnavailable)],
)
def test_a_webhook_that_is_not_listed_is_gone(values, error):
    assert SUBSCRIBING.renew is not None
    to, _ = reach(SITES, said({"values": values}))
    with pytest.raises(error):
        SUBSCRIBING.renew(to, HELD, NOTIFY)


def test_a_test_notification_is_one_of_the_integration_alone():
    of = Example(account_id="site-1/ada", held=HELD, url=NOTIFY.url, at=SENT_AT, id="t1")
    made = WEBHOOKS.example(of, Secrets())

    assert WEBHOOKS.verify(made, Secrets()) is Verdict.VERIFIED
    (heard,) = WEBHOOKS.read(made)
    assert SUBSCRIBING.names(HELD) == heard.accounts == ("acme.atlassian.net#7",)
    assert [event.type for event in heard.events] == ["targetym_test"]


@pytest.mark.parametrize(
    ("kind", "part", "resource", "external_id"),
    [
        ("jira:issue_created", {"issue": {"id": "10002"}}, "issues", "10002"),
        ("comment_updated", {"issue": {"id": "10002"}}, "issues", "10002"),
        ("comment_updated", {"comment": {"id": "1"}}, "issues", None),
        ("jira:version_created", {"version": {"id": "1", "projectId": 10100}}, "projects", "10100"),
        ("project_updated", {"project": {"id": 10100}}, "projects", "10100"),
        ("sprint_started", {"issue": {}}, None, None),
    ],
)
def test_an_event_is_of_the_resource_that_changed(kind, part, resource, external_id):
    ((name, thing),) = part.items()
    body = {
        "webhookEvent": kind,
        "timestamp": 1_790_000_000_123,
        "matchedWebhookIds": [7, 7, 9],
        name: {"self": "https://ACME.atlassian.net/x", **thing},
    }
    incoming = Incoming(body=json.dumps(body).encode(), url=NOTIFY.url, at=SENT_AT)
    (heard,) = WEBHOOKS.read(incoming)

    assert heard.accounts == ("acme.atlassian.net#7", "acme.atlassian.net#9")
    (event,) = heard.events
    assert (event.resource, event.external_id) == (resource, external_id)
    assert event.occurred_at == 1_790_000_000_123
