"""A provider whose registration is taken away, or spoilt, while integrations need it: our
configuration, so that nobody is told of anything but those who deploy (RF-11).
"""

import json

import boto3
import pytest

from tests.functional.aging import Aging, tick, told, work, work_off
from tests.functional.stored import rows

pytestmark = pytest.mark.usefixtures("readers")
PARAMETER = "/targetym/local/providers/google"


@pytest.fixture
def google(clock, journey):
    return Aging(journey, clock, "google")


@pytest.fixture
def registration(google, cold):
    """Give what takes the registration away, or puts another in its place."""
    ssm = boto3.client("ssm")
    content = json.loads(
        ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"]
    )

    def change(**changes):
        ssm.put_parameter(
            Name=PARAMETER,
            Value=json.dumps(content | changes),
            Type="SecureString",
            Overwrite=True,
        )
        cold()

    return change


def take_away(_change):
    boto3.client("ssm").delete_parameter(Name=PARAMETER)


WAYS = {
    "gone": take_away,
    "without its secret": lambda change: change(clientSecret=""),
    "of another shape": lambda change: change(clientSecret=None, clientId=[]),
}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def spoil(request, registration, cold):
    def spoil():
        request.param(registration)
        cold()

    return spoil


def breakers():
    return [row["cause"] for row in rows("provider-health") if row["part"] == "breaker"]


def test_it_stops_the_provider_and_no_message_fails(google, spoil, logs, capsys):
    names = ("ada@example.org", "grace@example.org")
    integrations = [google.connect(name) for name in names]
    google.pass_(3600)
    bodies = [body for body, _ in tick()[1]]
    spoil()

    assert len(bodies) == 2
    assert work(*bodies) == []
    assert breakers() == ["misconfigured"]
    assert logs.getvalue().count("provider.stopped") == 1
    assert capsys.readouterr().out.count('"ProvidersStopped":[1.0]') == 1
    for each in integrations:
        shown = google.shown(each)
        assert (shown["status"], shown["refreshProblem"]) == ("active", None)
    assert told("integration.reauth_required") == []
    google.pass_(3600)
    answer, sent = tick()
    assert answer == {"sent": 1, "late": 0}
    assert work(sent[0][0]) == []
    assert google.refreshes() == []


def test_when_it_is_back_everything_is_as_before(google, spoil, registration):
    names = ("ada@example.org", "grace@example.org")
    integrations = [google.connect(name) for name in names]
    google.pass_(3600)
    spoil()
    assert work_off() == []
    registration()
    google.pass_(60)

    assert work_off() == []
    assert breakers() == []
    assert work_off() == []
    assert len(google.refreshes()) == 2
    assert all(google.act(each).status == 200 for each in integrations)


def test_a_token_that_is_still_good_is_served_and_one_that_is_over_is_not(
    google, registration, cold
):
    integration = google.connect()
    google.until(100)
    take_away(registration)
    cold()

    assert google.token(integration).status == 200
    google.until(-10)
    reply = google.token(integration)
    assert (reply.status, reply.error) == (409, "provider_unconfigured")
    assert google.shown(integration)["status"] == "active"


def test_an_address_that_may_not_be_called_is_our_configuration_too(
    google, registration, monkeypatch
):
    integration = google.connect()
    google.pass_(3600)
    ((body, _),) = tick()[1]
    monkeypatch.setenv("STAGE", "production")
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://integrations.example")
    ssm = boto3.client("ssm")
    content = ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"]
    ssm.put_parameter(Name=PARAMETER.replace("local", "production"), Value=content, Type="String")
    registration()

    assert work(body) == []
    assert breakers() == ["misconfigured"]
    assert google.shown(integration)["status"] == "active"
