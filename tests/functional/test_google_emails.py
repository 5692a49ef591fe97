"""An e-mail sent through Google arrives as it was written, to those it was written to."""

import pytest

from tests.functional.google import ADA, CANARY, GRACE, MAIL, acting, api_calls, made

ALAN = "alan@example.net"


@pytest.fixture
def act(journey):
    return acting(journey)


def test_a_mail_goes_out_in_the_name_of_the_account(act, simulator):
    reply = act("send_email", MAIL)

    assert reply.status == 200, reply.text
    (mail,) = made(simulator, "mails")
    assert reply.json["data"] == {"id": mail["id"], "threadId": mail["thread"]}
    assert (mail["sender"], mail["to"], mail["cc"], mail["bcc"]) == (GRACE, (ADA,), (), ())
    assert (mail["subject"], mail["body"]) == ("Hello", "Welcome aboard!")
    assert mail["content_type"] == "text/plain"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Grüße aus Köln 👋🏽", "Zeile 1\nZeile 2 — „Anführung“\n\n.\nFrom here\n"),
        ("שלום עולם", "مرحبا بالعالم"),
        ("件名" * 200, "本文" * 5000),
        ("=?utf-8?q?Bcc:_eve@evil.example?=", "=3D =?utf-8?b?eA==?="),
        ("  spaces  kept  ", "\ttabs\tkept"),
        ("x" * 998, "x" * 100_000),
    ],
    ids=["German", "right to left", "long", "encoded by the sender", "white space", "unbroken"],
)
def test_subject_and_body_arrive_to_the_character(act, simulator, subject, body):
    assert act("send_email", {**MAIL, "subject": subject, "body": body}).status == 200

    (mail,) = made(simulator, "mails")
    assert (mail["subject"], mail["body"]) == (subject, body)


def test_copies_go_to_those_named_and_html_is_said_to_be_html(act, simulator):
    page = "<p>Grüße &amp; <b>mehr</b></p>"
    reply = act(
        "send_email", {**MAIL, "cc": [ALAN], "bcc": [GRACE, ALAN], "html": True, "body": page}
    )

    assert reply.status == 200, reply.text
    (mail,) = made(simulator, "mails")
    assert (mail["to"], mail["cc"], mail["bcc"]) == ((ADA,), (ALAN,), (GRACE, ALAN))
    assert (mail["content_type"], mail["body"]) == ("text/html", page)


def test_an_address_with_a_domain_in_its_own_script_is_written_to(act, simulator):
    assert act("send_email", {**MAIL, "to": "ada@bücher.example"}).status == 200

    assert made(simulator, "mails")[0]["to"] == ("ada@xn--bcher-kva.example",)


SMUGGLED = [
    {"subject": "Hello\r\nBcc: eve@evil.example"},
    {"subject": "Hello\nBcc: eve@evil.example"},
    {"subject": "Hello\u2028Bcc: eve@evil.example"},
    {"subject": "Hello\n"},
    {"to": "ada@example.org\r\nBcc: eve@evil.example"},
    {"to": "ada@example.org, eve@evil.example"},
    {"to": "Ada <ada@example.org>"},
    {"to": "ada@example.org "},
    {"to": "jürgen@example.org"},
    {"cc": [ALAN, "eve@evil.example\nSubject: x"]},
    {"bcc": [f"{CANARY} at example.org"]},
]


def test_what_would_add_a_header_or_a_recipient_is_sent_to_nobody(act, simulator):
    for changes in SMUGGLED:
        reply = act("send_email", {**MAIL, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert "evil" not in reply.text
        assert CANARY not in reply.text
        assert api_calls(simulator) == []


UNFIT = [
    ({"to": [ADA]}, "invalid_request"),
    ({"to": ""}, "invalid_request"),
    ({"to": f"{'x' * 320}@example.org"}, "invalid_request"),
    ({"subject": ""}, "invalid_request"),
    ({"subject": "x" * 999}, "invalid_request"),
    ({"subject": None}, "invalid_request"),
    ({"body": ""}, "invalid_request"),
    ({"body": "x" * 200_001}, "invalid_request"),
    ({"cc": ADA}, "invalid_request"),
    ({"bcc": [ADA] * 101}, "invalid_request"),
    ({"html": 1}, "invalid_request"),
    ({"from": GRACE}, "unknown_field"),
    ({"replyTo": GRACE}, "unknown_field"),
]


def test_an_input_that_does_not_fit_calls_nobody(act, simulator):
    for changes, code in UNFIT:
        reply = act("send_email", {**MAIL, **changes})

        assert (reply.status, reply.error) == (400, code), changes
        assert next(iter(changes)) in reply.json["error"]["message"] or code == "unknown_field"
        assert api_calls(simulator) == []
