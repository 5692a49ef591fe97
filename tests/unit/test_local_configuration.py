import os
import socket
import subprocess
import sys

import pytest

from tests.local import configuration, token
from tests.local.errors import ConfigurationError, LocalError
from tests.local.stack import ROOT

SLACK = {"SLACK_CLIENT_ID": "id", "SLACK_CLIENT_SECRET": "secret"}


@pytest.fixture
def file(tmp_path):
    return tmp_path / ".env.local"


def test_nothing_set_means_the_default_port_and_the_simulator(file):
    read = configuration.read({}, file)

    assert read == configuration.Configuration(port=4500, keep=False, providers={})


def test_the_file_is_read_and_the_environment_wins(file):
    file.write_text(
        "# our Slack app\n"
        "export SLACK_CLIENT_ID = 'from the file'\n"
        '\nSLACK_CLIENT_SECRET="a # b"  # quoted\n'
        "PORT=5000 # not 4500\n"
    )

    read = configuration.read({"SLACK_CLIENT_ID": "from outside", "KEEP": "1"}, file)

    assert read.port == 5000
    assert read.keep
    assert read.providers["slack"].parameter() == {
        "clientId": "from outside",
        "clientSecret": "a # b",
    }


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("MICROSOFT_TENANT", "tenant"),
        ("GITHUB_APP_SLUG", "appSlug"),
        ("GOOGLE_PUBSUB_TOPIC", "pubsubTopic"),
        ("GOOGLE_PUBSUB_AUDIENCE", "pubsubAudience"),
        ("GOOGLE_PUBSUB_SERVICE_ACCOUNT", "pubsubServiceAccount"),
    ],
)
def test_settings_that_one_provider_has_are_carried_over(file, name, key):
    provider = name.partition("_")[0]
    given = {f"{provider}_CLIENT_ID": "id", f"{provider}_CLIENT_SECRET": "secret", name: "acme"}
    app = configuration.read(given, file).providers[provider.lower()]

    assert app.parameter() == {"clientId": "id", "clientSecret": "secret", key: "acme"}
    with pytest.raises(ConfigurationError, match=name):
        configuration.read({name: "acme"}, file)


def test_overrides_are_carried_over_under_the_names_of_the_parameter(file):
    given = SLACK | {
        "SLACK_AUTHORIZATION_URL": "https://gov.slack.example/authorize",
        "SLACK_TOKEN_URL": "http://127.0.0.1:9/token",
        "SLACK_REVOCATION_URL": "http://[::1]:9/revoke",
        "SLACK_API_URL": "http://localhost:9/api",
    }

    assert configuration.read(given, file).providers["slack"].endpoints == {
        "authorizationUrl": "https://gov.slack.example/authorize",
        "tokenUrl": "http://127.0.0.1:9/token",
        "revocationUrl": "http://[::1]:9/revoke",
        "apiUrl": "http://localhost:9/api",
    }


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"INTEGRATION_ENCRYPTION_KEY": "x" * 64}, "KMS replaces it"),
        ({"SLACK_CLIENT_ID": "id"}, "SLACK_CLIENT_SECRET is not"),
        ({"SLACK_CLIENT_ID": "id", "SLACK_CLIENT_SECRET": " "}, "SLACK_CLIENT_SECRET is not"),
        ({"SLACK_CLIENT_SECRET": "secret"}, "SLACK_CLIENT_ID is not"),
        ({"SLACK_TOKEN_URL": "https://slack.example"}, "SLACK_CLIENT_ID is not"),
        (SLACK | {"SLACK_TOKEN_URL": "slack.example/token"}, "SLACK_TOKEN_URL is not a URL"),
        (SLACK | {"SLACK_TOKEN_URL": "https:///token"}, "SLACK_TOKEN_URL is not a URL"),
        (SLACK | {"SLACK_TOKEN_URL": "https://slack.example:port/"}, "SLACK_TOKEN_URL is not"),
        (SLACK | {"SLACK_TOKEN_URL": "https://me@slack.example/"}, "SLACK_TOKEN_URL is not"),
        (SLACK | {"SLACK_API_URL": "http://slack.example"}, "SLACK_API_URL must be https"),
        (SLACK | {"SLACK_API_URL": "http://127.0.0.1.slack.example"}, "SLACK_API_URL must be"),
        (SLACK | {"SLACK_API_URL": "ftp://localhost/"}, "SLACK_API_URL must be https"),
        ({"PORT": "http"}, "PORT must be a number"),
        ({"PORT": "0"}, "PORT must be a number"),
        ({"PORT": "65536"}, "PORT must be a number"),
        ({"PORT": "４５００"}, "PORT must be a number"),  # noqa: RUF001 (digits that int() takes)
        ({"KEEP": "please"}, "KEEP must be 1"),
    ],
)
def test_a_mistake_is_one_sentence_without_the_value(file, environment, words):
    with pytest.raises(ConfigurationError, match=words) as refused:
        configuration.read(environment, file)

    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "x" * 64 not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A=1\nthis is no assignment\n", r"\.env\.local line 2: expected NAME=value"),
        ("1A=1\n", "line 1: expected NAME=value"),
        ("A=1\n\nA=2\n", "line 3: A is set a second time"),
        ("A='open\n", "line 1: the quotes"),
        ('A="closed" and more\n', "line 1: the quotes"),
        ("SLAK_CLIENT_ID=id\n", "SLAK_CLIENT_ID names no provider"),
        ("SALESFORCE_TOKEN_URL=https://x.example\n", "SALESFORCE_TOKEN_URL names no provider"),
    ],
)
def test_a_mistake_in_the_file_names_its_place(file, text, words):
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=words):
        configuration.read({}, file)


def test_a_file_that_is_no_text_is_named(file):
    file.write_bytes(b"SLACK_CLIENT_ID=\xff")

    with pytest.raises(ConfigurationError, match=r"\.env\.local cannot be read"):
        configuration.read({}, file)


def test_other_programs_may_have_client_ids_in_the_environment(file):
    assert configuration.read({"ARM_CLIENT_ID": "azure's"}, file).providers == {}


def test_a_secret_does_not_show_in_a_repr(file):
    read = configuration.read(SLACK | {"SLACK_CLIENT_SECRET": "hush"}, file)

    assert "hush" not in repr(read)


def run(**environment):
    return subprocess.run(
        [sys.executable, "-m", "tests.local"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_make_run_refuses_with_one_line_and_status_2():
    ended = run(PORT="nowhere")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "PORT must be a number from 1 to 65535.\n"


def test_a_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(PORT=str(port), KEEP="0")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Port {port} is in use: stop what listens there, or choose another with PORT.\n"
    )


def test_the_jwt_secret_is_made_once_and_for_this_user_only(tmp_path):
    file = tmp_path / ".local" / "jwt-secret"

    first = token.secret(file)

    assert len(first) >= 32
    assert token.secret(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["jwt-secret"]


def test_a_short_jwt_secret_is_refused(tmp_path):
    file = tmp_path / "jwt-secret"
    file.write_text("short")

    with pytest.raises(LocalError, match="too short"):
        token.secret(file)
