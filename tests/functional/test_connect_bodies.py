"""What connect takes as a body: one JSON object of known fields, and nothing hostile."""

import base64

import pytest

from tests.functional.stored import dump

CONNECT = "/api/integrations/connect"
GOOD = b'{"providerId": "slack"}'

HOSTILE = {
    "nothing": b"",
    "white space": b"  \n",
    "half an object": b'{"providerId": "slack"',
    "more after it": b'{"providerId": "slack"} {}',
    "a comma too many": b'{"providerId": "slack",}',
    "single quotes": b"{'providerId': 'slack'}",
    "a comment": b'{"providerId": "slack" /* so */}',
    "a form": b"providerId=slack",
    "null": b"null",
    "a list": b'[{"providerId": "slack"}]',
    "text": b'"slack"',
    "a number": b"1",
    "no field": b"{}",
    "no text": b'{"providerId": 1}',
    "null for text": b'{"providerId": null}',
    "a list for text": b'{"providerId": ["slack"]}',
    "true for a list": b'{"providerId": "slack", "scopes": true}',
    "numbers for scopes": b'{"providerId": "slack", "scopes": [1]}',
    "a number for an address": b'{"providerId": "slack", "returnTo": 1}',
    "a field twice": b'{"providerId": "slack", "providerId": "slack"}',
    "a field twice, once in disguise": b'{"providerId": "slack", "\\u0070roviderId": "slack"}',
    "a field twice, further down": b'{"providerId": "slack", "scopes": [{"a": 1, "a": 2}]}',
    "NaN": b'{"providerId": "slack", "scopes": NaN}',
    "Infinity": b'{"providerId": "slack", "scopes": -Infinity}',
    "a number of 5000 digits": b'{"providerId": ' + b"9" * 5000 + b"}",
    "a number beyond all": b'{"providerId": 1e999}',
    "a lone surrogate": b'{"providerId": "\\ud800"}',
    "a lone surrogate in a scope": b'{"providerId": "slack", "scopes": ["\\ud83d"]}',
    "no UTF-8": b'{"providerId": "\xff\xfe"}',
    "UTF-16": '{"providerId": "slack"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "a control character": b'{"providerId": "sl\x00ack"}',
    "100,000 lists": b'{"providerId": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "10,000 objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "300 KiB of text": b'{"providerId": "' + b"x" * 300 * 1024 + b'"}',
    "300 KiB of space": GOOD + b" " * 300 * 1024,
    "an address of 3000": b'{"providerId": "slack", "returnTo": "' + b"x" * 3000 + b'"}',
    "a provider of 65": b'{"providerId": "' + b"x" * 65 + b'"}',
    "an empty provider": b'{"providerId": ""}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_body_that_is_not_in_form_is_refused(journey, body):
    before = dump()
    reply = journey.gateway.post(CONNECT, raw=body)

    assert (reply.status, reply.error) == (400, "invalid_request")
    assert reply.cookies == []
    assert dump() == before


@pytest.mark.parametrize(
    "name", ["x", "organizationId", "provider_id", "return_to", "ProviderId", "<x>"]
)
def test_an_unknown_field_is_refused_without_being_repeated(journey, name):
    reply = journey.gateway.post(CONNECT, {"providerId": "slack", name: "org-b"})

    assert (reply.status, reply.error) == (400, "unknown_field")
    assert reply.json["error"]["message"] == (
        "Unknown field. This endpoint takes: scopes, returnTo, providerId."
    )


def test_the_provider_stands_in_the_path_or_in_the_body_not_in_both(journey):
    reply = journey.gateway.post("/api/integrations/slack/connect", {"providerId": "slack"})

    assert (reply.status, reply.error) == (400, "unknown_field")


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", "x\r\nset-cookie: a=b", "canary-7d1f"],
)
@pytest.mark.parametrize("field", ["providerId", "returnTo", "scopes"])
def test_no_value_is_ever_repeated(journey, field, value):
    body = {"providerId": "slack"} | {field: [value] if field == "scopes" else value}
    reply = journey.gateway.post(CONNECT, body)

    assert reply.status in {400, 404}
    assert value not in reply.text
    assert not any(value in header for header in reply.headers.values())


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/json",
        "application/json, text/plain",
        "application/merge-patch+json",
    ],
)
def test_only_json_is_taken(journey, content_type):
    reply = journey.gateway.post(CONNECT, raw=GOOD, headers={"content-type": content_type})

    assert (reply.status, reply.error) == (400, "invalid_request")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;",
    ],
)
def test_json_is_taken_however_it_is_written(journey, content_type):
    reply = journey.gateway.post(CONNECT, raw=GOOD, headers={"content-type": content_type})

    assert reply.status == 200


def test_a_body_is_the_same_plain_or_in_base64(journey):
    function, event = journey.gateway.event("POST", CONNECT, raw=GOOD)
    in_base64 = journey.gateway.send(function, event)
    plain = journey.gateway.send(
        function, event | {"body": GOOD.decode(), "isBase64Encoded": False}
    )

    assert (in_base64.status, plain.status) == (200, 200)


@pytest.mark.parametrize(
    "change",
    [
        {"body": None, "isBase64Encoded": False},
        {"body": "{", "isBase64Encoded": True},
        {"body": base64.b64encode(b"\xff\xff").decode(), "isBase64Encoded": True},
        {"body": '{"providerId": "\ud800"}', "isBase64Encoded": False},
    ],
)
def test_a_body_that_cannot_be_read_at_all_is_refused(journey, change):
    function, event = journey.gateway.event("POST", CONNECT, raw=GOOD)
    reply = journey.gateway.send(function, event | change)

    assert (reply.status, reply.error) == (400, "invalid_request")


def test_a_body_of_just_under_256_kib_is_still_read(journey):
    reply = journey.gateway.post(CONNECT, raw=GOOD.ljust(256 * 1024))

    assert reply.status == 200
