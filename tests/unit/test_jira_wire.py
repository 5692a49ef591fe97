"""JiraClient on the wire: what it makes of strange answers, and of strange sites."""

from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.providers.jira.client import JiraClient
from tests.unit.jira_answers import said

LAPTOP = ("HR", "Prepare a laptop")


RESET = "2026-09-21T14:14:17Z"  # 57 seconds after the answer was asked for
WAITS = [
    ({"retry_after": "17"}, 17),
    ({"retry_after": "17", "x_ratelimit_reset": RESET}, 17),
    ({"retry_after": "soon", "x_ratelimit_reset": RESET}, 57),
    ({"x_ratelimit_reset": RESET}, 57),
    ({"x_ratelimit_reset": "2026-09-21T14:14Z"}, 40),
    ({"x_ratelimit_reset": "2027-09-21T14:14Z"}, 3600),
    ({"x_ratelimit_reset": "2025-09-21T14:14Z"}, 1),
    ({"x_ratelimit_reset": "2026-09-21T14:14"}, None),
    ({"x_ratelimit_reset": "soon"}, None),
    ({"x_ratelimit_reset": ""}, None),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_how_long_to_wait_is_read_from_what_there_is(headers, seconds):
    client = JiraClient("token", "site-1", lambda *_, **__: said(b"", 429, **headers))

    with pytest.raises(RateLimited) as raised:
        client.create_issue(*LAPTOP)
    assert raised.value.retry_after == seconds


STRANGE = [
    (said({"errorMessages": ["canary"], "errors": {}}, 400), InvalidRequest),
    (said({"errors": {"customfield_1": "canary"}}, 400), InvalidRequest),
    (said({"errors": ["canary"]}, 400), InvalidRequest),
    (said(b"<html>canary", 400), InvalidRequest),
    (said({"errors": {"labels": {"canary": 1}}}, 400), InvalidRequest),
    (said({"code": 401, "message": ["scope", "canary"]}, 401), ReauthRequired),
    (said(b"canary", 401), ReauthRequired),
    (said({"code": 403, "message": "canary"}, 403), ReauthRequired),
    (said({"errorMessages": ["canary"]}, 403), InvalidRequest),
    (said(b"canary", 403), InvalidRequest),
    (said({"code": 404, "message": "canary"}, 404), InvalidRequest),
    (said(b"canary", 413), ProviderError),
    (said({"message": "canary"}, 422), InvalidRequest),
    (said({"message": "canary"}, 503, retry_after="5"), ProviderUnavailable),
    (said({"id": "1", "key": "HR-1"}, 200), ProviderUnavailable),
    (said({"id": 1, "key": "HR-1"}, 201), ProviderUnavailable),
    (said({"id": "1", "key": ""}, 201), ProviderUnavailable),
    (said([], 201), ProviderUnavailable),
    (said(b"", 204), ProviderUnavailable),
]


@pytest.mark.parametrize(("strange", "expected"), STRANGE)
def test_every_refusal_has_its_kind_and_none_repeats_jiras_words(strange, expected):
    client = JiraClient("token", "site-1", lambda *_, **__: strange)

    with pytest.raises(expected) as raised:
        client.create_issue(*LAPTOP)
    assert type(raised.value) is expected
    assert "canary" not in raised.value.message


HOSTILE = [
    ".",
    "..",
    "../../me",
    "a/b",
    "a?b=c",
    "a#b",
    "%2e%2e",
    "\\..\\",
    "@evil.example",
    "\x00",
]


@pytest.mark.parametrize("site", HOSTILE)
def test_a_hostile_site_stays_one_segment_of_the_path(site):
    assert_one_segment(site)


@given(st.text(st.sampled_from("./\\%2eEfF?#:@;a\u00fc \u3002"), min_size=1, max_size=12))
def test_any_site_stays_one_segment_of_the_path(site):
    assert_one_segment(site)


def assert_one_segment(site):
    urls = []

    def send(request, **_):
        urls.append(request.url)
        return said({"id": "1", "key": "HR-1"}, 201)

    try:
        JiraClient("token", site, send).create_issue(*LAPTOP)
    except InvalidRequest:
        assert site in {".", ".."}
        return
    parts = urlsplit(requests.Request("POST", urls[0]).prepare().url)
    assert (parts.scheme, parts.netloc, parts.query) == ("https", "api.atlassian.com", "")
    *before, segment, rest, api, version, last = parts.path.split("/")
    assert before == ["", "ex", "jira"]
    assert (rest, api, version, last) == ("rest", "api", "3", "issue")
    assert unquote(segment) == site
