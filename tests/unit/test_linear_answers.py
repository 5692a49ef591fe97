"""What LinearClient makes of answers that the simulator does not give."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import providers
from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.models import Secret
from hub.providers._provider import Access
from hub.providers._values import Client
from hub.providers.linear.client import LinearClient
from tests.providers.sample import fixture
from tests.unit.linear_wire import Wire, answer, created

LINEAR = providers.get("linear")
CANARY = "canary-3c9e"


def refused(status: int, *errors: Any, **content: Any) -> Answer:
    return answer(status, {"errors": list(errors), **content})


def error(**extensions: Any) -> dict[str, Any]:
    return {"message": CANARY, "extensions": {"userPresentableMessage": CANARY, **extensions}}


NOTHING = {"data": {"issueCreate": None}}
REFUSALS = [
    (refused(200, error(type="authentication error")), ReauthRequired),
    (refused(400, error(type="forbidden")), InsufficientScope),
    (refused(200, error(type="user error")), InvalidRequest),
    (refused(200, error(type="invalid input")), InvalidRequest),
    (refused(200, error(type="user error", code="QUOTA_EXCEEDED")), InvalidRequest),
    (refused(200, error(type="ratelimited")), RateLimited),
    (refused(429, error(code="RATELIMITED")), RateLimited),
    (refused(200, error(type="network error")), ProviderUnavailable),
    (refused(200, error(type="bootstrap error")), ProviderUnavailable),
    (refused(200, error(type="unknown")), ProviderError),
    (refused(200, error(type="other", code="FORBIDDEN"), **NOTHING), InsufficientScope),
    (refused(200, error(), error(code="RATELIMITED"), data=None), RateLimited),
    (refused(200, {"message": CANARY}), ProviderError),
    (refused(200, {"message": CANARY, "extensions": None}), ProviderError),
    (refused(200, {"extensions": {"code": ["FORBIDDEN"], "type": 7}}), ProviderError),
    (refused(200, CANARY, 7, None), ProviderUnavailable),
    (refused(401, {"message": CANARY}), ReauthRequired),
    (refused(403, {"message": CANARY}), ProviderError),
    (refused(429, {"message": CANARY}), RateLimited),
    (refused(502, {"message": CANARY}), ProviderUnavailable),
    (answer(400, {"errors": CANARY}), ProviderError),
    (answer(400, CANARY.encode()), ProviderError),
    (answer(200, {"data": {"issueCreate": {"success": False, "issue": None}}}), ProviderError),
    (answer(200, {"data": {"issueCreate": {"success": "true"}}}), ProviderError),
    (answer(200, {"data": {"issueCreate": []}}), ProviderUnavailable),
    (answer(200, {"data": CANARY}), ProviderUnavailable),
    (answer(302, b"", location=f"https://{CANARY}.example"), ProviderUnavailable),
    (created(id=7), ProviderUnavailable),
    (created(id=""), ProviderUnavailable),
]


@pytest.mark.parametrize(("told", "expected"), REFUSALS)
def test_every_refusal_has_its_kind_and_none_repeats_linear_s_words(told, expected):
    with pytest.raises(HubError) as raised:
        LinearClient("token", Wire(told)).create_issue("team", "Laptop")

    assert raised.type is expected
    assert CANARY not in raised.value.message


def test_what_was_done_is_done_whatever_could_not_be_read_beside_it():
    told = created(url=None).json() | {"errors": [error(code="INTERNAL_SERVER_ERROR")]}

    made = LinearClient("token", Wire(answer(200, told))).create_issue("team", "Laptop")
    assert made == {"id": "id-1", "identifier": "ENG-1", "url": None}


@pytest.mark.parametrize(
    "url",
    [
        "http://linear.app/x",
        "javascript:alert(1)",
        "//linear.app/x",
        "https://a b",
        "https://\n",
        7,
    ],
)
def test_a_link_that_is_none_is_left_out(url):
    assert LinearClient("t", Wire(created(url=url))).create_issue("team", "Laptop")["url"] is None


def test_a_number_that_is_no_text_is_left_out():
    made = LinearClient("t", Wire(created(identifier={"a": CANARY}))).create_issue("team", "x")

    assert made["identifier"] is None


# When to come back


NOW_MS = 1_000_000
USED_UP = {"x_ratelimit_requests_remaining": "0"}
WAITS = [
    ({}, None),
    (USED_UP, None),
    ({**USED_UP, "x_ratelimit_requests_reset": str(NOW_MS + 17_000)}, 17),
    ({**USED_UP, "x_ratelimit_requests_reset": str(NOW_MS - 5)}, 1),
    ({**USED_UP, "x_ratelimit_requests_reset": str(NOW_MS * 10**6)}, 3600),
    ({**USED_UP, "x_ratelimit_requests_reset": "9" * 5_000}, None),
    ({**USED_UP, "x_ratelimit_requests_reset": "soon"}, None),
    ({**USED_UP, "x_ratelimit_requests_reset": "-1"}, None),
    ({**USED_UP, "x_ratelimit_requests_reset": "١٢"}, None),
    ({**USED_UP, "x_ratelimit_requests_reset": str(NOW_MS + 9_000), "retry_after": "4"}, 4),
    (
        {
            "x_ratelimit_requests_remaining": "12",
            "x_ratelimit_requests_reset": str(NOW_MS + 9_000),
            "x_ratelimit_complexity_remaining": "0",
            "x_ratelimit_complexity_reset": str(NOW_MS + 5_000),
            "x_ratelimit_endpoint_requests_remaining": "0",
            "x_ratelimit_endpoint_requests_reset": str(NOW_MS + 7_000),
        },
        7,
    ),
]


@pytest.mark.parametrize(("headers", "wait"), WAITS)
def test_the_wait_is_until_every_used_up_limit_is_reset(headers, wait):
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    busy = answer(400, {"errors": [error(code="RATELIMITED")]}, **told)
    with pytest.raises(RateLimited) as raised:
        LinearClient("token", Wire(busy)).create_issue("team", "Laptop")

    assert raised.value.retry_after == wait


# Whatever it says

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = ["access_token", "expires_in", "refresh_token", "scope", "error", "data", "errors"]
errors = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "message": json_values,
            "extensions": json_values
            | st.fixed_dictionaries({}, optional={"code": json_values, "type": json_values}),
        },
    )
    | json_values,
    max_size=3,
)
data = st.fixed_dictionaries({}, optional={"viewer": json_values, "issueCreate": json_values})


@given(
    st.sampled_from([200, 302, 400, 401, 403, 429, 503]),
    st.dictionaries(st.sampled_from(NAMES), json_values, max_size=6)
    | st.fixed_dictionaries({}, optional={"errors": errors, "data": data})
    | json_values,
    st.dictionaries(
        st.sampled_from(["x-ratelimit-requests-remaining", "x-ratelimit-requests-reset"]),
        st.just("0") | st.text(max_size=16),
    ),
)
def test_no_answer_breaks_us(status, said, headers):
    received = answer(status, said, **headers)
    client = LinearClient("token", Wire(received))
    registered = Client(id="id", secret=Secret("secret"), endpoints=LINEAR.endpoints)
    access = Access(provider=LINEAR, client=registered, send=Wire(received))
    token = LINEAR.read_tokens(fixture("linear", "token"))
    hooks = (
        lambda: LINEAR.refusal(received),
        lambda: LINEAR.read_tokens(received),
        lambda: LINEAR.identify(token, access),
        lambda: client.create_issue("team", "Laptop"),
    )
    for hook in hooks:
        try:
            hook()
        except HubError:
            continue
