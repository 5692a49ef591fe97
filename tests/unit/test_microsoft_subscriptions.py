"""How Graph is asked for subscriptions, and how its answers are read."""

import json
from copy import replace
from typing import Any

import pytest

from hub.errors import ProviderError, ProviderUnavailable, RateLimited, SubscriptionGone
from hub.http_types import Answer, Request
from hub.models import Secret
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Held, Made, Notify, Reach, Wanted
from hub.providers.microsoft import PROVIDER
from hub.providers.microsoft.subscriptions import SUBSCRIBING
from tests.providers.sample import fixture

API = "https://microsoftgraph.chinacloudapi.cn"
URL = f"{API}/v1.0/subscriptions"
STEM = "https://hub.example/api/webhooks/microsoft?webhook_id="
NOW = 1_795_600_000.0  # 2026-11-25T09:46:40Z
NOTIFY = Notify(webhook_id="1", url=f"{STEM}1", secret="s" * 43)
CALENDAR = Wanted(key="calendar_events", resource="calendar_events")
EVERY = frozenset({"Calendars.Read", "Files.Read.All", "User.Read.All", "Calendars.ReadWrite"})
PERSON, PERSONAL = "84bd8158:7c9e6679", "9188040d-6c67-4c5b-b112-36a304b66dad:7c9e6679"
SUBSCRIPTION = fixture("microsoft", "subscription")
TAKEN = fixture("microsoft", "subscription_taken")
DONE = Answer(status=204, headers={}, body=b"", sent_at=NOW)


class Graph:
    """Gives the answers it was told to, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers, self.asked = list(answers), list[Request]()

    def send(self, request: Request, **_: Any) -> Answer:
        self.asked.append(request)
        return self._answers.pop(0)


def reach(graph: Graph, account: str = PERSON, on_record: tuple[str, ...] = ()) -> Reach:
    endpoints = replace(PROVIDER.endpoints, api=API)
    return Reach(
        client=None,
        connection=Connection(
            token=Secret("eyJ"), account_id=account, send=graph.send, endpoints=endpoints
        ),
        registration=Client(id="id", secret=Secret("s"), endpoints=endpoints),
        scopes=EVERY,
        now=NOW,
        is_on_record=lambda webhook_id: webhook_id in on_record,
    )


def held(made: Made) -> Held:
    return Held(
        webhook_id="1",
        key="calendar_events",
        resource="calendar_events",
        external_id=made.external_id,
        ends_at=made.ends_at,
        more=made.more,
    )


def make() -> Held:
    return held(SUBSCRIBING.create(reach(Graph(SUBSCRIPTION)), CALENDAR, NOTIFY))


def answered(status: int, body: Any = None, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=json.dumps(body).encode(), sent_at=NOW)


def listed(*subscriptions: Any) -> Answer:
    return answered(200, {"value": subscriptions})


def of(number: int, **changes: Any) -> dict[str, Any]:
    url = f"{STEM}{number}"
    return {"id": f"made-{number}", "resource": "/me/events", "notificationUrl": url} | changes


@pytest.mark.parametrize(
    ("account", "scopes", "expected"),
    [
        (PERSON, EVERY, ["calendar_events", "drive_items", "users"]),
        (PERSONAL, EVERY, ["calendar_events", "drive_items"]),
        (PERSON, {"Calendars.Read"}, ["calendar_events"]),
        (PERSON, {"Calendars.ReadWrite", "Files.ReadWrite", "User.ReadBasic.All"}, []),
    ],
)
def test_what_may_be_read_is_wanted(account, scopes, expected):
    within = replace(reach(Graph(), account), scopes=frozenset(scopes))
    assert [each.key for each in SUBSCRIBING.wanted(within)] == expected


@pytest.mark.parametrize(
    ("key", "resource", "changes", "until"),
    [
        ("calendar_events", "me/events", "created,updated,deleted", "2026-12-02T09:36:40.000Z"),
        ("drive_items", "me/drive/root", "updated", "2026-12-24T18:36:40.000Z"),
        ("users", "users", "updated,deleted", "2026-12-24T09:36:40.000Z"),
    ],
)
def test_a_subscription_is_asked_for_in_the_national_cloud(key, resource, changes, until):
    graph = Graph(SUBSCRIPTION)
    made = SUBSCRIBING.create(reach(graph), Wanted(key=key, resource=key), NOTIFY)

    (asked,) = graph.asked
    assert (asked.method, asked.url) == ("POST", URL)
    assert asked.headers == {"authorization": "Bearer eyJ"}
    assert asked.json == {
        "changeType": changes,
        "notificationUrl": NOTIFY.url,
        "lifecycleNotificationUrl": NOTIFY.url,
        "resource": resource,
        "expirationDateTime": until,
        "clientState": NOTIFY.secret,
    }
    assert made.external_id == "5522bd62-7c96-4530-85b0-00b916f6151a"
    assert made.ends_at == 1_796_161_338
    assert NOTIFY.secret not in str(made.more)


@pytest.mark.parametrize("until", ["2026-12-01T21:42:18", "2026-12-02T03:12:18.2257768+05:30"])
def test_an_end_may_be_written_in_other_ways(until):
    answer = answered(201, SUBSCRIPTION.json() | {"expirationDateTime": until})
    made = SUBSCRIBING.create(reach(Graph(answer)), CALENDAR, NOTIFY)
    assert made.ends_at == 1_796_161_338


@pytest.mark.parametrize("changes", [{"id": None}, {"expirationDateTime": "soon"}])
def test_an_answer_without_what_it_must_have_is_none(changes):
    answer = answered(201, SUBSCRIPTION.json() | changes)
    with pytest.raises(ProviderUnavailable):
        SUBSCRIBING.create(reach(Graph(answer)), CALENDAR, NOTIFY)


def test_a_renewal_moves_the_end():
    graph, old = Graph(replace(SUBSCRIPTION, status=200)), make()
    made = SUBSCRIBING.renew(reach(graph), old, NOTIFY)

    (asked,) = graph.asked
    assert (asked.method, asked.url) == ("PATCH", f"{URL}/{old.external_id}")
    assert asked.json == {"expirationDateTime": "2026-12-02T09:36:40.000Z"}
    assert held(made) == old


def test_a_renewal_of_what_is_gone_says_so():
    with pytest.raises(SubscriptionGone):
        SUBSCRIBING.renew(reach(Graph(answered(404))), make(), NOTIFY)


def test_a_renewal_under_another_secret_ends_the_subscription():
    graph = Graph(DONE)
    with pytest.raises(SubscriptionGone):
        SUBSCRIBING.renew(reach(graph), make(), replace(NOTIFY, secret="t" * 43))
    assert [asked.method for asked in graph.asked] == ["DELETE"]


def test_a_throttled_renewal_may_be_tried_later():
    limited = fixture("microsoft", "rate_limited")
    with pytest.raises(RateLimited) as raised:
        SUBSCRIBING.renew(reach(Graph(limited)), make(), NOTIFY)
    assert raised.value.retry_after == 1


@pytest.mark.parametrize("answer", [DONE, answered(404)])
def test_what_is_ended_or_gone_is_ended(answer):
    SUBSCRIBING.delete(reach(Graph(answer)), make())


def test_an_end_that_is_refused_is_told():
    with pytest.raises(ProviderError):
        SUBSCRIBING.delete(reach(Graph(answered(403))), make())


def test_only_our_own_leftover_of_the_same_is_ended():
    others = (
        of(2),
        of(4, resource="me/messages"),
        of(5, notificationUrl="https://elsewhere.example/api/webhooks/microsoft?webhook_id=5"),
        of(6, notificationUrl=None),
        "not one",
    )
    graph = Graph(TAKEN, listed(*others, of(3, resource="me/Events")), DONE, SUBSCRIPTION)
    SUBSCRIBING.create(reach(graph, on_record=("2",)), CALENDAR, NOTIFY)

    assert [(asked.method, asked.url) for asked in graph.asked] == [
        ("POST", URL),
        ("GET", URL),
        ("DELETE", f"{URL}/made-3"),
        ("POST", URL),
    ]


@pytest.mark.parametrize("answer", [listed(), listed(of(2)), answered(200, {"value": None})])
def test_what_another_integration_has_is_not_taken_from_it(answer):
    graph = Graph(TAKEN, answer)
    with pytest.raises(ProviderError):
        SUBSCRIBING.create(reach(graph, on_record=("2",)), CALENDAR, NOTIFY)
    assert [asked.method for asked in graph.asked] == ["POST", "GET"]


def test_a_subscription_is_not_ended_where_nobody_says_what_is_on_record():
    bare = reach(Graph(TAKEN, listed(of(3))))
    fields = {name: value for name, value in vars(bare).items() if name != "is_on_record"}
    with pytest.raises(ProviderError):
        SUBSCRIBING.create(Reach(**fields), CALENDAR, NOTIFY)
