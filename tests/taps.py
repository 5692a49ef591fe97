"""Everything that leaves a handler passes a tap: each call of an AWS client, each call of a
provider. A test sees the calls as numbered steps, with their arguments, and decides what becomes
of one: killed before or after it, its answer lost, or other work done in between.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from hub.errors import ProviderUnavailable
from hub.http_client import HttpClient

PROVIDER = "provider"
_WRITES = {
    "dynamodb": {"put_item", "update_item", "delete_item", "transact_write_items"},
    "sqs": {"send_message", "send_message_batch"},
    "events": {"put_events"},
    "sns": {"publish"},
}

type Call = partial[Any]


class Killed(BaseException):
    """The process is gone. No `except Exception` may notice."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call to the outside: to whom, and what."""

    service: str
    operation: str

    @property
    def takes_effect(self) -> bool:
        """Tell whether it may change anything outside this process."""
        return self.service == PROVIDER or self.operation in _WRITES.get(self.service, ())

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


type Plan = Callable[[int, Step, Call], Any]


def carry_out(_number: int, _step: Step, call: Call) -> Any:
    return call()


class Taps:
    """`steps` are those since the plan was laid."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._plan: Plan = carry_out

    @contextmanager
    def plan(self, plan: Plan = carry_out) -> Iterator[list[Step]]:
        """Let a plan decide on every step; nested ones count for themselves."""
        outer = self._plan, self.steps
        self._plan, self.steps = plan, []
        try:
            yield self.steps
        finally:
            self._plan, self.steps = outer

    def pass_(self, step: Step, call: Call) -> Any:
        number = len(self.steps)
        self.steps.append(step)
        return self._plan(number, step, call)

    def install(self, monkeypatch: pytest.MonkeyPatch, make_client: Callable[..., Any]) -> None:
        """Put a tap on every client made from now on and on everything sent to providers."""
        send = HttpClient.send

        def tapped_send(client: HttpClient, request: Any, **options: Any) -> Any:
            step = Step(PROVIDER, urlsplit(request.url).path.rpartition("/")[2])
            return self.pass_(step, partial(send, client, request, **options))

        def tapped_client(service: str, **options: Any) -> "_Tapped":
            return _Tapped(self, service, make_client(service, **options))

        monkeypatch.setattr(HttpClient, "send", tapped_send)
        monkeypatch.setattr(boto3, "client", tapped_client)


class _Tapped:
    def __init__(self, taps: Taps, service: str, client: Any) -> None:
        self._taps, self._service, self._client = taps, service, client

    def __getattr__(self, operation: str) -> Any:
        called = getattr(self._client, operation)
        if not callable(called):
            return called
        step = Step(self._service, operation)
        return lambda **arguments: self._taps.pass_(step, partial(called, **arguments))


def kill_before(at: int) -> Plan:
    """Die before the step; whatever is left to run, such as a `finally`, reaches nothing."""

    def plan(number: int, _step: Step, call: Call) -> Any:
        if number >= at:
            raise Killed
        return call()

    return plan


def kill_after(at: int) -> Plan:
    """Die when the step has taken effect and nobody has seen its answer."""

    def plan(number: int, _step: Step, call: Call) -> Any:
        if number > at:
            raise Killed
        answer = call()
        if number == at:
            raise Killed
        return answer

    return plan


def lose_answer(at: int) -> Plan:
    """Let the step take effect and its answer never arrive, SDK's retries included."""

    def plan(number: int, step: Step, call: Call) -> Any:
        answer = call()
        if number == at:
            raise lost_answer(step)
        return answer

    return plan


def interrupt(at: int, act: Callable[[], object], taps: Taps) -> Plan:
    """Let something else happen as a whole just before the step."""

    def plan(number: int, _step: Step, call: Call) -> Any:
        if number == at:
            with taps.plan():
                act()
        return call()

    return plan


def lost_answer(step: Step) -> Exception:
    if step.service == PROVIDER:
        return ProviderUnavailable()
    return ConnectionClosedError(endpoint_url=f"https://{step.service}.example")


def refused(step: Step, code: str) -> ClientError:
    """What AWS answers when it has done nothing."""
    answer: Any = {"Error": {"Code": code, "Message": "by order of a test"}}
    if code == "TransactionCanceledException":
        answer["CancellationReasons"] = [{"Code": "TransactionConflict"}]
    return ClientError(answer, step.operation)
