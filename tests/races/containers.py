"""Lambda containers: processes that each serve one request at a time, all at once.

They are forked from a server that has no threads and has imported every handler, so a container
costs milliseconds and none inherits a lock that somebody held.
"""

import importlib
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Self

import boto3
import pytest

from tests.conftest import forget
from tests.functional.gateway import Context, Gateway, Reply, handler_of
from tests.races.cloud import VARIABLES, Cloud

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

FUNCTIONS = (
    "connect",
    "callback",
    "disconnect",
    "actions",
    "refresh",
    "access_token",
    "refresh_dispatcher",
    "refresh_worker",
    "jobs_worker",
    "outbox",
    "webhook_worker",
)
ANSWER_SECONDS = 60
_LAZY = (
    "aws_lambda_powertools",
    "hub.assembly",
    "hub.flows",
    "hub.http_client",
)

type Task = Callable[[], Any]


def request(method: str, url: str, **options: Any) -> Reply:
    """What a container does for the gateway."""
    return Gateway().request(method, url, **options)


def work(event: dict[str, Any]) -> Any:
    """What a container does for the jobs queue."""
    return handler_of("jobs_worker")(event, Context())


def hear(event: dict[str, Any]) -> Any:
    """What a container does for the webhooks queue."""
    return handler_of("webhook_worker")(event, Context())


def read_token(integration_id: str) -> Reply:
    """What a container does for a backend service that needs a token."""
    gateway = Gateway()
    function, event = gateway.event(
        "POST",
        f"/internal/organizations/org-a/integrations/{integration_id}/token",
        body={"purpose": "races"},
    )
    event["requestContext"]["authorizer"] = {
        "iam": {"userArn": "arn:aws:sts::123456789012:assumed-role/reports/session"}
    }
    return gateway.send(function, event)


def _serve(pipe: Connection, endpoint: str, parameters: dict[str, str]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.environ |= VARIABLES
    boto3.client = Cloud(endpoint, parameters).client
    forget()
    while tasks := pipe.recv():
        for task in tasks:
            try:
                pipe.send((True, task()))
            except BaseException:  # noqa: BLE001  # told to the test, which fails
                pipe.send((False, traceback.format_exc()))


class Containers:
    def __init__(self, count: int, endpoint: str, parameters: dict[str, str]) -> None:
        self._count = count
        self._arguments = endpoint, parameters
        self._running: list[tuple[ForkServerProcess, Connection]] = []

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        with pytest.MonkeyPatch.context() as patch:
            # Python 3.13.0's server does not take over sys.path (github.com/python/cpython
            # issue 117378) and then forks containers that have imported nothing.
            patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
            forkserver.ensure_running()
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, *self._arguments), daemon=True)
            process.start()
            theirs.close()
            self._running.append((process, ours))
        return self

    def __exit__(self, *_: object) -> None:
        for process, pipe in self._running:
            process.kill()
            process.join()
            pipe.close()

    def together(self, tasks: Sequence[Task]) -> list[Any]:
        """Carry all tasks out at once, a container's own one after the other; give the results
        in the tasks' order.
        """
        pipes = [pipe for _, pipe in self._running]
        shares = [list(tasks[n :: self._count]) for n in range(self._count)]
        for pipe, share in zip(pipes, shares, strict=True):
            if share:
                pipe.send(share)
        answers: list[tuple[bool, Any]] = [(False, None)] * len(tasks)
        for n, (pipe, share) in enumerate(zip(pipes, shares, strict=True)):
            answers[n :: self._count] = [_received(pipe) for _ in share]
        assert all(done for done, _ in answers), [told for done, told in answers if not done]
        return [result for _, result in answers]

    @contextmanager
    def started(self, task: Task) -> Iterator[tuple[int, Callable[[], Any]]]:
        """Start a task; give its process and what waits for its result."""
        process, pipe = self._running[0]
        pipe.send([task])

        def answer() -> Any:
            done, result = _received(pipe)
            assert done, result
            return result

        assert process.pid is not None
        yield process.pid, answer

    def everywhere(self, task: Task) -> None:
        self.together([task] * self._count)


def _received(pipe: Connection) -> tuple[bool, Any]:
    assert pipe.poll(ANSWER_SECONDS), "a container does not answer"
    done, result = pipe.recv()
    return done, result


for _module in _LAZY:
    importlib.import_module(_module)
for _function in FUNCTIONS:
    handler_of(_function)
boto3.client("dynamodb", endpoint_url="http://localhost")  # reads the service's model, once
