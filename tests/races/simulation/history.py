"""What happened, in order: leases, calls of the provider and what came of them, what was stored,
what people were told. Noted where it took effect, whether or not anybody learned of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub.models import Tokens
from hub.store.database import decode

_sealed: dict[bytes, Tokens] = {}
"""What was sealed in this history, so that what is stored can be told."""


def forget_sealed() -> None:
    _sealed.clear()


def remember_sealed(value: bytes, plaintext: bytes) -> None:
    _sealed[value] = Tokens.from_json(plaintext)


@dataclass(frozen=True)
class Event:
    at: float
    kind: str
    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self) -> str:
        told = {name: str(value)[-12:] for name, value in self.fields.items()}
        return f"{self.at - 1_800_000_000:9.3f} {self.kind:9} {told}"


class History:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._transactions: set[str] = set()
        self.events: list[Event] = []

    def note(self, kind: str, **fields: Any) -> None:
        self.events.append(Event(self._clock(), kind, fields))

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event.kind in kinds]

    def took_effect(self, token: str, told: dict[str, Any]) -> None:
        """Note what a provider made of a refresh token."""
        issued = told.get("refresh_token") or told.get("access_token")
        self.note("effect", token=token, outcome=told.get("error", "ok"), issued=issued)

    def told(self, event: dict[str, Any]) -> None:
        """Note an event on its way to people."""
        self.note(
            "told", what=event["type"], integration=event["integrationId"], cause=event.get("cause")
        )

    def written(self, here: Any, operation: str, asked: dict[str, Any], answer: Any) -> None:
        """Note what a call has really changed."""
        if operation == "update_item" and ":attempt" in asked["ExpressionAttributeValues"]:
            item = decode(answer["Attributes"])
            here.lease = {
                "integration": item["credentialsId"],
                "generation": item["generation"],
                "fence": item["fence"],
                "until": item["leaseUntil"] / 1000,
            }
            self.note("leased", who=here.number, **here.lease)
        elif operation == "transact_write_items":
            if asked["ClientRequestToken"] in self._transactions:
                return  # repeated, and of no effect
            self._transactions.add(asked["ClientRequestToken"])
            for write in asked["TransactItems"]:
                ((kind, content),) = write.items()
                self._part(here, kind, content)
        elif operation == "put_item" and asked["TableName"] == "outbox":
            here.stage.carry_outbox(decode(asked["Item"]))

    def _part(self, here: Any, kind: str, content: dict[str, Any]) -> None:
        table = content["TableName"]
        if table == "outbox":
            here.stage.carry_outbox(decode(content["Item"]))
        if table == "credentials" and kind == "Put" and "sealed" in content["Item"]:
            item = decode(content["Item"])
            if not item["credentialsId"].startswith("revocation#"):
                self._stored(item["credentialsId"], item["generation"], item["sealed"])
        if table == "credentials" and kind == "Update":
            values = decode(content.get("ExpressionAttributeValues", {}))
            if ":sealed" in values and ":generation" in values:
                integration = content["Key"]["credentialsId"]["S"]
                self._stored(integration, values[":generation"], values[":sealed"])
        if table == "credentials" and kind == "Delete":
            self.note("destroyed", integration=content["Key"]["credentialsId"]["S"])

    def _stored(self, integration: str, generation: int, sealed: bytes) -> None:
        main = _sealed[sealed].main
        self.note(
            "stored",
            integration=integration,
            generation=generation,
            refresh=main.refresh.reveal() if main.refresh else None,
            access=main.access.reveal(),
        )
