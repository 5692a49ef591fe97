"""Jira as the functional tests meet it: people on sites, and the page that asks for a site."""

import re
from typing import Any
from urllib.parse import urlencode

from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey, Started, result
from tests.simulator.journal import Call
from tests.simulator.server import Simulator

GRACE, ADA, ADA_AT_GLOBEX = (
    "Grace Hooper on Initech",
    "Ada Byron on Initech",
    "Ada Byron on Globex",
)
JIRA = {"providerId": "jira"}
REQUIRED = ["read:me", "read:jira-work", "write:jira-work", "read:jira-user", "offline_access"]
WEBHOOKS = "manage:jira-webhook"
BOB = User(organization="org-b", id="bob")
TASK = {"project": "HR", "summary": "Prepare a laptop"}
CALLBACK = "/api/integrations/jira/callback"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def come_back(journey: Journey, seat: str = GRACE, *, started: Started | None = None) -> Reply:
    """Begin, consent and come back; give the callback's answer."""
    started = started or journey.start(JIRA)
    return journey.return_(journey.consent(started, seat), started.cookie)


class Page:
    """The page on which a person chooses a site, as their browser has it."""

    def __init__(self, journey: Journey, reply: Reply) -> None:
        assert reply.status == 200, reply.text
        self._journey = journey
        (self._state,) = re.findall(r'name="state" value="([^"]+)"', reply.text)
        found = re.findall(r'value="(\d+)" required> ([^<]*)</label>', reply.text)
        self.sites = {name: number for number, name in found}
        self._cookie = reply.cookies[-1].partition(";")[0]

    def choose(self, site: str) -> Reply:
        """Choose the site whose name begins so."""
        (number,) = (number for name, number in self.sites.items() if name.startswith(site))
        fields = {"state": self._state, "choice": number}
        return self._journey.gateway.request(
            "POST", CALLBACK, raw=urlencode(fields).encode(), headers=FORM, cookies=[self._cookie]
        )


def connect_both(journey: Journey) -> tuple[str, str]:
    """Ada connects her two sites, the second of them by choice; give the integrations."""
    first = result(come_back(journey, ADA))["integration"]
    page = Page(journey, come_back(journey, ADA_AT_GLOBEX))
    return first, result(page.choose("Globex"))["integration"]


def act(journey: Journey, integration: str, body: Any = TASK, **options: Any) -> Reply:
    url = f"/api/integrations/{integration}/actions/create_issue"
    return journey.gateway.post(url, body, **options)


def shown(journey: Journey, integration: str, user: User | None = None) -> dict[str, Any]:
    reply = journey.gateway.get(f"/api/integrations/{integration}", user=user)
    return reply.json["data"]


def issues(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.state()["jira"]["issues"]
    return found


def created(simulator: Simulator) -> list[Call]:
    return simulator.calls("issue.create", "jira")
