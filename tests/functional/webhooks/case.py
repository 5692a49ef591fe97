"""One provider with a connected integration, and what an attacker may do to its webhooks."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3

from hub.keyrings import Ring
from hub.schemes import Incoming
from tests.functional.conftest import Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey
from tests.functional.stored import Tables, dump
from tests.functional.webhooks import attacks
from tests.functional.webhooks.heard import received
from tests.functional.webhooks.proofs import PROOFS, Proof, without_header
from tests.providers.sample import Sample, sample
from tests.providers.told import Told, told
from tests.simulator.webhooks import Delivered, Sent

BOB = User(organization="org-b", id="bob")
REFUSED = range(400, 500)


@dataclass(kw_only=True)
class Case:
    provider: str
    journey: Journey
    clock: Clock
    integration: str = ""

    @property
    def sample(self) -> Sample:
        return sample(self.provider)

    @property
    def told(self) -> Told:
        return told(self.provider)

    @property
    def proof(self) -> Proof:
        return PROOFS[self.provider]

    def connect(self, account: str | None = None, user: User | None = None) -> str:
        connected = self.journey.connect(
            account or self.sample.account,
            provider=self.provider,
            user=user,
            scopes=self.told.scopes,
        )
        self.work()
        return connected

    def work(self) -> None:
        assert self.journey.run_jobs() == []

    def pass_time(self, seconds: float) -> None:
        """Let time pass, here and at the provider."""
        self.clock.advance(seconds)
        self.journey.simulator.advance(seconds)

    # What the provider sends

    def genuine(self, event: str | None = None, account: str | None = None) -> Sent:
        """Give a delivery as the provider makes it now."""
        details: Any = {} if event else self.told.details
        sent, *_ = self.journey.simulator.notifications(
            self.provider,
            event or self.told.event,
            account or self.sample.account,
            **details,
        )
        return sent

    def secret(self, sent: Sent) -> bytes:
        """Give what the provider signs this delivery with."""
        ring = Ring(self.provider)
        match self.told.signed_by:
            case "webhook":
                return ring.webhook_secrets()[0]
            case "client":
                return ring.client_secrets()[0]
            case "chosen":
                return ring.chosen(webhook_id(sent))[0]
        return ring.stored(webhook_id(sent))[0]

    def unproven(self, sent: Sent) -> Sent:
        """Give a request without its proof: no header, or another word in the body."""
        if self.proof.header is not None:
            return without_header(sent, self.proof.header)
        word = self.secret(sent)
        assert word in sent.body
        return replace(sent, body=sent.body.replace(word, b"x" * len(word)))

    def sign(self, sent: Sent, secret: bytes | None = None, at: float | None = None) -> Sent:
        """Sign a request as the provider would sign it."""
        return self.proof.signed(
            sent,
            self.secret(sent) if secret is None else secret,
            self.clock.now if at is None else at,
        )

    def with_body(self, sent: Sent, body: bytes) -> Sent:
        """Give another body, correctly signed."""
        return self.sign(replace(sent, body=body))

    def incoming(self, sent: Sent) -> Incoming:
        """Give a request as the webhook function reads it."""
        return Incoming(
            headers={name.lower(): value for name, value in sent.headers.items()},
            query={n: v[0] for n, v in parse_qs(urlsplit(sent.url).query).items()},
            body=sent.body,
            url=sent.url,
            webhook_id=webhook_id(sent),
            at=self.clock.now,
        )

    # What becomes of it

    def deliver(self, sent: Sent) -> Delivered:
        return self.journey.gateway.deliver(sent)

    def hear(self) -> None:
        while queued():
            assert self.journey.hear() == []

    def events_of(self, integration: str) -> list[dict[str, Any]]:
        return [event for event in received() if event["integrationId"] == integration]

    def events(self) -> list[dict[str, Any]]:
        """Give what this integration has heard."""
        return self.events_after(self.integration)

    def events_after(self, integration: str) -> list[dict[str, Any]]:
        """Give what an integration has heard, with whatever waits applied."""
        self.hear()
        return self.events_of(integration)

    def everything(self) -> Tables:
        """Give all that is stored, with whatever waits applied."""
        self.hear()
        return dump()

    def refused(self, attack: str, sent: Sent, *, status: int | None = None) -> Delivered:
        """Try an attack: it must be refused, and leave nothing behind."""
        before = self.everything()
        answer = self.deliver(sent)
        attacks.note(attack, self.provider, answer.status)
        assert answer.status in (REFUSED if status is None else [status]), attack
        assert queued() == 0, attack
        assert self.everything() == before, attack
        return answer


def webhook_id(sent: Sent) -> str | None:
    found = parse_qs(urlsplit(sent.url).query).get("webhook_id")
    return found[0] if found else None


def queued() -> int:
    """Count what webhook functions have put into their queue and nobody has heard yet."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="webhooks")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])
