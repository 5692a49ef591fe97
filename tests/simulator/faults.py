"""How a provider can misbehave, on order: the next calls of an operation go wrong in one way.

Some faults take the place of the answer and nothing happens at the provider. The others let the
call take effect and spoil what comes back, which is the harder case for a client.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from tests.simulator.wire import Answer

ANY_OPERATION = "*"
LAST_STATUS = 599
MORE_THAN_A_MEGABYTE = 1024 * 1024 + 1
MAINTENANCE = b"<!doctype html><title>Maintenance</title><h1>We will be right back</h1>"


class UnknownFault(ValueError):
    """Not a kind of fault, or a value that this kind cannot have."""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _status(value: Any) -> bool:
    return _whole(value) and HTTPStatus.OK <= value <= LAST_STATUS


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _location(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"url", "status"} and _text(value["url"]) and _status(value["status"])
    return _text(value)


def _size(value: Any) -> bool:
    return value is None or _whole(value)


def _nothing(value: Any) -> bool:
    return value is None


# Kind -> what its value may be.
KINDS: dict[str, Callable[[Any], bool]] = {
    "status": _status,  # that HTTP status, empty JSON object
    "html": _nothing,  # 200 and a maintenance page
    "empty": _nothing,  # 200 and no body
    "body": lambda value: isinstance(value, str),  # 200, called JSON, this text
    "redirect": _location,  # 302 to this URL, or {"url", "status"}
    "reset": _nothing,  # the connection is reset, nothing answered
    "rate_limited": _whole,  # the provider's own answer, with this Retry-After
    "ok_false": _text,  # the provider's own refusal with this error code
    "slow": _number,  # takes effect at once, answers after so many seconds
    "drip": _number,  # takes effect, one byte of body per so many seconds
    "truncated": _nothing,  # takes effect, half the promised body
    "huge": _size,  # takes effect, the true answer and white space up to so many bytes (1 MB)
    "lost_answer": _nothing,  # takes effect, connection closed without a byte
    "short_lived": _whole,  # takes effect, and says that the tokens end in so many seconds
}
TAKES_EFFECT = frozenset({"slow", "drip", "truncated", "huge", "lost_answer", "short_lived"})


@dataclass(slots=True, kw_only=True)
class Fault:
    provider: str
    operation: str
    kind: str
    times: int = 1
    value: Any = None

    @classmethod
    def checked(cls, *, times: Any = 1, **order: Any) -> Self:
        fault = cls(times=times, **order)
        if fault.kind not in KINDS:
            raise UnknownFault(f"no fault is called {fault.kind!r}; there are {', '.join(KINDS)}")
        if not KINDS[fault.kind](fault.value):
            raise UnknownFault(f"{fault.kind} cannot have the value {fault.value!r}")
        if not _whole(times) or times == 0:
            raise UnknownFault("times is a whole number, 1 or more")
        return fault

    @property
    def takes_effect(self) -> bool:
        return self.kind in TAKES_EFFECT

    def replacement(self) -> Answer:
        """The answer of a fault that needs no word of the provider's own."""
        match self.kind:
            case "status":
                return Answer.json({}, status=self.value, outcome="fault")
            case "html":
                page = (("Content-Type", "text/html; charset=utf-8"),)
                return Answer(body=MAINTENANCE, headers=page, outcome="fault")
            case "body":
                kind = (("Content-Type", "application/json; charset=utf-8"),)
                return Answer(body=self.value.encode(), headers=kind, outcome="fault")
            case "redirect":
                order = self.value if isinstance(self.value, dict) else {"url": self.value}
                status = order.get("status", HTTPStatus.FOUND)
                return Answer.redirect(order["url"], status=status, outcome="fault")
        return Answer(outcome="fault")

    def inflated(self, answer: Answer) -> bytes:
        """Still true JSON: who reads it all never notices."""
        return answer.body.ljust(self.value or MORE_THAN_A_MEGABYTE)

    def shortened(self, answer: Answer) -> bytes:
        return json.dumps(_ending(json.loads(answer.body), self.value)).encode()


def _ending(told: Any, seconds: int) -> Any:
    if not isinstance(told, dict):
        return told
    return {
        name: seconds if name == "expires_in" else _ending(value, seconds)
        for name, value in told.items()
    }


class Faults:
    """The ordered faults; the oldest that fits a call is used up first."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._pending.append(fault)

    def take(self, provider: str, operation: str) -> Fault | None:
        for fault in self._pending:
            if fault.provider == provider and fault.operation in {operation, ANY_OPERATION}:
                fault.times -= 1
                if fault.times == 0:
                    self._pending.remove(fault)
                return fault
        return None

    def pending(self) -> list[Fault]:
        return list(self._pending)
