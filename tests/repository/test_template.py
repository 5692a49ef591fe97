"""template.yaml keeps its rules, and each rule catches a template that does not."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub import providers
from tests.repository import (
    breaches,
    failure_rules,
    permission_rules,
    template_rules,
    webhook_breaches,
    webhook_rules,
)
from tests.repository.template_rules import routes
from tests.template import Resource, folder_of, functions, load

RULES = (
    *template_rules.RULES,
    *failure_rules.RULES,
    *permission_rules.RULES,
    *webhook_rules.RULES,
)
BREACHES = (*breaches.BREACHES, *webhook_breaches.BREACHES)
Rule = Callable[[Resource], Iterator[str]]

ROUTES = {
    "GET /api/integrations/providers": "ListFunction",
    "GET /api/integrations": "ListFunction",
    "GET /api/integrations/{id}": "ListFunction",
    "GET /api/integrations/{id}/webhooks": "ListFunction",
    "POST /api/integrations/{id}/webhooks/test": "WebhookTestFunction",
    "POST /api/integrations/connect": "ConnectFunction",
    "POST /api/integrations/{provider}/connect": "ConnectFunction",
    "POST /api/integrations/{id}/reconnect": "ConnectFunction",
    "GET /api/integrations/{provider}/callback": "CallbackFunction",
    "POST /api/integrations/{provider}/callback": "CallbackFunction",
    "DELETE /api/integrations/{id}": "DisconnectFunction",
    "POST /api/integrations/{id}/disconnect": "DisconnectFunction",
    "POST /api/integrations/{id}/actions/{action}": "ActionsFunction",
    "POST /api/integrations/{id}/refresh": "RefreshFunction",
    "POST /api/integrations/{id}/sync": "SyncFunction",
    "GET /api/integrations/{id}/settings": "SyncSettingsFunction",
    "PUT /api/integrations/{id}/settings": "SyncSettingsFunction",
    "GET /api/integrations/{id}/records/{resource}": "RecordsFunction",
    "GET /api/integrations/{id}/sync-logs": "RecordsFunction",
    "POST /internal/organizations/{organizationId}/integrations/{id}/token": "AccessTokenFunction",
    "GET /api/integrations/openapi.json": "OpenapiFunction",
    "GET /settings/integrations": "SettingsPageFunction",
    "POST /api/webhooks/slack": "SlackWebhookFunction",
    "POST /api/webhooks/google": "GoogleWebhookFunction",
    "POST /api/webhooks/microsoft": "MicrosoftWebhookFunction",
    "POST /api/webhooks/asana": "AsanaWebhookFunction",
    "POST /api/webhooks/notion": "NotionWebhookFunction",
    "POST /api/webhooks/linear": "LinearWebhookFunction",
    "POST /api/webhooks/jira": "JiraWebhookFunction",
    "POST /api/webhooks/github": "GitHubWebhookFunction",
    "POST /api/webhooks/zoom": "ZoomWebhookFunction",
    "POST /api/webhooks/trello": "TrelloWebhookFunction",
    "HEAD /api/webhooks/trello": "TrelloWebhookFunction",
}


def _by_name(name: str) -> Rule:
    return next(rule for rule in RULES if rule.__name__ == name)


def _change(template: Resource, where: str, value: Any) -> None:
    """Set one place of a template, or take it away."""
    resource, *path = where.removeprefix("Resources.").split(".")
    place = template["Resources"][resource]
    if not where.startswith("Resources."):
        place = place["Properties"]
    *way, last = path
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(rule: Rule):
    assert list(rule(load())) == []


@pytest.mark.parametrize(("rule", "where", "value"), BREACHES)
def test_a_breach_is_caught(rule: str, where: str, value: Any):
    template = load()
    _change(template, where, value)

    assert list(_by_name(rule)(template))


def test_every_rule_is_shown_to_bite():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BREACHES}


def test_the_routes_are_those_of_the_contract():
    assert {key: own["function"] for key, own in routes().items()} == ROUTES


def test_there_is_a_webhook_function_for_each_provider():
    assert sorted(webhook_rules.receivers(load()).values()) == sorted(providers.IDS)


def test_the_purposes_in_policies_are_those_of_the_code():
    from hub.sealing import Purpose

    named = set().union(*permission_rules.PURPOSES.values())

    assert named == set(Purpose)


def test_variables_are_named_for_the_function_they_are_in():
    for own in functions().values():
        name = folder_of(own).replace("/", "_")

        assert own["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == name


def test_variables_are_set_for_code_that_reads_them_and_for_no_other_reason():
    from tests.template import ROOT

    sources = [*(ROOT / "layers/hub").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    read = set(re.findall(r"""(?:variable\(|optional\(|environ(?:\.get\(|\[))"([A-Z_]+)\"""", code))
    read = {name for name in read if not name.startswith("POWERTOOLS_")}
    constants = set(re.findall(r"""Final = "([A-Z_]{4,})\"""", code))
    declared = {
        name
        for own in functions().values()
        for name in own["Environment"]["Variables"]
        if not name.endswith("_TABLE") and not name.startswith("POWERTOOLS_")
    }

    assert read <= declared
    assert declared <= read | constants


def test_no_tracing_or_authorization_library_is_declared():
    from tests.template import ROOT

    locked = (ROOT / "layers/dependencies/requirements.txt").read_text()

    assert not re.search(r"(?mi)^(aws-xray-sdk|authlib|boto3|botocore|pip|setuptools)==", locked)
