"""Microsoft's quirks: answers read, errors mapped, whom an ID token names, when an event is."""

import json
from base64 import urlsafe_b64encode
from copy import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    ClientRefused,
    GrantRefused,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
)
from hub.http_types import Answer
from hub.models import Account, Secret
from hub.providers._inputs import When
from hub.providers._provider import Access
from hub.providers._values import Client, RevocationScope
from hub.providers.microsoft import PROVIDER
from hub.providers.microsoft.actions import _moment
from tests.providers.sample import fixture

CLIENT = Client(
    id="6731de76-14a6-49ae-97bc-6eba6914391e",
    secret=Secret("s"),
    endpoints=PROVIDER.endpoints,
    settings=PROVIDER.settings,
)
TENANT, PERSON = "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
LOGIN = "https://login.microsoftonline.com"


def no_call(*_, **__):
    raise AssertionError("nobody is called to find out who it is")


ACCESS = Access(provider=PROVIDER, client=CLIENT, send=no_call)


def answered(body, status=200):
    return Answer(status=status, headers={}, body=json.dumps(body).encode(), sent_at=1_000.0)


def test_tokens_are_read_with_their_lifetime_and_every_permission():
    """Offline access is never among the scopes: it shows by the refresh token."""
    read = PROVIDER.read_tokens(fixture("microsoft", "token"))

    assert read.tokens.main.expires_at == 1_000 + 5_092
    assert read.tokens.main.refresh == Secret("1.AXkAmade-up-refresh")
    assert read.scopes == {*PROVIDER.required_scopes, "email"}


def test_scopes_have_their_short_names_whatever_was_sent():
    read = PROVIDER.read_tokens(fixture("microsoft", "token_in_full"))

    assert read.scopes == {"User.Read", "Mail.Send"}
    assert read.tokens.main.refresh is None


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("CALENDARS.READWRITE openid", {"Calendars.ReadWrite", "openid"}),
        ("https://graph.microsoft.com/Notes.Read", {"Notes.Read"}),
        ("", set()),
        (None, None),
        (["User.Read"], None),
    ],
)
def test_scopes_that_are_unknown_or_missing_are_no_stumbling_block(scope, expected):
    body = {"access_token": "eyJ", "expires_in": "3599", "scope": scope}
    read = PROVIDER.read_tokens(answered(body))

    assert read.scopes == expected
    assert read.tokens.main.expires_at == 1_000 + 3_599


@pytest.mark.parametrize(
    ("name", "kind", "wait"),
    [
        ("token_error", GrantRefused, None),
        ("token_error_consent", GrantRefused, None),
        ("token_error_client", ClientRefused, None),
        ("token_error_busy", ProviderUnavailable, None),
        ("token_throttled", ProviderUnavailable, 60),
    ],
)
def test_documented_errors_of_the_token_endpoint_have_their_kind(name, kind, wait):
    refusal = PROVIDER.refusal(fixture("microsoft", name))

    assert type(refusal) is kind
    assert refusal.retry_after == wait


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("invalid_grant", GrantRefused),
        ("interaction_required", GrantRefused),
        ("consent_required", GrantRefused),
        ("login_required", GrantRefused),
        ("invalid_client", ClientRefused),
        ("unauthorized_client", ClientRefused),
        ("invalid_resource", ClientRefused),
        ("invalid_scope", ClientRefused),
        ("invalid_request", ClientRefused),
        ("unsupported_grant_type", ClientRefused),
        ("temporarily_unavailable", ProviderUnavailable),
        ("server_error", ProviderUnavailable),
        ("nobody_knows", ProviderError),
    ],
)
def test_every_error_has_its_kind(error, kind):
    assert type(PROVIDER.refusal(answered({"error": error, "suberror": 7}, 400))) is kind


def error_page(number):
    return {"error_uri": f"{LOGIN}/error?code={number}"}


OUTCOMES = [
    ({"error": "access_denied"}, "access_denied"),
    ({"error": "access_denied", **error_page(65004)}, "access_denied"),
    ({"error": "access_denied", "error_subcode": "cancel"}, "approval_required"),
    ({"error": "access_denied", "error_subcode": "other"}, "access_denied"),
    ({"error": "access_denied", **error_page(90094)}, "approval_required"),
    ({"error": "access_denied", **error_page(90095)}, "approval_required"),
    ({"error": "interaction_required", **error_page(90093)}, "approval_required"),
    ({"error": "interaction_required", **error_page(50105)}, "approval_required"),
    ({"error": "interaction_required", **error_page(50076)}, "authorization_failed"),
    ({"error": "access_denied", **error_page(50020)}, "access_denied"),
    ({"error": "consent_required"}, "approval_required"),
    ({"error": "access_denied", "error_uri": "http://[broken"}, "access_denied"),
    ({"error": "access_denied", "error_uri": "?code=90094&code=1"}, "approval_required"),
    ({"error": "access_denied", "error_uri": "?code="}, "access_denied"),
    ({"error": "server_error", "error_subcode": "cancel"}, "provider_error"),
    ({"error": "server_error", **error_page(90094)}, "provider_error"),
    ({"error": "temporarily_unavailable"}, "provider_unavailable"),
    ({"error": "unauthorized_client"}, "authorization_failed"),
    ({"error": "invalid_resource"}, "authorization_failed"),
    ({"error_subcode": "cancel"}, "authorization_failed"),
    ({}, "authorization_failed"),
]


@pytest.mark.parametrize(("returned", "outcome"), OUTCOMES)
def test_an_administrators_wall_is_told_from_a_persons_no(returned, outcome):
    assert PROVIDER.callback_outcome(returned) == outcome


def token_answer(**changes):
    claims = {
        "aud": CLIENT.id,
        "iss": f"{LOGIN}/{TENANT}/v2.0",
        "tid": TENANT,
        "oid": PERSON,
        "preferred_username": "grace@contoso.example",
        "name": "Grace Hooper",
    } | changes
    content = {name: value for name, value in claims.items() if value is not None}
    segment = urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
    body = {"access_token": "eyJ", "id_token": f"e30.{segment}.c2ln"}
    return PROVIDER.read_tokens(answered(body))


def test_the_account_is_a_person_in_a_tenant():
    account = Account(id=f"{TENANT}:{PERSON}", name="grace@contoso.example")

    assert PROVIDER.identify(token_answer(), ACCESS) == account
    documented = PROVIDER.read_tokens(fixture("microsoft", "token"))
    assert PROVIDER.identify(documented, ACCESS) == account


@pytest.mark.parametrize(
    "login",
    [LOGIN, "https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn"],
)
def test_every_cloud_has_its_issuer(login):
    assert PROVIDER.identify(token_answer(iss=f"{login}/{TENANT}/v2.0"), ACCESS)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"preferred_username": None}, "Grace Hooper"),
        ({"preferred_username": 7, "name": None}, "Microsoft account"),
        ({"preferred_username": "", "name": ""}, "Microsoft account"),
    ],
)
def test_an_account_always_has_a_name(changes, name):
    assert PROVIDER.identify(token_answer(**changes), ACCESS).name == name


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": [CLIENT.id]},
        {"iss": f"{LOGIN}/{PERSON}/v2.0"},
        {"iss": f"{LOGIN}/{TENANT}/v2.0/"},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
        {"iss": f"https://login.microsoftonline.com.evil.example/{TENANT}/v2.0"},
        {"iss": None},
        {"iss": [f"{LOGIN}/{TENANT}/v2.0"]},
        {"tid": None},
        {"tid": ""},
        {"tid": f"{TENANT}/../{TENANT}"},
        {"oid": None},
        {"oid": ""},
        {"oid": f"{PERSON}:x"},
        {"oid": f"{PERSON}\n"},
        {"oid": 7},
    ],
)
def test_an_id_token_that_is_not_ours_names_nobody(changes):
    with pytest.raises(ProviderUnavailable):
        PROVIDER.identify(token_answer(**changes), ACCESS)


@pytest.mark.parametrize("id_token", [None, "", "a.b", "a.b.c", "e30.W10.c2ln", 7])
def test_an_id_token_that_is_none_names_nobody(id_token):
    answer = replace(token_answer(), body={"id_token": id_token})

    with pytest.raises(ProviderUnavailable):
        PROVIDER.identify(answer, ACCESS)


def test_it_declares_no_revocation():
    assert PROVIDER.revocation_scope is RevocationScope.NONE
    assert PROVIDER.endpoints.revocation == ""


def test_consent_is_never_forced():
    """Where an administrator has consented for everybody, forcing it would stop everybody else."""
    assert PROVIDER.authorization_parameters == {
        "response_mode": "query",
        "prompt": "select_account",
    }


@pytest.mark.parametrize(
    ("given_time", "zone", "arrives"),
    [
        ("2026-11-20T10:00:00Z", None, ("2026-11-20T10:00:00", "UTC")),
        ("2026-11-20T10:00:00+01:00", None, ("2026-11-20T09:00:00", "UTC")),
        ("2026-11-20T23:30:00-08:00", None, ("2026-11-21T07:30:00", "UTC")),
        ("2026-11-20T10:00:00", "Europe/Paris", ("2026-11-20T10:00:00", "Europe/Paris")),
        ("2026-11-20T10:00:00", "Romance Standard Time", None),
    ],
)
def test_a_time_arrives_without_offset_and_with_its_zone(given_time, zone, arrives):
    when = When(date_time=datetime.fromisoformat(given_time), time_zone=zone)
    moment, name = arrives or (given_time, zone)

    assert _moment(when) == {"dateTime": moment, "timeZone": name}


@pytest.mark.parametrize(
    ("given_time", "zone"),
    [
        ("2026-11-20T10:00:00", None),
        ("2026-11-20T10:00:00Z", "Europe/Paris"),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_time_that_is_none_or_two_is_refused(given_time, zone):
    when = When(date_time=datetime.fromisoformat(given_time), time_zone=zone)

    with pytest.raises(InvalidRequest, match="time"):
        _moment(when)


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_stays_the_same_moment(moment, minutes):
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    sent = _moment(When(date_time=aware))

    assert datetime.fromisoformat(sent["dateTime"]).replace(tzinfo=UTC) == aware
