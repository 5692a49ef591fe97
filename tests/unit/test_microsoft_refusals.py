"""MicrosoftClient and what Graph could answer, or be asked: refusals, links, ids in paths."""

import json
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
from hub.http_types import Answer
from hub.providers.microsoft.client import MicrosoftClient
from tests.unit.simulator.microsoft.app import ADA, CHANNEL, TEAM


def error(status, code, *inner, **headers):
    """An answer as Graph words a refusal."""
    content = {"code": code, "message": "canary"}
    nested = content
    for each in inner:
        nested["innerError"] = {"code": each, "date": "canary"}
        nested = nested["innerError"]
    return answer(status, {"error": content}, **headers)


def answer(status, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=body, sent_at=0.0)


def nested(depth):
    content = {"code": "activityLimitReached"}
    for _ in range(depth):
        content = {"code": "x", "innererror": content}
    return answer(403, {"error": content})


REFUSALS = [
    (error(400, "invalidRequest"), InvalidRequest),
    (error(400, "TimeZoneNotSupportedException"), InvalidRequest),
    (error(401, "InvalidAuthenticationToken"), ReauthRequired),
    (error(403, "accessDenied"), InvalidRequest),
    (error(403, "notAllowed", "accountVerificationRequired"), InvalidRequest),
    (error(403, "ErrorAccessDenied"), InvalidRequest),
    (error(404, "itemNotFound"), InvalidRequest),
    (error(404, "MailboxNotEnabledForRESTAPI"), InvalidRequest),
    (error(409, "nameAlreadyExists"), ProviderError),
    (error(412, "resourceModified"), ProviderError),
    (error(413, "ErrorMessageSizeExceeded"), InvalidRequest),
    (error(423, "resourceLocked"), InvalidRequest),
    (error(429, "TooManyRequests"), RateLimited),
    (error(429, "TimeZoneNotSupportedException"), RateLimited),
    (error(403, "accessDenied", "throttledRequest"), RateLimited),
    (error(503, "activityLimitReached"), RateLimited),
    (error(503, "generalException", "x", "activityLimitReached"), RateLimited),
    (error(509, "x"), RateLimited),
    (error(500, "generalException"), ProviderUnavailable),
    (error(503, "serviceNotAvailable"), ProviderUnavailable),
    (error(504, "UnknownError"), ProviderUnavailable),
    (nested(7), RateLimited),
    (nested(50), InvalidRequest),
    (answer(403, b"<html>canary"), InvalidRequest),
    (answer(403, {"error": "canary"}), InvalidRequest),
    (answer(403, {"error": {"code": ["canary"], "innerError": "canary"}}), InvalidRequest),
    (answer(403, []), InvalidRequest),
    (answer(429, b""), RateLimited),
    (answer(503, b""), ProviderUnavailable),
    (answer(302, b"", location="https://evil.example"), ProviderUnavailable),
    (answer(302, {"value": [{"id": "1"}]}), ProviderUnavailable),
    (answer(200, {"value": []}), ProviderUnavailable),
    (answer(200, {"value": [7]}), ProviderUnavailable),
    (answer(200, {"value": [{"id": 7}]}), ProviderUnavailable),
    (answer(200, {"value": "canary"}), ProviderUnavailable),
    (answer(200, {}), ProviderUnavailable),
    (answer(204, b""), ProviderUnavailable),
]


@pytest.mark.parametrize(("given_answer", "expected"), REFUSALS)
def test_every_refusal_has_its_kind_and_none_repeats_microsofts_words(given_answer, expected):
    client = MicrosoftClient("token", lambda *_, **__: given_answer)

    with pytest.raises(expected) as raised:
        client.share_file("01PLAN", ADA)
    assert type(raised.value) is expected
    assert "canary" not in raised.value.message


@pytest.mark.parametrize("status", [429, 503, 509])
@pytest.mark.parametrize(("sent", "expected"), [("17", 17), ("soon", None), ("99999", 3600)])
def test_when_to_come_back_is_passed_on(status, sent, expected):
    limited = error(status, "activityLimitReached", retry_after=sent)
    client = MicrosoftClient("token", lambda *_, **__: limited)

    with pytest.raises(RateLimited) as raised:
        client.share_file("01PLAN", ADA)
    assert raised.value.retry_after == expected


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "http://evil.example/", "https://x y", "", 7, None, ["https://"]],
)
def test_what_is_no_link_is_not_given_as_one(link):
    made = {"id": "1", "webLink": link, "webUrl": link, "onlineMeeting": {"joinUrl": link}}
    client = MicrosoftClient("token", lambda *_, **__: answer(201, made))

    assert client.create_calendar_event({}) == {"id": "1", "url": None, "meetingUrl": None}
    assert client.send_channel_message(TEAM, CHANNEL, "Hello") == {"id": "1", "url": None}


@pytest.mark.parametrize("meeting", [None, "canary", [], {}])
def test_a_meeting_that_is_none_has_no_link(meeting):
    made = answer(201, {"id": "1", "onlineMeeting": meeting})
    client = MicrosoftClient("token", lambda *_, **__: made)

    assert client.create_calendar_event({})["meetingUrl"] is None


HOSTILE_IDS = ["../..", "a/b", "a?b=c", "a#b", "a%2Fb", "%2e%2e", "\\..\\", "a b", "@evil.example"]


def paths_of(value):
    """The paths on the wire for an id in each place that takes one; none where it is refused."""
    called = []

    def send(request, **_):
        url = urlsplit(requests.Request("POST", request.url).prepare().url)
        assert (url.scheme, url.netloc, url.query) == ("https", "graph.microsoft.com", "")
        called.append(url.path)
        return answer(200, {"id": "1", "value": [{"id": "1"}]})

    client = MicrosoftClient("token", send)
    for call in (
        lambda: client.share_file(value, ADA),
        lambda: client.share_file("01PLAN", ADA, drive=value),
        lambda: client.send_channel_message(value, CHANNEL, "Hello"),
        lambda: client.send_channel_message(TEAM, value, "Hello"),
        lambda: client.create_calendar_event({}, value),
    ):
        try:
            call()
        except InvalidRequest:
            called.append(None)
    return called


PATHS = [
    ("/v1.0/me/drive/items/", "/invite"),
    ("/v1.0/drives/", "/items/01PLAN/invite"),
    ("/v1.0/teams/", f"/channels/{CHANNEL}/messages"),
    (f"/v1.0/teams/{TEAM}/channels/", "/messages"),
    ("/v1.0/me/calendars/", "/events"),
]


@pytest.mark.parametrize("value", HOSTILE_IDS)
def test_a_hostile_id_stays_one_segment_of_the_path(value):
    assert_one_segment(value)


@given(st.text(st.sampled_from("./\\%2eEfF?#:@;a\u00fc \u3002"), min_size=1, max_size=12))
def test_any_id_stays_one_segment_of_the_path(value):
    assert_one_segment(value)


def assert_one_segment(value):
    for path, (before, after) in zip(paths_of(value), PATHS, strict=True):
        if path is None:
            assert value in {".", ".."}
            continue
        assert path.count("/") == (before + after).count("/")
        assert unquote(path) == before + value + after
