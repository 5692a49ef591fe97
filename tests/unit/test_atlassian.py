"""Atlassian's authorization server refuses alike for all who use it."""

import json

import pytest

from hub import providers
from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.http_types import Answer


def refused(status, body):
    return Answer(status=status, headers={}, body=body.encode(), sent_at=1_000.0)


@pytest.mark.parametrize("provider_id", ["jira", "trello"])
@pytest.mark.parametrize(
    ("status", "error", "description", "kind"),
    [
        (400, "invalid_request", "authorization_code is invalid", GrantRefused),
        (400, "invalid_request", "redirect_uri is invalid", ClientRefused),
        (400, "invalid_request", ["authorization_code is invalid"], ClientRefused),
        (403, "unauthorized_client", "refresh_token is invalid", GrantRefused),
        (403, "unauthorized_client", None, ClientRefused),
        (403, "invalid_grant", "Unknown or invalid refresh token.", GrantRefused),
        (401, "access_denied", "Unauthorized", ClientRefused),
        (429, None, None, ProviderUnavailable),
    ],
)
def test_what_is_dead_is_told_from_what_is_our_mistake(
    provider_id, status, error, description, kind
):
    answer = refused(status, json.dumps({"error": error, "error_description": description}))

    assert type(providers.get(provider_id).refusal(answer)) is kind


@pytest.mark.parametrize("provider_id", ["jira", "trello"])
def test_a_page_in_place_of_an_answer_says_nothing_of_the_grant(provider_id):
    refusal = providers.get(provider_id).refusal(refused(503, "<html></html>"))

    assert type(refusal) is ProviderUnavailable
