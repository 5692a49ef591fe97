"""What a deployment may not be configured as, and how long it lives on what it last read."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from hub import providers, registrations, runtime
from hub.errors import Misconfigured, ProviderUnconfigured, TemporarilyUnavailable
from tests.functional.breakdowns import counting, failing
from tests.functional.conftest import CLIENT

CONNECT = "/api/integrations/connect"
PRODUCTION = {
    "STAGE": "production",
    "PUBLIC_BASE_URL": "https://hub.example.com",
    "RETURN_TO_URLS": "https://app.example.com/settings",
}
SLACK = providers.get("slack")


@pytest.fixture
def configure(monkeypatch):
    """Set a function's variables as of a new container; None takes one away."""

    def to(**variables):
        for name, value in variables.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        runtime.settings.cache_clear()

    return to


@pytest.mark.parametrize(
    ("variables", "secure"),
    [
        (PRODUCTION, True),
        ({**PRODUCTION, "PUBLIC_BASE_URL": "https://hub.example.com:8443"}, True),
        ({**PRODUCTION, "RETURN_TO_URLS": ""}, True),
        ({**PRODUCTION, "AWS_ENDPOINT_URL": ""}, True),
        ({"STAGE": "local", "PUBLIC_BASE_URL": "http://localhost:4500"}, False),
        ({"STAGE": "local", "PUBLIC_BASE_URL": "http://127.0.0.1:4500"}, False),
        ({"STAGE": "local", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, False),
        ({"STAGE": "local", "RETURN_TO_URLS": "http://localhost:3000/settings"}, False),
    ],
)
def test_a_sound_configuration_starts(configure, variables, secure):
    configure(**variables)

    assert runtime.settings().secure is secure


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"STAGE": None}, "STAGE"),
        ({"STAGE": ""}, "STAGE"),
        ({"PUBLIC_BASE_URL": None}, "PUBLIC_BASE_URL"),
        ({"PUBLIC_BASE_URL": "http://hub.example.com"}, "PublicBaseUrl must be https"),
        ({"PUBLIC_BASE_URL": "http://localhost:4500"}, "PublicBaseUrl must be https"),
        ({"PUBLIC_BASE_URL": "ftp://hub.example.com"}, "PublicBaseUrl must be https"),
        ({"PUBLIC_BASE_URL": "https://hub.example.com/"}, "without a path"),
        ({"PUBLIC_BASE_URL": "https://hub.example.com/api"}, "without a path"),
        ({"PUBLIC_BASE_URL": "https://hub.example.com?a=b"}, "without a path"),
        ({"PUBLIC_BASE_URL": "https://hub.example.com#a"}, "without a path"),
        ({"PUBLIC_BASE_URL": "https://"}, "scheme, host and port"),
        ({"PUBLIC_BASE_URL": "hub.example.com"}, "PublicBaseUrl"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "LocalEndpoint"),
        ({"AWS_ENDPOINT_URL": "https://aws.example.com"}, "LocalEndpoint"),
        ({"RETURN_TO_URLS": "http://app.example.com/settings"}, "ReturnToUrls"),
        ({"RETURN_TO_URLS": "https://a.example/x,http://b.example/x"}, "ReturnToUrls"),
        ({"RETURN_TO_URLS": "javascript:alert(1)"}, "ReturnToUrls"),
    ],
    ids=str,
)
def test_a_deployment_that_contradicts_itself_does_not_start(configure, change, named):
    configure(**{**PRODUCTION, **change})
    with pytest.raises(Misconfigured, match=named):
        runtime.entry(lambda event, context: event)


@pytest.mark.parametrize("host", ["hub.example.com", "192.168.0.1", "localhost.evil.example"])
def test_stage_local_is_for_one_machine_only(configure, host):
    configure(STAGE="local", PUBLIC_BASE_URL=f"http://{host}")
    with pytest.raises(Misconfigured, match="localhost"):
        runtime.settings()


def register(**changes):
    registration = {"clientId": "id", "clientSecret": "secret", **changes}
    boto3.client("ssm").put_parameter(
        Name=registrations.parameter_of("slack"),
        Value=json.dumps(registration),
        Type="SecureString",
        Overwrite=True,
    )


@pytest.mark.parametrize("name", ["authorizationUrl", "tokenUrl", "revocationUrl", "apiUrl"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://slack.com/x", "ftp://slack.com"])
def test_outside_of_stage_local_an_override_is_https(configure, aws, gateway, name, url):
    configure(**PRODUCTION)
    register(**{name: url})
    with pytest.raises(Misconfigured, match="override"):
        registrations.get_client(SLACK)
    reply = gateway.post(CONNECT, {"providerId": "slack"})
    assert (reply.status, reply.error) == (500, "internal")
    assert url not in reply.text


def test_an_override_replaces_the_host_and_the_allow_list_with_it(configure, aws):
    configure(**PRODUCTION)
    register(tokenUrl="https://slack-gov.example/api/token", apiUrl="https://slack-gov.example")
    client = registrations.get_client(SLACK)

    assert client.endpoints.called_hosts == {"slack-gov.example", "slack.com"}
    assert client.endpoints.authorization.startswith("https://slack.com/")


def test_without_overrides_only_the_providers_own_hosts_are_called(configure, aws):
    configure(**PRODUCTION)
    register()

    assert registrations.get_client(SLACK).endpoints == SLACK.endpoints


@pytest.mark.parametrize(
    "field", ["clientId", "tokenUrl", "authorizationUrl", "apiUrl", "redirectUri", "issuer"]
)
def test_no_tenant_names_a_client_or_an_endpoint(journey, field):
    """OA-09: they come from the deployer's configuration alone."""
    body = {"providerId": "slack", field: "https://evil.example"}
    reply = journey.gateway.post(CONNECT, body)

    assert (reply.status, reply.error) == (400, "unknown_field")


@pytest.fixture
def read(configured, clock):
    """Give the client id that this container uses by now."""
    return lambda: registrations.get_client(SLACK).id


def test_a_parameter_is_read_every_five_minutes(read, clock):
    with counting() as made:
        for _ in range(10):
            assert read() == CLIENT.client_id
            clock.advance(29)
        assert made == {"ssm.GetParameter": 1}
        clock.advance(10)
        read()
        assert made == {"ssm.GetParameter": 2}


def test_a_change_is_taken_up_after_five_minutes(read, clock):
    read()
    register(clientId="another")
    clock.advance(299)
    assert read() == CLIENT.client_id
    clock.advance(1)
    assert read() == "another"


def test_a_registration_that_was_taken_away_is_gone_after_five_minutes(read, clock):
    read()
    boto3.client("ssm").delete_parameter(Name=registrations.parameter_of("slack"))
    clock.advance(300)
    with pytest.raises(ProviderUnconfigured):
        read()


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "AccessDenied"])
def test_while_a_reread_fails_the_last_value_serves_for_an_hour(read, clock, code):
    read()
    with failing("ssm", "GetParameter", code) as failed:
        for _ in range(11):
            clock.advance(300)
            assert read() == CLIENT.client_id
        assert len(failed) == 11

        clock.advance(299)
        assert read() == CLIENT.client_id
        clock.advance(1)
        with pytest.raises(TemporarilyUnavailable):
            read()

    clock.advance(60)
    assert read() == CLIENT.client_id


def test_a_failing_reread_does_not_slow_every_request(read, clock):
    read()
    clock.advance(300)
    with failing("ssm", "GetParameter") as failed:
        for _ in range(10):
            read()
            clock.advance(1)

    assert len(failed) == 1


def test_a_first_read_that_fails_is_temporary_and_not_unconfigured(read):
    with failing("ssm", "GetParameter"), pytest.raises(TemporarilyUnavailable):
        read()

    assert read() == CLIENT.client_id


def test_a_text_that_looks_like_a_missing_parameter_is_none(read):
    """The code decides, not the words: a fault must not look like a provider that is not set up."""
    error = {"Code": "ThrottlingException", "Message": "ParameterNotFound"}
    with (
        failing("ssm", "GetParameter", ClientError({"Error": error}, "GetParameter")),
        pytest.raises(TemporarilyUnavailable),
    ):
        read()
