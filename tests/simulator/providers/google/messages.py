"""Gmail's `messages.send`: an RFC 2822 message, read by Python's own parser.

Stricter than Gmail where a client that is wrong might get away with it: header lines end in CRLF
and are ASCII, and what may stand once stands once, so that an injected header is told.

Sources: developers.google.com/workspace/gmail/api/guides/sending,
/gmail/api/reference/rest/v1/users.messages/send; Byron/google-apis-rs issue 351,
FlowCrypt/flowcrypt-browser issue 1370, langchain-ai/agents-from-scratch pull request 47.
"""

import base64
import binascii
import contextlib
import re
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.google.addresses import is_address
from tests.simulator.providers.google.door import Door, json_object
from tests.simulator.providers.google.errors import ApiError, named
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE, Person
from tests.simulator.providers.google.scopes import GMAIL_COMPOSE, GMAIL_MODIFY, GMAIL_SEND, MAIL
from tests.simulator.wire import Answer, Request

BASE64_URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
LONGEST_LINE = 998
RECIPIENTS = ("To", "Cc", "Bcc")
ONCE = ("From", "Sender", "Reply-To", *RECIPIENTS, "Subject", "Date", "Message-ID", "MIME-Version")
# What Python's parser lets slip on some nonsense, instead of noting a defect.
PARSER_FAILURES = (ValueError, LookupError, AttributeError, TypeError)
FIRST_ID = 0x1900000000000000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """As a mail program would show it."""

    sub: str
    id: str
    thread: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    body: str
    content_type: str


class Mailboxes:
    def __init__(self, grants: Grants) -> None:
        scopes = frozenset({MAIL, GMAIL_COMPOSE, GMAIL_MODIFY, GMAIL_SEND})
        method = "caribou.api.proto.MailboxService.SendMessage"
        self._door = Door(grants, "gmail.googleapis.com", method, scopes)
        self.mails: list[Mail] = []

    def send(self, request: Request, call: Call) -> Answer:
        person = PEOPLE[self._door.enter(request, call).sub]
        if request.named["user"].lower() not in {"me", person.email}:
            message = f"Delegation denied for {person.email}"
            raise named(HTTPStatus.FORBIDDEN, "forbidden", message)
        body = json_object(request)
        raw = _decoded(body.get("raw"))
        number = f"{FIRST_ID + len(self.mails):x}"
        thread = self._thread(person, body.get("threadId"), number)
        try:
            mail = _mail(person, number, thread, _parsed(raw))
        except PARSER_FAILURES as bad:
            raise _invalid("Invalid header") from bad
        self.mails.append(mail)
        return Answer.json({"id": mail.id, "threadId": mail.thread, "labelIds": ["SENT"]})

    def _thread(self, person: Person, given: Any, new: str) -> str:
        if given is None:
            return new
        if not isinstance(given, str) or given not in {
            mail.thread for mail in self.mails if mail.sub == person.sub
        }:
            raise named(HTTPStatus.NOT_FOUND, "notFound", "Requested entity was not found.")
        return given

    def state(self) -> dict[str, Any]:
        return {"mails": [asdict(mail) for mail in self.mails]}


def _invalid(message: str, reason: str = "invalidArgument") -> ApiError:
    return named(HTTPStatus.BAD_REQUEST, reason, message)


def _decoded(raw: Any) -> bytes:
    if not raw:
        raise _invalid("'raw' RFC822 payload message string or uploading message via /upload/*")
    if isinstance(raw, str) and BASE64_URL.fullmatch(raw):
        with contextlib.suppress(binascii.Error):
            bare = raw.rstrip("=")
            return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    message = f"Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed for {raw!r}"
    raise _invalid(message, "badRequest")


def _parsed(message: bytes) -> EmailMessage:
    end = END_OF_HEADERS.search(message)
    headers = message[: end.end()] if end else message
    if BARE.search(headers) or not headers.isascii():
        raise _invalid("Invalid header")
    if max(map(len, message.splitlines()), default=0) > LONGEST_LINE:
        raise _invalid("Line too long")
    parsed = BytesParser(EmailMessage, policy=SMTP).parsebytes(message)
    if not any(name in parsed for name in RECIPIENTS):
        raise _invalid("Recipient address required")
    if parsed.defects:
        raise _invalid("Invalid header")
    for name in ONCE:
        if len(parsed.get_all(name, [])) > 1:
            raise _invalid(f"Invalid {name} header")
    return parsed


def _mail(person: Person, number: str, thread: str, parsed: EmailMessage) -> Mail:
    to, cc, bcc = (_addresses(parsed, name) for name in RECIPIENTS)
    _addresses(parsed, "From")
    part = parsed.get_body(("plain", "html"))
    try:
        body = part.get_content() if part else ""
    except LookupError as bad:
        raise _invalid("Invalid Content-Type header") from bad
    return Mail(
        sub=person.sub,
        id=number,
        thread=thread,
        sender=person.email,  # Gmail writes the account's own address over any other
        to=to,
        cc=cc,
        bcc=bcc,
        subject=str(parsed.get("Subject", "")),
        body=body.replace("\r\n", "\n"),
        content_type=part.get_content_type() if part else parsed.get_content_type(),
    )


def _addresses(parsed: EmailMessage, name: str) -> tuple[str, ...]:
    header = parsed[name]
    if header is None:
        return ()
    found = tuple(address.addr_spec for address in header.addresses)
    if header.defects or not found or not all(map(is_address, found)):
        raise _invalid(f"Invalid {name} header")
    return found
