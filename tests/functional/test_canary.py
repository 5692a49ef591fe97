"""TS-12: every secret is a canary, everything is run at DEBUG with an exception at every step, and
afterwards no canary is anywhere it should not be, in any form.
"""

import json
import os
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import count
from urllib.parse import quote

import boto3
import pytest
from botocore.exceptions import ClientError

from hub import errors, oauth, providers, runtime, sealing, tokens
from hub.providers._values import RevocationScope
from tests.conftest import forget
from tests.functional.canaries import Canaries, someone
from tests.functional.conftest import CLIENTS, JWT_SECRET
from tests.functional.gateway import User
from tests.functional.watched import (
    CALLING,
    MESSAGE,
    OPERATIONS,
    PROVIDERS_WORDS,
    Act,
    Watched,
    connect_use_and_leave,
    connecting,
    fail_in_every_way,
    working,
)
from tests.simulator.server import Simulator
from tests.taps import PROVIDER, Taps
from tests.template import ROOT, function_names, functions

DEBUG = {
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_LOGGER_LOG_EVENT": "true",
    "POWERTOOLS_DEV": "true",
    "POWERTOOLS_DEBUG": "true",
}
MOST_STEPS = 40

pytestmark = [
    pytest.mark.filterwarnings("ignore:POWERTOOLS_DE"),
    pytest.mark.usefixtures("readers"),
]


@pytest.fixture
def debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that come up with every debugging switch on."""
    for function in function_names():
        folder = f"functions.{function.replace('/', '.')}"
        package, module = import_module(folder), f"{folder}.app"
        monkeypatch.setattr(package, "app", import_module(module))
        monkeypatch.delitem(sys.modules, module)
    for name, value in DEBUG.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> Canaries:
    canaries, new_secret = Canaries(), oauth.new_secret

    def remembered() -> str:
        secret = new_secret()
        canaries.know("state, verifier or binding", secret)
        return secret

    monkeypatch.setattr(oauth, "new_secret", remembered)
    for provider, client in CLIENTS.items():
        canaries.know(f"client secret of {provider}", client.client_secret)
    canaries.know("JWT secret", JWT_SECRET)
    canaries.know("message", MESSAGE)
    canaries.know("the provider's words", PROVIDERS_WORDS)
    return canaries


@pytest.fixture
def watched(
    configured: None,
    debugging: None,
    simulator: Simulator,
    canaries: Canaries,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator["Watched"]:
    taps = Taps()
    taps.install(monkeypatch, boto3.client)
    with canaries.listening():
        yield Watched(canaries, simulator, taps)


@pytest.mark.parametrize("provider", providers.IDS)
def test_a_whole_day_leaves_no_canary(
    watched: Watched, provider: str, capfd: pytest.CaptureFixture[str]
):
    with watched.taps.plan(watched.plan):
        connect_use_and_leave(watched, provider)
        fail_in_every_way(watched, provider)

    assert watched.found(capfd) == []
    places = {place for place, values in watched.canaries.written.items() if any(values)}
    assert places >= {"answers", "tables", "requests to dynamodb", "requests to sqs"}
    assert "flow.failed" in watched.canaries.logged.getvalue()
    assert len(watched.canaries.secrets) > 40


def unexpected(text: str) -> Exception:
    return RuntimeError(text)


def of_aws(text: str) -> Exception:
    return ClientError({"Error": {"Code": "InternalFailure", "Message": text}}, text)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_an_exception_at_any_step_leaves_no_canary(
    watched: Watched, operation: Callable[[Watched, User], Act], capfd: pytest.CaptureFixture[str]
):
    """The exceptions quote every secret that there is."""
    broken = break_everywhere(watched, operation)

    assert watched.found(capfd) == []
    assert broken >= 1


@pytest.mark.parametrize("provider", providers.IDS)
def test_an_exception_at_any_call_of_a_provider_leaves_no_canary(
    watched: Watched, provider: str, capfd: pytest.CaptureFixture[str]
):
    revokes = providers.get(provider).revocation_scope is not RevocationScope.NONE
    broken = [
        break_everywhere(watched, partial(operation, provider=provider), PROVIDER, (unexpected,))
        for operation in CALLING
        if revokes or operation is not working
    ]

    assert watched.found(capfd) == []
    assert all(broken)


def break_everywhere(
    watched: Watched,
    operation: Callable[[Watched, User], Act],
    service: str = "",
    kinds: tuple[Callable[[str], Exception], ...] = (unexpected, of_aws),
) -> int:
    """Break the operation before each of its steps, or of those to one service; give how many
    there were. Each time it is another person's, who has done nothing yet.
    """
    numbers = count(10)
    for at in range(MOST_STEPS):
        for make in kinds:
            watched.start_afresh()
            with watched.taps.plan(watched.plan):
                act = operation(watched, someone(next(numbers)))
            forget()
            error = make(" ".join(watched.canaries.secrets.values()))
            with watched.taps.plan(watched.broken(at, error, service)) as steps:
                try:
                    act()
                except Exception as raised:  # noqa: BLE001
                    watched.canaries.wrote("what Lambda logs of a failed function", str(raised))
        if at >= len([step for step in steps if service in {"", step.service}]):
            return at
    raise AssertionError("the operation does not end")


def test_what_nobody_expected_is_raised_without_its_text(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
):
    """Lambda logs the text of what a function raises."""

    def verify(token: str) -> None:
        raise RuntimeError(token)

    monkeypatch.setattr(tokens, "verify", verify)
    with pytest.raises(errors.HubError) as raised:
        watched.authorize(watched.token)

    assert watched.token not in str(raised.value)
    assert raised.value.__suppress_context__
    logged = watched.canaries.logged.getvalue()
    assert "function.broken" in logged
    assert watched.token not in logged


def leak_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "describe", lambda error: {"error": str(error)})


def leak_in_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing.DataKey, "seal", lambda self, plaintext, place, salt: plaintext)


def leak_in_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors.HubError, "message", PROVIDERS_WORDS)


def leak_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    app = import_module("functions.connect.app").app
    monkeypatch.setattr(app, "_debug", True)


LEAKS = {
    leak_in_a_log: "in logs",
    leak_in_a_table: "in tables",
    leak_in_an_answer: "in answers",
    leak_an_event: "in standard output and error",
}


@pytest.mark.parametrize("leak", LEAKS, ids=lambda each: each.__name__)
def test_a_planted_leak_is_found(
    watched: Watched,
    leak: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    leak(monkeypatch)
    with suppress(errors.HubError):
        break_everywhere(watched, connecting)

    assert any(LEAKS[leak] in each for each in watched.found(capfd))


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda secret: b64encode(secret.encode()).decode(),
    "base64 in the middle of more": lambda secret: b64encode(f"token={secret};".encode()).decode(),
    "base64url": lambda secret: urlsafe_b64encode(secret.encode()).decode(),
    "URL-encoded": lambda secret: quote(secret, safe=""),
    "hex": lambda secret: secret.encode().hex(),
    "JSON-escaped": json.dumps,
    "JSON-escaped twice": lambda secret: json.dumps(json.dumps(secret)),
    "bytes": lambda secret: repr(secret.encode()),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("secret", [MESSAGE, "xoxb-0f8fad5bd9cb469fa16570867728950e"])
def test_a_canary_is_recognised_in_any_form(disguise: str, secret: str):
    canaries = Canaries()
    canaries.know("canary", secret)
    canaries.wrote("somewhere", {"deep": [f"before {DISGUISES[disguise](secret)} after"]})

    (found,) = canaries.found()
    assert found.endswith("in somewhere")


def test_no_debugging_switch_lets_libraries_log_what_goes_over_the_wire():
    """With the log level of a function at DEBUG, Lambda's runtime sets the root logger to it."""
    program = f"""
import logging, importlib
logging.getLogger().setLevel(logging.DEBUG)
for function in {sorted(function_names())}:
    importlib.import_module(f"functions.{{function.replace('/', '.')}}.app")
libraries = ("boto3", "botocore.endpoint", "botocore.parsers", "urllib3.connectionpool")
print([name for name in libraries if logging.getLogger(name).isEnabledFor(logging.DEBUG)])
"""
    environment = os.environ | DEBUG | {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/hub'}"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.splitlines()[-1] == "[]"


def test_no_function_is_deployed_with_a_debugging_switch():
    for name, own in functions().items():
        variables = own["Environment"]["Variables"]
        assert set(variables) & set(DEBUG) == {"POWERTOOLS_LOG_LEVEL"}, name
        assert variables["POWERTOOLS_LOG_LEVEL"] == "INFO", name
        assert "ApplicationLogLevel" not in own["LoggingConfig"], name
