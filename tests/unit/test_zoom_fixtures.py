"""What Zoom documents is read as it is meant, and the simulator answers in the same shape."""

from collections.abc import Mapping
from copy import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.errors import (
    ApprovalRequired,
    ClientRefused,
    GrantRefused,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.models import Account, Secret
from hub.providers._provider import Access
from hub.providers._values import Client
from hub.providers.zoom import PROVIDER
from hub.providers.zoom.client import ZoomClient
from tests.providers.sample import fixture
from tests.simulator.server import Simulator
from tests.unit.simulator.registered import PREFIX
from tests.unit.simulator.zoom.app import CLIENT, GRACE, App

GRANTED = {
    "meeting:read:list_meetings",
    "meeting:read:meeting",
    "meeting:write:meeting",
    "user:read:user",
}


def answering(answer):
    return lambda *_, **__: answer


def test_a_token_is_read_with_its_lifetime_and_what_was_granted():
    read = PROVIDER.read_tokens(fixture("zoom", "token"))

    assert read.tokens.main.access.reveal().endswith("made-up-access")
    assert read.tokens.main.refresh == Secret("eyJzdiI6IjAwMDAwMiJ9.made-up-refresh")
    assert read.tokens.main.expires_at == 1_000 + 3_600
    assert read.scopes == GRANTED == {*PROVIDER.required_scopes}


def test_an_administrators_scopes_include_the_plain_ones():
    read = PROVIDER.read_tokens(fixture("zoom", "token_admin"))

    assert set(PROVIDER.required_scopes) <= read.scopes
    assert "user:read:list_users:admin" in read.scopes


def test_an_answer_without_scopes_grants_none():
    body = b'{"access_token": "t", "expires_in": 3600}'
    read = PROVIDER.read_tokens(replace(fixture("zoom", "token"), body=body))

    assert read.scopes == frozenset()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("token_error", GrantRefused),
        ("token_error_before_2023", GrantRefused),
        ("token_error_code", GrantRefused),
        ("token_error_number", GrantRefused),
        ("token_error_client", ClientRefused),
        ("api_error_token", GrantRefused),
    ],
)
def test_a_refusal_is_told_by_who_can_mend_it(name, kind):
    refusal = PROVIDER.refusal(fixture("zoom", name))

    assert type(refusal) is kind
    assert "made-up" not in refusal.message


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (4702, ClientRefused),
        (4704, ClientRefused),
        (4709, ClientRefused),
        (4717, ClientRefused),
        (4711, GrantRefused),
        (4732, ProviderUnavailable),
        (4733, GrantRefused),
        (4734, GrantRefused),
        (4735, GrantRefused),
        (4737, GrantRefused),
        (4738, ApprovalRequired),
        (4740, GrantRefused),
        (4741, GrantRefused),
    ],
)
@pytest.mark.parametrize("place", ["errorCode", "code"])
def test_a_number_counts_wherever_zoom_puts_it(number, kind, place):
    body = b'{"error": "invalid_request", "%s": %d}' % (place.encode(), number)
    answer = replace(fixture("zoom", "token_error"), body=body)

    assert type(PROVIDER.refusal(answer)) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error": "invalid_request", "code": 9999}', ClientRefused),
        (400, b'{"error": "invalid_request", "code": {}, "reason": []}', ClientRefused),
        (429, b"", ProviderUnavailable),
        (503, b"<html>", ProviderUnavailable),
    ],
)
def test_anything_else_is_read_by_the_standard(status, body, kind):
    answer = Answer(status=status, headers={}, body=body, sent_at=0.0)

    assert type(PROVIDER.refusal(answer)) is kind


def test_revoking_is_a_success_without_a_refusal():
    assert PROVIDER.refusal(fixture("zoom", "revoked")) is None


def test_the_account_is_the_user_in_their_zoom_account():
    client = Client(id="id", secret=Secret("secret"), endpoints=PROVIDER.endpoints)
    send = answering(fixture("zoom", "account"))
    tokens = PROVIDER.read_tokens(fixture("zoom", "token"))
    account = PROVIDER.identify(tokens, Access(provider=PROVIDER, client=client, send=send))

    assert account == Account(
        id="mAdEuPaCcOuNt000000001/mAdEuPuSeR000000000001", name="grace@example.org"
    )


def test_a_meeting_is_told_by_its_id_and_the_link_for_those_who_join():
    made = ZoomClient("token", answering(fixture("zoom", "action"))).create_meeting(
        "Interview", datetime(2026, 12, 1, 9, tzinfo=UTC)
    )

    assert made == {
        "id": "84512345678",
        "url": "https://us05web.zoom.us/j/84512345678?pwd=made-up.1",
    }


@pytest.fixture
def app():
    with Simulator({"zoom": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield App(simulator)


def shape(content: Any) -> Any:
    """Names and kinds, the whole way down."""
    if isinstance(content, Mapping):
        return {name: shape(value) for name, value in content.items()}
    return [shape(each) for each in content] if isinstance(content, list) else type(content)


def shape_of(name: str) -> tuple[int, Any]:
    answer = fixture("zoom", name)
    return answer.status, shape(answer.json())


def heard(answer) -> tuple[int, Any]:
    return answer.status_code, shape(answer.json())


def test_the_simulator_answers_in_the_documented_shapes(app):
    tokens = app.connect(GRACE)
    token = tokens["access_token"]
    played = {
        "token": (200, shape(tokens)),
        "account": heard(app.get(token)),
        "action": heard(app.create(token)),
        "api_error": heard(app.create(token, {"topic": "x", "start_time": "soon"})),
        "api_error_token": heard(app.get("invented")),
        "token_error": (400, shape(app.refresh("invented", status=400))),
        "token_error_client": (400, shape(app.refresh("x", status=400, auth=("a", "b")))),
        "token_error_code": (400, shape(app.exchange("invented", status=400))),
        "revoked": heard(app.revoke(token)),
    }

    assert played == {name: shape_of(name) for name in played}


def test_the_simulator_limits_with_the_documented_headers(app):
    token = app.connect()["access_token"]
    for name, seconds in (("rate_limited", 60), ("rate_limited_second", 0)):
        app.simulator.fault("zoom", "users.get", "rate_limited", value=seconds)
        answer = app.get(token)
        told = fixture("zoom", name).headers

        assert heard(answer) == shape_of(name)
        assert answer.headers["X-RateLimit-Type"] == told["x-ratelimit-type"]
        assert ("Retry-After" in answer.headers) == ("retry-after" in told)


API_ERRORS = {
    "api_error": InvalidRequest,
    "api_error_scope": InsufficientScope,
    "api_error_token": ReauthRequired,
    "rate_limited": RateLimited,
    "rate_limited_person": RateLimited,
    "rate_limited_second": RateLimited,
}


@pytest.mark.parametrize(("name", "kind"), API_ERRORS.items())
def test_the_client_reads_every_documented_error_and_repeats_none(name, kind):
    with pytest.raises(HubError) as raised:
        ZoomClient("token", answering(fixture("zoom", name))).read_user()

    assert type(raised.value) is kind
    assert raised.value.message not in fixture("zoom", name).body.decode()
