"""What else can happen to a refresh: two tokens in one grant, fewer scopes than before, a reconnect
or a disconnection while the provider is asked, and a table that takes nothing when it has answered.
"""

import copy
import json
from urllib.parse import urlencode

import boto3
import pytest

from hub import assembly, refresh_attempt, runtime, vault
from hub.http_client import HttpClient
from hub.store import health
from hub.store.health import Answered
from tests.functional.aging import Aging, tick, told, work_off
from tests.functional.breakdowns import failing, losing_the_answer, recording_pauses
from tests.functional.gateway import Context, handler_of
from tests.functional.stored import leaks, ledger, rows

pytestmark = pytest.mark.usefixtures("readers")


@pytest.fixture
def at(clock, journey):
    return lambda provider_id: Aging(journey, clock, provider_id)


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen while a provider's token endpoint is being asked for a refresh."""
    send, done = HttpClient.send, []

    def during(act, *, before=False):
        def sent(client, request, **options):
            form = request.form or request.json or {}
            first = form.get("grant_type") == "refresh_token" and not done
            done.extend(["once"] * first)
            if first and before:
                act()
            answer = send(client, request, **options)
            if first and not before:
                act()
            return answer

        monkeypatch.setattr(HttpClient, "send", sent)
        return done

    return during


def held(integration):
    found = vault.find(runtime.database(), "org-a", integration)
    return vault.open_tokens(found, runtime.key_cache(), assembly.audit("test", "test")).tokens


# Slack: a bot's and a person's token


@pytest.fixture
def both(at):
    slack = at("slack")
    started = slack.journey.start({"providerId": "slack"})
    asked = copy.replace(started, url=f"{started.url}&{urlencode({'user_scope': 'users:read'})}")
    integration = slack.come_back(asked)
    assert set(held(integration).extra) == {"person"}
    return slack, integration


def test_each_of_two_tokens_is_renewed_with_its_own_refresh_token(both):
    slack, integration = both
    first = held(integration)
    for _ in range(2):
        slack.pass_(slack.sealed()["refreshDueAt"] - slack.clock.now)
        assert work_off() == []

    second = held(integration)
    assert [call.outcome for call in slack.refreshes()] == ["ok", "ok"]
    assert len({call.fingerprints["refresh_token"] for call in slack.refreshes()}) == 2
    for before, after in (
        (first.main, second.main),
        (first.extra["person"], second.extra["person"]),
    ):
        assert after.access != before.access
        assert after.refresh != before.refresh
        assert after.expires_at > before.expires_at
    assert second.main.access.reveal().startswith("xoxe.xoxb-")
    assert second.extra["person"].access.reveal().startswith("xoxe.xoxp-")
    assert slack.act(integration).status == 200


def test_an_action_renews_the_bots_token_and_leaves_the_persons_as_it_is(both):
    slack, integration = both
    first = held(integration)
    slack.until(-10)

    assert slack.act(integration).status == 200
    second = held(integration)
    assert second.main.access != first.main.access
    assert second.extra == first.extra
    assert slack.sealed()["refreshDueAt"] <= slack.clock.now  # the person's is due
    assert work_off() == []
    assert held(integration).extra != first.extra
    assert len(slack.refreshes()) == 2


# Fewer scopes


def narrowing(monkeypatch, scopes):
    """Let the provider say at the next refresh that so little is left."""
    send = HttpClient.send

    def sent(client, request, **options):
        answer = send(client, request, **options)
        if (request.form or {}).get("grant_type") != "refresh_token":
            return answer
        body = {**answer.json(), "scope": " ".join(scopes)}
        return copy.replace(answer, body=json.dumps(body).encode())

    monkeypatch.setattr(HttpClient, "send", sent)


def test_scopes_that_a_refresh_takes_away_are_taken_off_the_record(at, monkeypatch):
    """OA-18."""
    google = at("google")
    started = google.journey.start({"providerId": "google"})
    integration = google.come_back(started)
    granted = google.shown(integration)["scopesGranted"]
    needed = google.provider.required_scopes
    lost = needed[-1]
    narrowing(monkeypatch, [scope for scope in granted if scope != lost])
    google.until(-10)

    assert google.act(integration).error == "reauth_required"
    shown = google.shown(integration)
    assert lost not in shown["scopesGranted"]
    assert (shown["status"], shown["scopesMissing"]) == ("reauth_required", [lost])
    assert shown["problem"]["category"] == "insufficient_scope"
    assert shown["problem"]["missing"] == [lost]
    (event,) = told("integration.reauth_required")
    assert event["cause"] == "insufficient_scope"
    calls = len(google.simulator.log())
    google.pass_(7200)
    assert google.act(integration).error == "reauth_required"
    assert work_off() == []
    assert tick()[1] == []
    assert len(google.simulator.log()) == calls


def test_scopes_that_nobody_needs_may_go(at, monkeypatch):
    asana = at("asana")
    integration = asana.connect()
    narrowing(monkeypatch, [*asana.shown(integration)["scopesGranted"], "more"])
    asana.until(-10)

    assert asana.act(integration).status == 200
    assert asana.shown(integration)["status"] == "active"
    assert "more" not in asana.shown(integration)["scopesGranted"]


# Overtaken


@pytest.mark.parametrize("provider_id", ["github", "zoom", "notion", "linear", "google", "asana"])
def test_a_disconnection_during_a_refresh_wins_and_the_new_tokens_are_revoked(
    at, meanwhile, provider_id
):
    """RF-21."""
    aging = at(provider_id)
    integration = aging.connect()
    aging.pass_(60)
    done = meanwhile(lambda: aging.gateway.delete(f"/api/integrations/{integration}"))
    reply = aging.refresh(integration)

    assert (reply.error, done) == ("integration_disconnected", ["once"])
    assert aging.shown(integration)["status"] == "disconnected"
    with recording_pauses():
        for _ in range(4):
            aging.journey.run_jobs()
    assert aging.shown(integration)["status"] == "disconnected"
    assert [row for row in rows("credentials") if "sealed" in row] == []
    assert aging.simulator.state()[provider_id]["tokens"] == []


@pytest.mark.parametrize("provider_id", ["github", "zoom", "notion", "linear", "google", "asana"])
def test_a_reconnect_during_a_refresh_wins_and_goes_on_working(at, meanwhile, provider_id):
    """RF-22: the late answer is discarded, and revoking it must not end the new grant."""
    aging = at(provider_id)
    integration = aging.connect()
    aging.pass_(60)
    done = meanwhile(lambda: aging.reconnect(integration))

    assert aging.refresh(integration).status == 200
    assert done == ["once"]
    assert aging.sealed()["generation"] == 2
    assert "fence" not in aging.sealed()
    with recording_pauses():
        for _ in range(4):
            assert aging.journey.run_jobs() == []
    assert aging.act(integration).status == 200
    aging.refresh(integration)
    assert aging.act(integration).status == 200
    assert aging.shown(integration)["status"] == "active"


# Tables that take nothing


def transactions(**options):
    return failing("dynamodb", "TransactWriteItems", **options)


@pytest.fixture
def quick(monkeypatch, clock):
    """Pauses that pass at once, by our clock."""
    monkeypatch.setattr("time.sleep", clock.advance)
    assembly.means.cache_clear()


def test_a_write_that_fails_is_made_again(at, quick):
    """RF-07."""
    github = at("github")
    integration = github.connect()
    github.until(-10)
    with transactions(times=5) as failed:
        assert github.act(integration).status == 200

    assert len(failed) == 5
    assert len(github.refreshes()) == 1


def test_a_write_whose_answer_was_lost_is_known_again(at, quick):
    """RF-09."""
    github = at("github")
    integration = github.connect()
    github.until(-10)
    with losing_the_answer("dynamodb", "TransactWriteItems"):
        assert github.act(integration).status == 200

    assert len(github.refreshes()) == 1
    assert github.sealed()["revision"] == 1


@pytest.fixture
def parked(at, quick):
    """GitHub has rotated, and nothing could be stored to the end of the invocation."""
    github = at("github")
    integration = github.connect()
    github.until(-10)
    with transactions():
        reply = github.act(integration)
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")  # RF-08
    assert len(github.refreshes()) == 1
    return github, integration


def queued():
    url = runtime.variable("JOBS_QUEUE_URL")
    found = boto3.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [each["Body"] for each in found.get("Messages", [])]


def run(*bodies):
    records = [
        {
            "messageId": f"message-{n}",
            "receiptHandle": f"receipt-{n}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        for n, body in enumerate(bodies)
    ]
    with recording_pauses():
        answer = handler_of("jobs_worker")({"Records": records}, Context())
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_tokens_that_could_not_be_stored_are_parked_sealed_and_stored_once(parked, logs):
    """RF-07."""
    github, integration = parked
    (body,) = queued()
    for secret in github.simulator.issued_secrets():
        assert not leaks(secret, body)
    said = json.loads(body)
    assert said["kind"] == "store"
    assert b"ghu_" not in body.encode()

    assert run(body) == []
    assert github.sealed()["revision"] == 1
    stored = github.sealed()
    assert run(body, body) == []
    assert github.sealed() == stored
    assert github.act(integration).status == 200
    assert len(github.refreshes()) == 1
    assert logs.getvalue().count('"outcome":"stored"') == 1


def test_while_the_table_takes_nothing_the_parked_tokens_wait(parked):
    github, integration = parked
    (body,) = queued()
    with transactions():
        assert run(body) == ["message-0"]

    assert run(body) == []
    assert github.act(integration).status == 200


def test_parked_tokens_bring_back_a_grant_that_was_given_up_meanwhile(parked):
    """Somebody has tried with the spent token: it looks lost, and is not."""
    github, integration = parked
    (body,) = queued()
    github.pass_(31)
    assert github.act(integration).error == "reauth_required"
    assert github.shown(integration)["problem"]["category"] == "lost_rotation"

    assert run(body) == []
    assert github.shown(integration)["status"] == "active"
    assert github.act(integration).status == 200


def test_parked_tokens_of_a_grant_that_is_over_open_for_nobody(parked):
    github, integration = parked
    (body,) = queued()
    github.gateway.delete(f"/api/integrations/{integration}")

    assert run(body) == []
    assert [row for row in rows("credentials") if row["credentialsId"] == integration] == []
    assert github.shown(integration)["status"] == "disconnected"


def test_parked_tokens_never_overwrite_those_of_a_reconnect(parked):
    github, integration = parked
    (body,) = queued()
    github.reconnect(integration)
    stored = github.sealed()

    assert run(body) == []
    assert github.sealed() == stored
    assert github.act(integration).status == 200


def test_parked_tokens_with_fewer_scopes_are_stored_with_fewer_scopes(at, quick, monkeypatch):
    """OA-18: what the answer said is not forgotten on the way."""
    google = at("google")
    integration = google.connect()
    lost = google.provider.required_scopes[-1]
    left = [scope for scope in google.shown(integration)["scopesGranted"] if scope != lost]
    narrowing(monkeypatch, left)
    google.until(-10)
    with transactions():
        google.act(integration)
    (body,) = queued()

    assert run(body) == []
    shown = google.shown(integration)
    assert (shown["status"], shown["scopesMissing"]) == ("reauth_required", [lost])
    (event,) = told("integration.reauth_required")
    assert event["cause"] == "insufficient_scope"


def test_a_refresh_is_neither_begun_nor_noted_without_the_time_to_end_it(at, monkeypatch):
    """RF-19: a person's request hands the token out while it is good, and fails when it is not."""
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda self: 11_900)
    google = at("google")
    integration = google.connect()
    google.until(60)
    assert google.token(integration).status == 200
    google.until(-1)
    assert google.token(integration).error == "temporarily_unavailable"

    assert google.refreshes() == []
    assert "fence" not in google.sealed()


def test_a_loser_adopts_what_a_sibling_has_stored(at, meanwhile):
    """RF-03: the sibling was first at the provider, and ours is refused for it."""
    github = at("github")
    integration = github.connect()
    github.until(-10)

    def sibling():
        github.pass_(31)  # the lease is over
        assert github.refresh(integration).status == 200

    meanwhile(sibling, before=True)
    assert github.act(integration).status == 200
    assert [call.outcome for call in github.refreshes()] == ["ok", "bad_refresh_token"]
    assert github.shown(integration)["status"] == "active"
    assert told("integration.reauth_required") == []


def test_who_was_paused_past_the_lease_does_not_overwrite_what_is_newer(at, meanwhile):
    """RF-02."""
    google = at("google")
    integration = google.connect()
    google.until(-10)
    stored = []

    def sibling():
        google.pass_(31)
        assert google.refresh(integration).status == 200
        stored.append(google.sealed())

    meanwhile(sibling)
    assert google.act(integration).status == 200
    assert [google.sealed()] == stored
    assert len(google.refreshes()) == 2


def test_who_was_paused_past_the_lease_brings_back_what_only_they_have(
    at, meanwhile, quick, monkeypatch
):
    """The sibling was refused, since the token was spent, and took the grant for lost."""
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda self: 90_000)
    github = at("github")
    integration = github.connect()
    github.until(-10)
    said = []

    def sibling():
        github.pass_(31)
        said.append(github.refresh(integration).error)
        said.append(github.shown(integration)["problem"]["category"])

    meanwhile(sibling)
    assert github.act(integration).status == 200
    assert said == ["reauth_required", "lost_rotation"]
    assert github.shown(integration)["status"] == "active"
    github.until(-10)
    assert github.act(integration).status == 200


def test_dead_for_good_is_in_the_ledger_with_its_cause(at):
    github = at("github")
    integration = github.connect()
    github.until(-10)
    github.fail("lost_answer")
    github.act(integration)
    github.pass_(61)
    github.act(integration)

    assert [entry["outcome"] for entry in ledger("reauth_required")] == [
        refresh_attempt.LOST_ROTATION
    ]
    assert ledger("reauth_required")[0]["subject"] == "system"
    assert tick()[1] == []


def test_a_provider_that_calls_every_grant_dead_for_a_while_costs_nobody_a_consent(at):
    """RF-13: and when it has come to its senses, all are renewed without anybody's doing."""
    google = at("google")
    people = [google.connect(name) for name in ("grace@example.org", "ada@example.org")]
    google.pass_(3700)
    for _ in range(6):
        health.count(runtime.database(), "google", Answered.REFUSED, google.clock.now)
    google.fail("ok_false", "invalid_grant", times=2)

    assert [google.token(each).error for each in people] == ["provider_unavailable"] * 2
    assert {google.shown(each)["status"] for each in people} == {"active"}
    assert told("integration.reauth_required") == []
    google.pass_(2000)
    for _ in range(3):
        assert work_off() == []
        google.pass_(300)
    assert [google.token(each).status for each in people] == [200, 200]
    assert told("integration.reauth_required") == []


def test_a_grant_that_dies_alone_is_believed(at):
    """Negative control."""
    google = at("google")
    integration = google.connect()
    google.until(-10)
    google.fail("ok_false", "invalid_grant")

    assert google.token(integration).error == "reauth_required"
    assert len(told("integration.reauth_required")) == 1
