"""What Trello's API may answer, and what TrelloClient makes of it; no call leaves this process."""

import json

import pytest

from hub.errors import (
    ClientRefused,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.providers.trello.client import TrelloClient

TODO = "65a1f0c2d4e8b90033cc0001"


def answer(content, status=200, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=body, sent_at=1_000.0)


REFUSALS = [
    (answer(b"invalid token", 401), ReauthRequired),
    (answer(b"invalid token", 400), ReauthRequired),
    (answer(b"Invalid Token\n", 401), ReauthRequired),
    (answer({"message": "invalid token", "error": "ERROR"}, 401), ReauthRequired),
    (answer(b"expired token", 401), ReauthRequired),
    (answer(b"invalid key", 401), ClientRefused),
    (answer({"message": "missing scopes"}, 401), InsufficientScope),
    (
        answer({"code": 401, "message": "Unauthorized; scope does not match"}, 401),
        InsufficientScope,
    ),
    (answer({"code": 401, "message": "Unauthorized"}, 401), ReauthRequired),
    (answer(b"unauthorized card permission requested", 401), InvalidRequest),
    (answer(b"unauthorized permission requested", 401), InvalidRequest),
    (answer({"message": "unauthorized org access"}, 403), InvalidRequest),
    (answer(b"canary", 401), ReauthRequired),
    (answer(b"", 401), ReauthRequired),
    (answer(b"canary", 400), InvalidRequest),
    (answer({"message": "Invalid objectId", "error": "ERROR"}, 400), InvalidRequest),
    (answer({"message": ["canary"]}, 400), InvalidRequest),
    (answer([], 400), InvalidRequest),
    (answer(b"\xff\xfe", 400), InvalidRequest),
    (answer(b"canary", 403), InvalidRequest),
    (answer(b"canary", 404), InvalidRequest),
    (answer(b"canary", 409), ProviderError),
    (answer({"path": "boards", "originalStatus": 401}, 449), ProviderError),
    (answer(b"invalid token", 503), ProviderUnavailable),
    (answer(b"", 302, location="https://evil.example"), ProviderUnavailable),
    (answer({"id": "1"}, 202), ProviderUnavailable),
    (answer({"id": 7}), ProviderUnavailable),
    (answer({"id": ""}), ProviderUnavailable),
    (answer([]), ProviderUnavailable),
    (answer(b"", 204), ProviderUnavailable),
]


@pytest.mark.parametrize(("given_answer", "expected"), REFUSALS)
def test_every_refusal_has_its_kind_and_none_repeats_trello_s_words(given_answer, expected):
    client = TrelloClient("token", lambda *_, **__: given_answer)

    with pytest.raises(HubError) as raised:
        client.create_card(TODO, "Order a laptop")
    assert type(raised.value) is expected
    assert "canary" not in raised.value.message


TOKEN_WINDOW, KEY_WINDOW = "x_rate_limit_api_token_interval_ms", "x_rate_limit_api_key_interval_ms"
TOKEN_LIMIT = {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
KEY_LIMIT = {"error": "API_KEY_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
DATABASE_LIMIT = {"error": "API_TOKEN_DB_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
LIMITS = [
    (answer(TOKEN_LIMIT, 429), 10),
    (answer(TOKEN_LIMIT, 429, **{TOKEN_WINDOW: "20000", KEY_WINDOW: "30000"}), 20),
    (answer(KEY_LIMIT, 429, **{TOKEN_WINDOW: "20000", KEY_WINDOW: "30001"}), 31),
    (answer(TOKEN_LIMIT, 429, **{TOKEN_WINDOW: "20000"}, retry_after="3"), 3),
    (answer(TOKEN_LIMIT, 429, **{TOKEN_WINDOW: "soon"}), 10),
    (answer(TOKEN_LIMIT, 429, **{TOKEN_WINDOW: "0"}), 1),
    (answer(TOKEN_LIMIT, 429, **{TOKEN_WINDOW: "9" * 5_000}), 10),
    (answer(TOKEN_LIMIT, 429, **{TOKEN_WINDOW: "999999999"}), 3600),
    (answer(TOKEN_LIMIT, 429, retry_after="in a minute"), 10),
    (answer(TOKEN_LIMIT, 429, retry_after="Wed, 25 Nov 2026 21:39:10 GMT"), 3600),
    (answer(DATABASE_LIMIT, 429, **{TOKEN_WINDOW: "20000"}), None),
    (answer({"error": ["API_TOKEN_LIMIT_EXCEEDED"]}, 429), None),
    (answer(b"Too many requests", 429), None),
    (answer(b"", 429, retry_after="7"), 7),
]


@pytest.mark.parametrize(("given_answer", "wait"), LIMITS)
def test_a_limit_lasts_as_long_as_its_window(given_answer, wait):
    client = TrelloClient("token", lambda *_, **__: given_answer)

    with pytest.raises(RateLimited) as raised:
        client.create_card(TODO, "Order a laptop")
    assert raised.value.retry_after == wait


LINKS = [
    ("https://trello.com/c/abc", "https://trello.com/c/abc"),
    ("http://trello.com/c/abc", None),
    ("javascript:alert(1)", None),
    ("https://trello.com/c/a b", None),
    (7, None),
    (None, None),
]


@pytest.mark.parametrize(("told", "given"), LINKS)
def test_a_link_is_given_if_it_is_one(told, given):
    client = TrelloClient("token", lambda *_, **__: answer({"id": "1", "shortUrl": told}))

    assert client.create_card(TODO, "Order a laptop") == {"id": "1", "url": given}
