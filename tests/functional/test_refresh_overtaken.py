"""A refresh that others overtake: a reconnect or a disconnection while the provider is asked, a
sibling that was first, a process that was paused past its lease.
"""

import pytest

from hub import assembly, runtime
from hub.http_client import HttpClient
from hub.models import Problem
from hub.store import integrations
from hub.store.integrations import Integrations
from tests.functional.aging import Aging, told
from tests.functional.breakdowns import recording_pauses
from tests.functional.gateway import Context
from tests.functional.stored import rows

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


@pytest.fixture
def quick(monkeypatch, clock):
    """Pauses that pass at once, by our clock."""
    monkeypatch.setattr("time.sleep", clock.advance)
    assembly.means.cache_clear()


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


def test_what_others_note_of_the_integration_meanwhile_stays(at, meanwhile):
    """A refresh writes what it changes, and not the whole item as it once read it."""
    aging = at("google")
    integration = aging.connect()
    aging.pass_(60)
    problem = Problem(category="subscription_lost", since=int(aging.clock.now))

    def note() -> None:
        found = Integrations(runtime.database(), "org-a").get(integration)
        runtime.database().update(integrations.note_subscription_problem(found, problem))

    meanwhile(note)

    assert aging.refresh(integration).status == 200
    assert aging.shown(integration)["problem"]["category"] == "subscription_lost"
