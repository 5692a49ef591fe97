"""The internal route over HTTP: a gateway that verifies signatures, roles that may call it and one
that may read tokens.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.e2e.journey import PATIENCE, Journey, until
from tests.e2e.services import Service, path
from tests.local.stack import ROOT
from tests.providers.sample import sample
from tests.simulator.journal import fingerprint

pytestmark = pytest.mark.stack

FORBIDDEN = {"code": "forbidden"}


@pytest.fixture
def simulator(stack):
    stack.simulator.reset()
    yield stack.simulator
    stack.simulator.reset()


@pytest.fixture
def journey(stack, simulator):
    return Journey(stack)


@pytest.fixture
def integration(journey):
    integration = journey.connect("asana", sample("asana").account)
    yield integration
    journey.disconnect(integration)


@pytest.fixture(scope="module")
def service(stack):
    return Service(stack)


def test_a_service_gets_the_token_that_the_provider_knows(service, journey, integration, simulator):
    answer = service.ask(journey.organization, integration)

    given = answer.json()["data"]
    known = [token["fingerprint"] for token in simulator.state()["asana"]["tokens"]]
    assert fingerprint(given["accessToken"]) in known
    assert given["tokenType"] == "Bearer"
    assert given["expiresAt"] == journey.detail(integration)["tokenExpiresAt"]
    assert answer.headers["cache-control"] == "no-store"


def test_many_who_ask_at_once_for_a_used_up_token_have_it_refreshed_once(
    service, journey, simulator
):
    """Or the job that comes after connecting has it refreshed: while it is at that, the token that
    still lives for a while is given.
    """
    simulator.fault("zoom", "token", "short_lived", value=100)
    integration = journey.connect("zoom", sample("zoom").account)
    try:
        with ThreadPoolExecutor(6) as pool:
            asked = [(journey.organization, integration)] * 6
            given = set(pool.map(lambda one: service.token(*one), asked))

        live = simulator.state()["zoom"]["tokens"]
        assert {fingerprint(each) for each in given} <= {each["fingerprint"] for each in live}
        until(lambda: journey.detail(integration)["lastRefreshAt"], "the refresh")
        assert len(simulator.calls("token", "zoom")) == 2  # the exchange of the code is one
    finally:
        journey.disconnect(integration)


def test_without_a_signature_the_gateway_refuses(stack, journey, integration):
    url = f"{stack.url}{path(journey.organization, integration)}"

    answer = requests.post(url, json={"purpose": "payroll"}, timeout=PATIENCE)

    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_a_persons_session_is_no_role(stack, journey, integration):
    """The stand-in's gateway lets a foreign Authorization header through: the handler does not."""
    url = f"{stack.url}{path(journey.organization, integration)}"
    session = stack.bearer(organization=journey.organization)

    answer = requests.post(url, json={"purpose": "payroll"}, headers=session, timeout=PATIENCE)

    assert answer.status_code == 403
    assert answer.json()["error"] | FORBIDDEN == answer.json()["error"]


def test_a_role_that_may_call_the_api_but_is_not_listed_gets_no_token(stack, journey, integration):
    answer = Service(stack, role="reports").ask(journey.organization, integration)

    assert answer.status_code == 403
    assert answer.json()["error"] | FORBIDDEN == answer.json()["error"]


def test_what_was_not_signed_is_not_done(service, journey, integration):
    other = service.ask(journey.organization, "int_other", instead=integration)
    changed = service.ask(journey.organization, integration, body_instead=b'{"purpose":"else"}')

    assert (other.status_code, changed.status_code) == (403, 403)


def test_the_wrong_organization_finds_nothing(service, stack, journey, integration):
    assert service.ask(Journey(stack).organization, integration).status_code == 404


@pytest.fixture
def examples(service, monkeypatch):
    """What the README shows a service's programmer, by language, run under the service's role."""
    given = service.auth.credentials
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", given.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", given.token)
    chapter = (ROOT / "README.md").read_text(encoding="utf-8")
    chapter = chapter.partition("### Tokens for backend services\n")[2].partition("\n#")[0]
    return dict(re.findall(r"```(\w+)\n(.*?)```", chapter, re.DOTALL))


def test_the_readmes_python_gets_a_token(examples, service, stack, journey, integration):
    names = {"api": stack.url, "organization": journey.organization, "integration": integration}

    exec(compile(examples["python"], "README.md", "exec"), names)  # noqa: S102  # our own example

    assert names["token"] == service.token(journey.organization, integration)


def test_the_readmes_curl_gets_a_token(examples, service, stack, journey, integration):
    names = {"API": stack.url, "ORG": journey.organization, "ID": integration}

    ran = subprocess.run(
        ["bash", "-ec", examples["sh"]],
        env={**os.environ, **names},
        capture_output=True,
        check=True,
    )

    given = json.loads(ran.stdout)["data"]["accessToken"]
    assert given == service.token(journey.organization, integration)


def test_every_read_is_in_the_audit_and_no_token_in_any_log(
    stack, service, journey, integration, simulator
):
    token = service.token(journey.organization, integration)

    logged = stack.logs()
    lines = [line for line in logged.splitlines() if integration in line and "role:" in line]
    assert lines
    assert all(
        '"by":"role:token-reader"' in line and '"purpose":"payroll"' in line for line in lines
    )
    assert token not in logged
