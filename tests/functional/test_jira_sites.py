"""One grant of a person reaches all their sites: each integration stays with its own."""

import pytest

from tests.functional.jira import (
    ADA,
    ADA_AT_GLOBEX,
    BOB,
    GRACE,
    JIRA,
    Page,
    act,
    come_back,
    connect_both,
    issues,
    shown,
)
from tests.functional.journey import result
from tests.functional.stored import dump, leaks, rows, states
from tests.simulator.providers.jira.people import GLOBEX, INITECH


def test_a_person_with_two_sites_in_the_grant_chooses_one(journey, simulator):
    first, second = connect_both(journey)

    assert first != second
    names = [shown(journey, each)["accountName"] for each in (first, second)]
    assert names == [
        "Initech (initech.atlassian.net), ada@example.org",
        "Globex (globex.atlassian.net), ada@example.org",
    ]
    assert states() == []


def test_the_page_names_the_sites_and_nothing_is_connected_before_the_choice(journey):
    journey.connect(ADA, provider="jira")
    page = Page(journey, come_back(journey, ADA_AT_GLOBEX))

    assert list(page.sites) == [
        "Initech (initech.atlassian.net), ada@example.org",
        "Globex (globex.atlassian.net), ada@example.org",
    ]
    assert len(rows("integrations")) == 1
    assert not any(leaks(site.id, dump()) for site in (INITECH, GLOBEX))


def test_each_integration_acts_on_its_own_site_though_both_tokens_reach_both(journey, simulator):
    first, second = connect_both(journey)
    for integration in (first, second, first):
        assert act(journey, integration).status == 200

    assert [issue["site"] for issue in issues(simulator)] == ["Initech", "Globex", "Initech"]


def test_another_organizations_site_is_not_reached_though_the_grant_covers_it(journey, simulator):
    """Ada works for two organizations that know nothing of each other."""
    ours = journey.connect(ADA, provider="jira")
    started = journey.start(JIRA, user=BOB)
    page = Page(journey, come_back(journey, ADA_AT_GLOBEX, started=started))
    theirs = result(page.choose("Globex"))["integration"]

    assert act(journey, ours).status == 200
    assert act(journey, theirs, user=BOB).status == 200
    assert [issue["site"] for issue in issues(simulator)] == ["Initech", "Globex"]
    simulator.uninstall("jira", "Initech")
    assert act(journey, ours).error == "reauth_required"
    assert act(journey, theirs, user=BOB).status == 200


def test_a_client_that_is_not_pinned_would_act_on_another_site(journey, simulator, monkeypatch):
    """The control: were the first site of the grant taken, the issue would be a stranger's."""
    from hub import providers
    from hub.providers.jira.client import JiraClient
    from hub.providers.jira.gateway import find_sites

    def unpinned(to):
        token, api = to.token.reveal(), to.endpoints.api
        first, *_ = find_sites(to.send, token, api)
        return JiraClient(token, first.id, to.send, api)

    _, second = connect_both(journey)
    jira = providers.get("jira")
    monkeypatch.setitem(vars(jira), "make_client", unpinned)
    assert act(journey, second).status == 200

    assert [issue["site"] for issue in issues(simulator)] == ["Initech"]


def test_a_site_restricted_grant_asks_for_no_choice(journey, simulator):
    simulator.configure("jira", site_restricted=True)
    first = journey.connect(ADA, provider="jira")
    second = result(come_back(journey, ADA_AT_GLOBEX))["integration"]

    assert first != second


@pytest.mark.parametrize("seat", [ADA, ADA_AT_GLOBEX])
def test_reconnecting_asks_for_no_choice_and_stays_with_its_site(journey, simulator, seat):
    first, second = connect_both(journey)
    for integration in (first, second):
        reply = come_back(journey, seat, started=journey.reconnect(integration))

        assert result(reply) == {"integration": integration, "status": "connected"}
    act(journey, second)
    assert [issue["site"] for issue in issues(simulator)] == ["Globex"]


def test_another_person_on_the_same_site_is_another_account(journey, simulator):
    """OA-17."""
    integration = journey.connect(GRACE, provider="jira")
    before = dump()["credentials"]
    reply = come_back(journey, ADA, started=journey.reconnect(integration))

    assert result(reply) == {"provider": "jira", "error": "account_mismatch"}
    assert [row for row in rows("credentials") if row in before] == before
    assert journey.run_jobs() == []
    assert act(journey, integration).status == 200
    assert journey.connect(ADA, provider="jira") != integration


def test_a_site_the_grant_has_lost_cannot_be_reconnected_by_another(journey, simulator):
    first, second = connect_both(journey)
    simulator.uninstall("jira", "Initech")
    reply = come_back(journey, ADA_AT_GLOBEX, started=journey.reconnect(first))

    assert result(reply)["error"] == "account_mismatch"
    assert act(journey, first).error == "reauth_required"
    assert act(journey, second).status == 200


def test_an_account_is_the_same_whatever_the_site_and_the_person_are_called(journey, monkeypatch):
    first = journey.connect(GRACE, provider="jira")
    monkeypatch.setattr("tests.simulator.providers.jira.people.Site.url", "https://new.example")
    again = journey.connect(GRACE, provider="jira")

    assert again == first
    assert shown(journey, again)["accountName"] == "Initech (new.example), grace@example.org"
