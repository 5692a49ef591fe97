"""What Asana's deliveries say, and what there is to watch."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.errors import InvalidRequest, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Secret
from hub.providers import asana
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Effect, Event, Reach
from hub.providers.asana.subscriptions import MOST_PROJECTS, SCOPES, SUBSCRIBING
from hub.providers.asana.webhooks import WEBHOOKS
from hub.schemes import Incoming

ID = "0ab287f3-ac58-4a7e-906c-7688f97653d4"
# As in developers.asana.com/docs/webhooks-guide.
TASK = {
    "user": {"gid": "1128", "resource_type": "user"},
    "created_at": "2026-08-21T18:20:37.972Z",
    "action": "changed",
    "resource": {"gid": "1337", "resource_type": "task", "resource_subtype": "default_task"},
    "parent": None,
    "change": {"field": "due_at", "action": "changed"},
}


def incoming(body: object) -> Incoming:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Incoming(body=raw, url="https://x", webhook_id=ID, at=0)


def read(**changes: Any) -> Event:
    (heard,) = WEBHOOKS.read(incoming({"events": [TASK | changes]}))
    (event,) = heard.events
    return event


def thing(kind: str, gid: str = "42") -> dict[str, str]:
    return {"gid": gid, "resource_type": kind}


def test_an_event_is_ids_and_times():
    assert read() == Event(
        type="task.changed",
        resource="tasks",
        external_id="1337",
        occurred_at=1_787_336_437_972,
    )


@pytest.mark.parametrize(
    ("resource", "parent", "expected"),
    [
        (thing("task"), thing("project", "7"), ("tasks", "42")),
        (thing("story"), thing("task", "7"), ("tasks", "7")),
        (thing("attachment"), thing("task", "7"), ("tasks", "7")),
        (thing("section"), thing("project", "7"), ("tasks", "42")),
        (thing("project"), thing("workspace", "7"), ("projects", "42")),
        (thing("project_status"), thing("project", "7"), ("projects", "42")),
        (thing("goal"), None, (None, "42")),
        (None, None, (None, None)),
        ("text", 7, (None, None)),
        ({"gid": 42, "resource_type": ["task"]}, None, (None, None)),
    ],
)
def test_an_event_is_about_what_a_sync_reads(
    resource: object, parent: object, expected: tuple[str | None, str | None]
):
    event = read(resource=resource, parent=parent)
    assert (event.resource, event.external_id) == expected


@pytest.mark.parametrize(
    ("resource", "action", "field", "moved"),
    [
        ("project", "added", None, True),
        ("project", "deleted", None, True),
        ("project", "undeleted", None, True),
        ("project", "changed", "archived", True),
        ("project", "changed", "name", False),
        ("task", "added", None, False),
        ("task", "changed", "archived", False),
    ],
)
def test_a_project_more_or_less_is_one_to_watch(
    resource: str, action: str, field: str | None, *, moved: bool
):
    change = {"field": field, "action": "changed"} if field else None
    event = read(resource=thing(resource), action=action, change=change)
    assert event.effect is (Effect.MOVED if moved else Effect.CHANGED)


@pytest.mark.parametrize("moment", [None, 7, "", "yesterday", "2026-08-21T18:20:37", "9" * 5000])
def test_a_time_that_is_none_is_left_out(moment: object):
    assert read(created_at=moment).occurred_at is None


def test_a_delivery_is_known_by_its_bytes_at_its_webhook():
    first, again, other = (
        WEBHOOKS.read(incoming({"events": events}))[0] for events in ([TASK], [TASK], [TASK, TASK])
    )
    assert first.dedup == again.dedup != other.dedup
    assert first.dedup.startswith(ID)
    assert len(other.events) == 2


@pytest.mark.parametrize("body", [{"events": []}, {}])
def test_a_heartbeat_tells_nothing(body: object):
    assert WEBHOOKS.read(incoming(body)) == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"no", {"events": {}}, {"events": "x"}])
def test_what_is_no_delivery_is_refused(body: object):
    with pytest.raises(InvalidRequest):
        WEBHOOKS.read(incoming(body))


class Api:
    """Asana's lists, in pages of a hundred."""

    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        self.lists, self.asked = lists, list[str]()

    def __call__(self, request: Request, **_: Any) -> Answer:
        self.asked.append(request.url)
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = self.lists[query.get("workspace", "workspaces")]
        start = int(query.get("offset", 0))
        more = {"offset": str(start + 100), "uri": "https://evil.example/"}
        body = {
            "data": [{"gid": gid} for gid in found[start : start + 100]],
            "next_page": more if start + 100 < len(found) else None,
        }
        return Answer(status=200, headers={}, body=json.dumps(body).encode(), sent_at=0)


def wanted(api: Any, scopes: frozenset[str] = SCOPES) -> list[str]:
    endpoints = asana.PROVIDER.endpoints
    reach = Reach(
        client=None,
        connection=Connection(token=Secret("token"), account_id="1", send=api, endpoints=endpoints),
        registration=Client(id="id", secret=Secret("secret"), endpoints=endpoints),
        scopes=scopes,
        now=0,
    )
    return [each.key for each in SUBSCRIBING.wanted(reach)]


def test_each_workspace_and_each_project_is_watched():
    api = Api({"workspaces": ["2", "11"], "2": ["20"], "11": ["100", "30"]})
    assert wanted(api) == [
        "workspace/2",
        "workspace/11",
        "project/20",
        "project/30",
        "project/100",
    ]


def test_of_many_projects_the_newest_are_watched():
    projects = [str(number) for number in range(5, 245)]
    api = Api({"workspaces": ["1"], "1": projects})

    assert wanted(api)[1:] == [f"project/{gid}" for gid in projects[-MOST_PROJECTS:]]
    assert len(api.asked) == 4
    assert all(url.startswith(asana.PROVIDER.endpoints.api) for url in api.asked)


def test_a_grant_without_the_scopes_is_not_asked_about():
    api = Api({})
    for scope in SCOPES:
        assert wanted(api, SCOPES - {scope}) == []
    assert api.asked == []


@pytest.mark.parametrize("body", [b"{}", b'{"data": [{}]}', b'{"data": 1}', b"<html>"])
def test_a_list_that_is_none_is_the_providers_fault(body: bytes):
    def odd(request: Request, **_: Any) -> Answer:
        return Answer(status=200, headers={}, body=body, sent_at=0)

    with pytest.raises(ProviderUnavailable):
        wanted(odd)
