"""Outlook's sendMail: accepted for delivery, with no id and no body.

Sources: microsoft-graph-docs-contrib api-reference/v1.0/api/user-sendmail.md;
microsoftgraph/ruby-connect-rest-sample issue 15 (recipients, as it came).
"""

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.microsoft.addresses import addresses, is_address
from tests.simulator.providers.microsoft.door import (
    Door,
    check_properties,
    flag,
    item_body,
    json_object,
    text,
)
from tests.simulator.providers.microsoft.errors import bad_request
from tests.simulator.providers.microsoft.scopes import SEND
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Answer, Request

RECIPIENTS = ("toRecipients", "ccRecipients", "bccRecipients")
_NAMES = """
attachments bccRecipients body categories ccRecipients flag from importance
internetMessageHeaders isDeliveryReceiptRequested isReadReceiptRequested replyTo sender subject
toRecipients
"""
PROPERTIES = frozenset(_NAMES.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    owner: str
    subject: str
    kind: str
    text: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    kept: bool


class Mailboxes:
    def __init__(self, grants: Grants[Settings]) -> None:
        self._door = Door(grants, "outlook", SEND)
        self.mails: list[Mail] = []

    def send(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        order = json_object(request, "sendMail", {"message", "saveToSentItems"})
        message = order.get("message")
        if not isinstance(message, dict):
            raise bad_request("ErrorInvalidParameter", "The parameter 'message' is missing.")
        check_properties(message, "message", PROPERTIES)
        to, cc, bcc = (addresses(message, name, "recipient") for name in RECIPIENTS)
        _check_recipients((*to, *cc, *bcc))
        kind, content = item_body(message)
        mail = Mail(
            owner=person.oid,
            subject=text(message, "subject"),
            kind=kind,
            text=content,
            to=to,
            cc=cc,
            bcc=bcc,
            kept=flag(order, "saveToSentItems", usual=True),
        )
        self.mails.append(mail)
        return Answer(status=HTTPStatus.ACCEPTED)

    def state(self) -> dict[str, Any]:
        return {"mails": [asdict(mail) for mail in self.mails]}


def _check_recipients(everybody: tuple[str, ...]) -> None:
    problem = "" if everybody else "A message can't be sent because it contains no recipients."
    for address in everybody:
        if not is_address(address):
            problem = (
                f"Recipient '{address}' is not resolved. All recipients must be resolved before a "
                "message can be submitted."
            )
    if problem:
        words = f"At least one recipient is not valid., {problem}"
        raise bad_request("ErrorInvalidRecipients", words)
