"""`make sam-local`: the main job through sam's own API Gateway and real containers of the runtime.

Only where Docker runs and has the runtime's image; elsewhere it is skipped and says why. Nothing is
pulled for a test.
"""

import json
import subprocess

import pytest
import requests

from tests.e2e.journey import PATIENCE, Journey
from tests.local import docker
from tests.local.configuration import Configuration
from tests.local.errors import LocalError
from tests.local.sam_local import SAM, SamLocal
from tests.local.stack import ROOT, LocalStack
from tests.simulator.person import Person

pytestmark = pytest.mark.stack

_QUICKLY = 3
_OURS = "label=sam.cli.container.type=lambda"


@pytest.fixture(scope="module")
def reach():
    try:
        found = docker.find_reach(timeout=_QUICKLY)
    except LocalError as error:
        pytest.skip(str(error))
    if not docker.has_image():
        pytest.skip(f"Docker has no image {docker.IMAGE}; `make sam-local` pulls it.")
    return found


@pytest.fixture(scope="module")
def fronts():
    """The fronts that were made: one."""
    return []


@pytest.fixture(scope="module")
def stack(reach, built, fronts, tmp_path_factory):
    def front(port, say):
        fronts.append(SamLocal(port, say, folder=tmp_path_factory.mktemp("sam-local")))
        return fronts[-1]

    before = containers()
    with LocalStack(
        Configuration(port=0), log="sam-local-tests.log", front=front, reach=reach
    ) as running:
        yield running
    assert containers() <= before


def containers():
    asked = ["docker", "ps", "--all", "--quiet", "--filter", _OURS]
    return set(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture
def journey(stack):
    stack.simulator.reset()
    return Journey(stack)


def test_connect_list_use_and_disconnect(journey, stack):
    integration = journey.connect()
    listed = journey.request("GET", "/api/integrations").json()["data"]
    journey.send_message(integration, "Hällo from a container")
    journey.disconnect(integration)

    assert [(row["id"], row["status"]) for row in listed] == [(integration, "active")]
    assert "Hällo from a container" in str(stack.simulator.state())
    journey.wait_for_revocation()
    (row,) = journey.request("GET", "/api/integrations").json()["data"]
    assert row["status"] == "disconnected"


def test_headers_arrive_however_they_are_spelled(journey, stack):
    integration = journey.connect()
    sent = [
        journey.send_message(integration, "Once", **{name: "a-key-of-this-test"})
        for name in ("Idempotency_Key", "idempotency_key", "IDEMPOTENCY_KEY")
    ]

    assert len(set(sent)) == 1
    assert len(stack.simulator.calls("chat.postMessage")) == 1


def test_a_callback_without_the_flows_cookie_connects_nothing(journey, stack):
    url, _ = journey.start()
    answer = journey.come_back(Person().approve(url), cookies={})

    assert answer.status_code == 400
    assert stack.simulator.calls("oauth.v2.access") == []


def test_the_authorizer_guards(stack):
    def ask(**headers):
        url = f"{stack.url}/api/integrations"
        return requests.get(url, headers=headers, timeout=PATIENCE).status_code

    assert ask() == 401
    assert ask(Authorization="Bearer forged") == 403
    assert ask(authorization=stack.bearer()["Authorization"]) == 200


def test_another_origin_is_not_allowed(stack):
    def preflight(origin):
        asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = requests.options(f"{stack.url}/api/integrations", headers=asking, timeout=PATIENCE)
        return answer.headers.get("access-control-allow-origin")

    assert preflight(stack.url) == stack.url
    assert preflight("https://evil.example") is None


def test_a_function_without_http_is_invoked_with_an_example(stack, fronts):
    settings = fronts[0].settings
    invoked = subprocess.run(
        [
            *(SAM, "local", "invoke", "JobsWorkerFunction", "--config-file", settings.config),
            *("--event", "events/jobs_worker/revocation.json"),
        ],
        cwd=ROOT,
        env=settings.environment({"PATH": "/usr/bin:/bin", "HOME": str(settings.config.parent)}),
        capture_output=True,
        text=True,
        check=True,
    )

    # It ends with 0 whatever the function does.
    assert json.loads(invoked.stdout) == {"batchItemFailures": []}
