"""Runs within a function's own Python, as Lambda's runtime client would: `answer` its events, a
JSON line each, telling what each took, or `time` one against the AWS call that it makes.
"""

import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

import app

ROUNDS = 7
CALLS = 800


class Context:
    function_name = "bench"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


def answer() -> None:
    answers = _apart()
    counts = _count_requests()
    if at_once := os.environ.get("RECORDS_AT_ONCE"):
        from hub import sync_writing

        sync_writing.__dict__["AT_ONCE"] = int(at_once)
    for line in sys.stdin:
        counts.clear()
        answered = app.handler(json.loads(line), Context())
        answers.write(json.dumps([answered, counts, _peak()]) + "\n")
        answers.flush()


def _apart() -> TextIO:
    """Give where answers go. What a handler prints are its logs: they go nowhere, or into the file
    that LOGS names.
    """
    answers = os.fdopen(os.dup(1), "w")
    logs = os.environ.get("LOGS", os.devnull)
    os.dup2(os.open(logs, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 1)
    return answers


def _count_requests() -> Counter[str]:
    counts: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counts[model.service_model.service_name] += 1

    if boto3 := sys.modules.get("boto3"):
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("before-call", count)
    return counts


def _peak() -> int:
    """Give the most memory this process ever held, in bytes. Not getrusage's figure, into which
    Linux counts what its parent held when it started this one.
    """
    with open("/proc/self/status") as status:  # noqa: PTH123  # pathlib would count as well
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


class _Body(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


def time_call() -> None:
    """Time the handler and the bare call to AWS it makes, with botocore's transport stubbed:
    whoever asks KMS gets `unwrapped`, and SSM gives `parameters`.
    """
    from botocore.awsrequest import AWSResponse

    from hub import runtime

    given = json.load(sys.stdin)
    asked: dict[str, Any] = {}

    def answering(answer: Any) -> Callable[..., AWSResponse]:
        body = json.dumps(answer).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(body))}

        def send(request: Any, **_: Any) -> AWSResponse:
            return AWSResponse(request.url, 200, headers, _Body(body))

        return send

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.update(params)

    def secret(request: Any, **_: Any) -> AWSResponse:
        name = json.loads(request.body)["Name"]
        return answering({"Parameter": {"Value": given["parameters"][name]}})(request)

    service = given.get("service", "dynamodb")
    client = runtime.aws(service)
    client.meta.events.register(f"before-send.{service}", answering(given["answer"]))
    client.meta.events.register(f"provide-client-params.{service}", note)
    if "parameters" in given:
        runtime.aws("ssm").meta.events.register("before-send.ssm", secret)
    if "unwrapped" in given:
        kms = runtime.aws("kms")
        kms.meta.events.register("before-send.kms", answering({"Plaintext": given["unwrapped"]}))
    answers = _apart()
    first = app.handler(given["event"], Context())
    assert first["statusCode"] == 200, first  # success
    client.meta.events.unregister(f"provide-client-params.{service}", note)
    bare = getattr(client, given["call"])
    # By turns, so that whatever slows this machine down slows both.
    rounds = [
        (
            _milliseconds(lambda: app.handler(given["event"], Context())),
            _milliseconds(lambda: bare(**asked)),
        )
        for _ in range(ROUNDS)
    ]
    best = [min(ours for ours, _ in rounds), min(bare for _, bare in rounds)]
    print(json.dumps(best), file=answers)


def _milliseconds(call: Callable[[], Any]) -> float:
    """Give the CPU time of one call."""
    start = time.process_time_ns()
    for _ in range(CALLS):
        call()
    return (time.process_time_ns() - start) / CALLS / 1e6


if __name__ == "__main__":
    {"answer": answer, "time": time_call}[sys.argv[1]]()
