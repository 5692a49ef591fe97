"""Gmail's `messages.send`: a message is read as a mail program would, or refused."""

import base64
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.unit.simulator.google.app import ADA, ALAN, MAIL

SEND = "/gmail/v1/users/me/messages/send"
PLAIN = b"To: bob@example.com\r\nSubject: Hello\r\n\r\nSee you.\r\n"


def composed(**headers: object) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    for name, value in ({"To": "bob@example.com", "Subject": "Hello"} | headers).items():
        message[name] = value
    message.set_content("Bis später!\n")
    return message


def reason_of(answer) -> str:
    assert answer.status_code == answer.json()["error"]["code"] == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    return answer.json()["error"]["message"]


def test_a_message_is_stored_in_parts(google, token):
    message = composed(
        To=[Address("Bob, the Builder", "bob", "example.com"), Address("", "eve", "example.com")],
        Cc=Address("Zoë", "zoe", "example.com"),
        Bcc="alan@example.net",
        Subject="Grüße aus Łódź — " + "sehr lang" * 20,
    )
    answer = google.send(token, message.as_bytes())
    (mail,) = google.made("mails")

    assert answer.json() == {"id": mail["id"], "threadId": mail["id"], "labelIds": ["SENT"]}
    assert mail == {
        "sub": "108150000000000000001",
        "id": mail["id"],
        "thread": mail["id"],
        "sender": ADA,
        "to": ("bob@example.com", "eve@example.com"),
        "cc": ("zoe@example.com",),
        "bcc": ("alan@example.net",),
        "subject": "Grüße aus Łódź — " + "sehr lang" * 20,
        "body": "Bis später!\n",
        "content_type": "text/plain",
    }


def test_every_message_has_an_id_of_its_own(google, token):
    ids = [google.send(token, PLAIN).json()["id"] for _ in range(3)]

    assert len(set(ids)) == 3
    assert all(int(one, 16) for one in ids)


def test_the_readable_part_is_the_body(google, token):
    message = composed()
    message.add_alternative("<p>Bis <b>später</b>!</p>", subtype="html")
    message.add_attachment(b"\x00", maintype="application", subtype="octet-stream")
    google.send(token, message.as_bytes())
    google.send(token, PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Type: text/html\r\n\r\n"))
    first, second = google.made("mails")

    assert (first["body"], first["content_type"]) == ("Bis später!\n", "text/plain")
    assert (second["body"], second["content_type"]) == ("See you.\n", "text/html")


def test_a_message_without_text_has_no_body(google, token):
    google.send(token, b"To: bob@example.com\r\nContent-Type: image/png\r\n\r\nx")

    assert google.made("mails")[0]["body"] == ""


def test_the_sender_is_the_account_whatever_the_message_says(google, token):
    google.send(token, b"From: Boss <boss@example.com>\r\n" + PLAIN)

    assert google.made("mails")[0]["sender"] == ADA


@pytest.mark.parametrize("padding", ["", "="])
def test_padding_may_be_left_out(google, token, padding):
    raw = base64.urlsafe_b64encode(PLAIN + b"\xff").decode().rstrip("=") + padding

    assert google.post(SEND, token, {"raw": raw}).status_code == 200


@pytest.mark.parametrize("raw", ["a+b/", "a b=", "a", "abc$", "aGk=\n", "=", "YWJj====", 7, ["x"]])
def test_what_is_not_base64_for_urls_is_refused(google, token, raw):
    message = reason_of(google.post(SEND, token, {"raw": raw}))

    assert "Base64 decoding failed" in message or "Recipient" in message
    assert google.made("mails") == []


@pytest.mark.parametrize("body", [{}, {"raw": ""}, {"raw": None}, {"message": {"raw": "x"}}])
def test_a_message_must_be_there(google, token, body):
    assert "message string" in reason_of(google.post(SEND, token, body))


@pytest.mark.parametrize("name", [b"To", b"Cc", b"Bcc"])
def test_one_recipient_of_any_kind_is_enough(google, token, name):
    assert google.send(token, name + b": bob@example.com\r\n\r\nHi").status_code == 200


@pytest.mark.parametrize("message", [b"Subject: Hello\r\n\r\nHi", b"Hi", b"\r\nTo: a@b.example"])
def test_without_a_recipient_nothing_is_sent(google, token, message):
    assert reason_of(google.send(token, message)) == "Recipient address required"
    assert google.made("mails") == []


@pytest.mark.parametrize(
    ("headers", "complaint"),
    [
        (b"To: bob", "Invalid To header"),
        (b"To: bob@", "Invalid To header"),
        (b"To: bob@example.com, eve", "Invalid To header"),
        (b"To: undisclosed-recipients:;", "Invalid To header"),
        (b"To: bob@example.com bob@example.com", "Invalid To header"),
        (b"To: bob@example.com\r\nCc: nobody", "Invalid Cc header"),
        (b"To: bob@example.com\r\nFrom: me", "Invalid From header"),
        (b"To: bob@example.com\r\nTo: eve@example.com", "Invalid To header"),
        (b"To: bob@example.com\r\nSubject: 1\r\nsubject: 2", "Invalid Subject header"),
        (b"To: bob@example.com\r\nBcc: a@b.example\r\nBcc: c@d.example", "Invalid Bcc header"),
        (b"To: bob@example.com\r\nSubject: Hello\nBcc: eve@example.com", "Invalid header"),
        (b"To: bob@example.com\r\nSubject: Hello\rBcc: eve@example.com", "Invalid header"),
        (b"To: bob@example.com\nSubject: Hello", "Invalid header"),
        (b"To: bob@example.com\r\nnonsense", "Invalid header"),
        (b"To: =??Q?=0D", "Invalid header"),
        (b"To: :;0", "Invalid header"),
        (b"To: bob@example.com\r\nSubject: Gr\xc3\xbc\xc3\x9fe", "Invalid header"),
        (b"To: bob@example.com\r\nSubject: " + b"x" * 990, "Line too long"),
        (b"To: bob@example.com\r\nContent-Type: text/plain; charset=klingon", "Invalid Content"),
    ],
)
def test_headers_that_are_wrong_or_injected_are_refused(google, token, headers, complaint):
    answer = google.send(token, headers + b"\r\n\r\nHi")

    assert reason_of(answer).startswith(complaint)
    assert google.made("mails") == []


def test_a_blank_line_that_is_bare_ends_no_headers(google, token):
    assert reason_of(google.send(token, b"To: bob@example.com\r\n\nHi")) == "Invalid header"


@pytest.mark.parametrize(("user", "status"), [("me", 200), (ADA, 200), (ALAN, 403)])
def test_nobody_sends_from_anothers_mailbox(google, token, user, status):
    raw = base64.urlsafe_b64encode(PLAIN).decode()
    answer = google.post(f"/gmail/v1/users/{user}/messages/send", token, {"raw": raw})

    assert answer.status_code == status


def test_an_answer_goes_into_the_thread_it_answers(google, token):
    first = google.send(token, PLAIN).json()
    second = google.send(token, PLAIN, threadId=first["threadId"]).json()
    raw = base64.urlsafe_b64encode(PLAIN).decode()
    others = google.connect(ALAN, scope=MAIL)["access_token"]
    refused = [
        google.post(SEND, token, {"raw": raw, "threadId": "nowhere"}),
        google.post(SEND, token, {"raw": raw, "threadId": ["nowhere"]}),
        google.post(SEND, others, {"raw": raw, "threadId": first["threadId"]}),
    ]

    assert second["threadId"] == first["threadId"] != second["id"]
    assert [answer.status_code for answer in refused] == [404] * 3
