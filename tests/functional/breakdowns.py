"""AWS failing on order, and AWS being counted: hooks of the very clients the functions use.

with failing("dynamodb", "TransactWriteItems"):
    ...
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError

from hub import runtime

SERVICES = ("dynamodb", "kms", "ssm", "sqs")


@contextmanager
def failing(
    service: str,
    operation: str,
    error: str | Exception = "ThrottlingException",
    *,
    skip: int = 0,
    times: int = 1000,
    table: str = "",
) -> Iterator[list[str]]:
    """Let calls of an operation fail before they take effect: not the first `skip`, then `times`;
    with `table`, only those that name it. Gives the list of what failed.
    """
    failed: list[str] = []
    left = {"skip": skip, "times": times}

    def fail(params: Any, **_: Any) -> None:
        if table and f'"{table}"' not in str(params["body"]):
            return
        if left["skip"]:
            left["skip"] -= 1
        elif left["times"]:
            left["times"] -= 1
            failed.append(operation)
            raise refusal(error, operation) if isinstance(error, str) else error

    with _hooked(service, f"before-call.{service}.{operation}", fail):
        yield failed


@contextmanager
def losing_the_answer(service: str, operation: str, *, times: int = 1) -> Iterator[list[str]]:
    """Let calls take effect, and then not answer."""
    lost: list[str] = []

    def lose(**_: Any) -> None:
        if len(lost) < times:
            lost.append(operation)
            raise ReadTimeoutError(endpoint_url="https://aws.example")

    with _hooked(service, f"after-call.{service}.{operation}", lose):
        yield lost


@contextmanager
def recording(service: str) -> Iterator[list[tuple[str, Any]]]:
    """Give the requests to a service: each operation with its parameters."""
    made: list[tuple[str, Any]] = []

    def note(params: Any, model: Any, **_: Any) -> None:
        made.append((model.name, params))

    with _hooked(service, f"provide-client-params.{service}", note):
        yield made


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count the requests by service and operation."""
    made: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        made[f"{model.service_model.service_name}.{model.name}"] += 1

    hooks = [_hooked(service, f"before-call.{service}", count) for service in SERVICES]
    for hook in hooks:
        hook.__enter__()
    try:
        yield made
    finally:
        for hook in hooks:
            hook.__exit__(None, None, None)


@contextmanager
def recording_pauses() -> Iterator[list[int]]:
    """Give the pauses that are asked for at the queue, and keep its messages at hand."""
    pauses: list[int] = []

    def note(params: Any, **_: Any) -> None:
        pauses.append(params["VisibilityTimeout"])

    def answer(**_: Any) -> Any:
        return AWSResponse("https://aws.example", 200, {}, None), {"ResponseMetadata": {}}

    event = "sqs.ChangeMessageVisibility"
    with (
        _hooked("sqs", f"provide-client-params.{event}", note),
        _hooked("sqs", f"before-call.{event}", answer),
    ):
        yield pauses


def refusal(code: str, operation: str) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "on order"}}
    return ClientError(answer, operation)  # type: ignore[arg-type]


@contextmanager
def _hooked(service: str, event: str, hook: Callable[..., Any]) -> Iterator[None]:
    events = runtime.aws(service).meta.events
    events.register(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)
