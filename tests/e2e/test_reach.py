"""The stack as containers need it, with everything but the containers: servers at one more address,
functions that go there over http, and what `sam local` is told of it.
"""

import http.client
import json
import sys
from pathlib import Path

import boto3
import pytest
import requests
import yaml
from botocore.exceptions import ClientError

from tests.conftest import ENVIRONMENT
from tests.e2e.journey import Journey
from tests.local import sam_settings
from tests.local.configuration import Configuration
from tests.local.reach import Reach
from tests.local.stack import BUILD, LocalStack
from tests.template import functions

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has 127.0.0.2 by itself."),
]

BRIDGE = Reach(name="127.0.0.2", address="127.0.0.2")


@pytest.fixture(scope="module")
def stack(built):
    with LocalStack(Configuration(port=0), log="reach.log", reach=BRIDGE) as running:
        yield running


@pytest.fixture
def settings(stack, tmp_path):
    return sam_settings.write(stack, BUILD / "template.yaml", tmp_path / "sam-local")


def told(settings):
    return yaml.safe_load(settings.config.read_text())["default"]["global"]["parameters"]


def test_functions_find_the_stand_in_and_the_provider_there(stack):
    journey = Journey(stack)
    integration = journey.connect()
    journey.send_message(integration, "By way of the bridge")
    journey.disconnect(integration)

    assert "By way of the bridge" in str(stack.simulator.state())
    journey.wait_for_revocation()


def test_the_door_is_the_same_there(stack):
    port = stack.standin.port

    def ask(path, **headers):
        connection = http.client.HTTPConnection(BRIDGE.address, port, timeout=10)
        connection.request("POST", path, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    assert ask("/", Host="rebound.example") == 403
    assert ask("/", Origin="http://localhost:4500") == 403
    assert ask("/_ministack/reset") == 403
    assert ask(f"/_aws/execute-api/{stack.deployment.resources['Api']}/api/integrations") == 403


def test_nothing_listens_on_all_interfaces(stack):
    for port in (stack.standin.port, int(stack.simulator.url.rpartition(":")[2])):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.3:{port}/", timeout=5)


def test_every_function_gets_its_variables_as_they_were_deployed(stack, settings):
    variables = json.loads(Path(told(settings)["env_vars"]).read_text())

    assert variables.keys() == functions().keys()
    listed = variables["ListFunction"]
    assert listed["INTEGRATIONS_TABLE"] == stack.deployment.resources["IntegrationsTable"]
    assert listed["AWS_ENDPOINT_URL"] == f"http://{BRIDGE.name}:{stack.standin.port}"
    assert listed["PUBLIC_BASE_URL"] == stack.url
    assert variables["CallbackFunction"]["MASTER_KEY_ID"].startswith("arn:aws:kms:")


def test_parameters_are_those_of_the_deployment(stack, settings):
    assert f"PublicBaseUrl={stack.url}" in told(settings)["parameter_overrides"]
    assert "Stage=local" in told(settings)["parameter_overrides"]


def test_sam_runs_in_the_account_of_the_stand_in_whatever_was_inherited(stack, settings):
    mine = {"PATH": "/bin", "AWS_PROFILE": "mine", "AWS_ACCESS_KEY_ID": "real"}
    environment = settings.environment(mine)

    assert {name for name in environment if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
    assert environment["PATH"] == "/bin"


@pytest.fixture
def user(settings, monkeypatch):
    """A session with what containers get."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name)
    for name, value in settings.environment({}).items():
        monkeypatch.setenv(name, value)
    return boto3.session.Session(profile_name=told(settings)["profile"])


def test_containers_may_do_what_any_function_may_do_and_no_more(stack, user):
    dynamodb, ssm, iam = (user.client(name) for name in ("dynamodb", "ssm", "iam"))
    table = stack.deployment.resources["CredentialsTable"]
    key = {"organizationId": {"S": "demo"}, "credentialsId": {"S": "none"}}

    assert dynamodb.meta.endpoint_url == stack.standin.endpoint
    wanted = {table: {"Keys": [key]}}
    assert dynamodb.batch_get_item(RequestItems=wanted)["Responses"] == {table: []}
    assert ssm.get_parameter(Name="/targetym/local/providers/slack", WithDecryption=True)
    for refused in (lambda: dynamodb.scan(TableName=table), iam.list_users):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


def test_the_file_with_the_key_is_for_its_owner_alone(settings):
    assert settings.profile.stat().st_mode & 0o077 == 0


def test_written_again_the_old_key_is_worth_nothing(stack, settings, user, tmp_path):
    sts = user.client("sts")
    assert sts.get_caller_identity()
    sam_settings.write(stack, BUILD / "template.yaml", tmp_path)

    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()
