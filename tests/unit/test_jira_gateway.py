"""Whose grant it is and which sites it reaches, whatever Atlassian's gateway answers."""

import pytest

from hub.errors import (
    InsufficientScope,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.providers.jira.gateway import Site, find_person, find_sites
from tests.providers.sample import fixture
from tests.unit.jira_answers import answered, identify, said


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"name": "Acme", "url": "https://acme.atlassian.net/"}, "Acme (acme.atlassian.net)"),
        ({"name": "acme.atlassian.net", "url": "https://acme.atlassian.net"}, "acme.atlassian.net"),
        ({"name": None, "url": "https://acme.atlassian.net"}, "acme.atlassian.net"),
        ({"name": "Acme", "url": "http://acme.atlassian.net"}, "Acme"),
        ({"name": "Acme", "url": "javascript:alert(1)"}, "Acme"),
        ({"name": "Acme", "url": 7}, "Acme"),
        ({}, "site-1"),
    ],
)
def test_a_site_is_named_by_what_is_known_of_it(entry, name):
    send, _ = answered(said([{"id": "site-1", "scopes": ["read:jira-work"], **entry}]))

    host = "acme.atlassian.net" if "https:" in str(entry.get("url")) else ""
    assert find_sites(send, "token") == (Site(id="site-1", name=name, host=host),)


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({"email": None, "name": "Art"}, "Art"),
        ({"email": "", "name": "Art"}, "Art"),
        ({"email": ["a"], "name": 7}, "Atlassian account"),
        ({}, "Atlassian account"),
    ],
)
def test_a_person_whose_address_is_hidden_still_has_a_name(profile, name):
    send, _ = answered(said({"account_id": "1", **profile}))

    assert find_person(send, "token").name == name


JIRA_SCOPES = {"scopes": ["read:jira-work"]}
UNUSABLE_SITES = {
    "no array": {"id": "1"},
    "nothing": b"",
    "a page": b"<html>",
    "an abyss": b"[" * 100_000,
    "no entries": ["site"],
    "no scopes": [{"id": "1"}],
    "scopes that are none": [{"id": "1", "scopes": "read:jira-work"}],
    "no id": [JIRA_SCOPES],
    "an empty id": [{"id": "", **JIRA_SCOPES}],
    "a number for an id": [{"id": 1, **JIRA_SCOPES}],
    "an id that leads elsewhere": [{"id": "../../me", **JIRA_SCOPES}],
    "an id with a host": [{"id": "x@evil.example", **JIRA_SCOPES}],
    "a long id": [{"id": "1" * 65, **JIRA_SCOPES}],
    "an id with a line break": [{"id": "1\n", **JIRA_SCOPES}],
}


@pytest.mark.parametrize("content", UNUSABLE_SITES.values(), ids=UNUSABLE_SITES)
def test_sites_that_cannot_be_read_are_the_providers_fault(content):
    send, _ = answered(said(content))

    with pytest.raises(ProviderUnavailable):
        find_sites(send, "token")


UNUSABLE_PEOPLE = [[], b"", {}, {"account_id": None}, {"account_id": ""}, {"account_id": ["1"]}]
UNUSABLE_PEOPLE += [{"account_id": value} for value in ("a b", "ü", "1\n", "1" * 129, "\ud800")]


@pytest.mark.parametrize("content", UNUSABLE_PEOPLE)
def test_a_person_who_cannot_be_read_is_the_providers_fault(content):
    send, _ = answered(said(content))

    with pytest.raises(ProviderUnavailable):
        find_person(send, "token")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (fixture("jira", "scope_error"), InsufficientScope),
        (said({"code": 401, "message": "Unauthorized"}, 401), ReauthRequired),
        (said({"code": 403, "message": "Forbidden"}, 403), ReauthRequired),
        (said({}, 403), ProviderError),
        (said({}, 404), ProviderError),
        (fixture("jira", "rate_limited"), RateLimited),
        (said(b"", 503), ProviderUnavailable),
        (said([], 204), ProviderUnavailable),
        (said([], 302, location="https://evil.example"), ProviderUnavailable),
    ],
)
def test_whose_grant_it_is_can_be_refused(answer, expected):
    with pytest.raises(expected) as raised:
        identify(answer)
    assert type(raised.value) is expected
