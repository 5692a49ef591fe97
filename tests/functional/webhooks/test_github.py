"""GitHub's events: of the GitHub App, and of hooks that an OAuth App made."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from tests.functional.conftest import Clock
from tests.functional.github import ADA, BOB, GRACE, grants
from tests.functional.journey import Journey
from tests.functional.stored import rows
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.simulator.webhooks import Delivered, Sent

DAY = 86_400
HOOKS = {"scopes": ["admin:repo_hook", "admin:org_hook", "read:org"]}


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    """Ada is connected through the GitHub App; she reaches both its installations."""
    return connect(journey, ADA)


@pytest.fixture
def hooked(clock: Clock, journey: Journey) -> str:
    """Ada is connected through an OAuth App, and lets it make hooks."""
    journey.simulator.configure("github", oauth_app=True)
    return connect(journey, ADA, HOOKS)


def connect(journey: Journey, account: str, more: dict[str, Any] | None = None) -> str:
    started = journey.start({"providerId": "github", **(more or {})})
    back = journey.consent(started, account)
    journey.return_(back, started.cookie)
    assert journey.run_jobs() == []
    (found,) = (row["integrationId"] for row in rows("integrations"))
    return str(found)


def tell(journey: Journey, event: str, account: str = ADA, **details: Any) -> list[Delivered]:
    told = journey.simulator.notify("github", event, account, **details)
    assert {answer.status for answer in told} <= {200}
    assert journey.hear() == []
    return told


def sent(journey: Journey, event: str, **details: Any) -> Sent:
    (made,) = journey.simulator.notifications("github", event, ADA, **details)
    return made


def queued_jobs() -> list[str]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in found.get("Messages", [])]


def requeue(message: str) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=message)


def hooks(journey: Journey) -> list[str]:
    return [hook["place"] for hook in journey.simulator.state()["github"]["hooks"]]


def state() -> tuple[str, str | None]:
    """Give an integration's status and what is wrong with it."""
    (row,) = rows("integrations")
    return row["integrationStatus"], (row.get("problem") or {}).get("category")


class TestApp:
    def test_an_event_reaches_the_bus_the_log_and_the_sync(
        self, journey: Journey, integration: str
    ):
        tell(journey, "issues")

        (event,) = received()
        (told,) = event["events"]
        assert (told["type"], told["resource"]) == ("issues.opened", "issues")
        assert told["externalId"].startswith("32")
        (line,) = deliveries(integration)
        assert (line["verdict"], line["outcome"]) == ("verified", "applied")
        assert changes(integration) == {"issues"}
        assert "notes" not in json.dumps(rows("outbox") + rows("webhooks"), default=str)

    @pytest.mark.parametrize(
        ("event", "resource"),
        [
            ("issue_comment", "issues"),
            ("label", "issues"),
            ("pull_request", "issues"),
            ("repository", "repositories"),
            ("installation_repositories", "repositories"),
        ],
    )
    def test_each_event_is_about_a_resource(
        self, journey: Journey, integration: str, event: str, resource: str
    ):
        tell(journey, event)

        assert changes(integration) == {resource}

    @pytest.mark.parametrize("event", ["ping", "push"])
    def test_what_is_no_concern_of_ours_is_taken_and_left(
        self, journey: Journey, integration: str, event: str
    ):
        tell(journey, event)

        assert (received(), deliveries(integration)) == ([], [])

    def test_the_same_body_is_the_same_delivery(self, journey: Journey, integration: str):
        first = sent(journey, "issues")
        again = replace(first, headers={**first.headers, "X-GitHub-Delivery": "another"})
        for each in (first, again):
            journey.simulator.post("github", each)
        assert journey.hear() == []

        assert len(received()) == 1

    def test_nothing_is_tried_again(self, journey: Journey, integration: str):
        refused = replace(sent(journey, "issues"), body=b"{}")
        assert journey.simulator.post("github", refused).status == 401
        journey.simulator.advance(DAY)

        assert len(journey.simulator.answers()) == 1

    def test_an_installation_that_nobody_reaches_is_unheard(self, clock: Clock, journey: Journey):
        connect(journey, GRACE)
        tell(journey, "issues", installation=9002, repository="ada-byron/notes")

        assert received() == []

    def test_an_unsigned_header_makes_no_other_event(self, journey: Journey, integration: str):
        for event in ("installation", "github_app_authorization", "meta"):
            captured = sent(journey, "issues")
            forged = {**captured.headers, "X-GitHub-Event": event}
            journey.simulator.post("github", replace(captured, headers=forged))
        assert journey.hear() == []

        assert {told["type"] for event in received() for told in event["events"]} == {
            "issues.opened"
        }
        assert state() == ("active", None)

    def test_only_json_is_taken(self, journey: Journey, integration: str):
        made = sent(journey, "issues")
        form = {**made.headers, "Content-Type": "application/x-www-form-urlencoded"}

        assert journey.simulator.post("github", replace(made, headers=form)).status == 400


class TestLifecycle:
    def test_a_revoked_authorization_is_found_dead(self, journey: Journey, integration: str):
        journey.simulator.uninstall("github", ADA)
        tell(journey, "github_app_authorization", GRACE)  # the person's own, and no other
        assert journey.run_jobs() == []
        assert state() == ("active", None)

        tell(journey, "github_app_authorization", ADA)
        journey.run_jobs()
        assert state() == ("reauth_required", "grant_refused")

    def test_told_late_it_ends_no_newer_authorization(
        self, clock: Clock, journey: Journey, integration: str
    ):
        revoked = sent(journey, "github_app_authorization")
        journey.simulator.uninstall("github", ADA)
        clock.advance(20)
        assert connect(journey, ADA) == integration
        for delivery in ("one", "another"):
            headers = {**revoked.headers, "X-GitHub-Delivery": delivery}
            journey.simulator.post("github", replace(revoked, headers=headers))
        assert journey.hear() == []
        assert journey.run_jobs() == []

        assert state() == ("active", None)

    def test_one_of_two_installations_ends_no_grant(self, journey: Journey, integration: str):
        tell(journey, "installation", installation=9001)
        assert changes(integration) == {"everything"}
        assert journey.run_jobs() == []

        assert state() == ("active", None)
        tell(journey, "issues", installation=9001)  # not ours any more
        assert len(received()) == 0
        tell(journey, "issues", installation=9002)
        assert len(received()) == 1

    def test_the_last_installation_ends_it(self, journey: Journey, integration: str):
        for number in (9001, 9002):
            tell(journey, "installation", installation=number)
        assert journey.run_jobs() == []

        assert state() == ("reauth_required", "revoked_at_provider")

    def test_an_old_deletion_sent_again_ends_nothing(
        self, clock: Clock, journey: Journey, integration: str
    ):
        deleted = sent(journey, "installation", installation=9001)
        sent(journey, "installation", installation=9001, action="created")
        clock.advance(40 * DAY)  # longer than a delivery is remembered
        journey.simulator.post("github", deleted)
        assert journey.hear() == []
        assert journey.run_jobs() == []

        assert state() == ("active", None)
        tell(journey, "issues", installation=9001)
        assert "issues" in changes(integration)

    def test_who_installs_the_app_elsewhere_hears_of_that_place(
        self, journey: Journey, integration: str
    ):
        tell(journey, "installation", installation=9002)
        assert journey.run_jobs() == []
        tell(journey, "installation", installation=9002, action="created")
        assert journey.run_jobs() == []

        tell(journey, "issues", installation=9002)
        assert "issues" in changes(integration)

    def test_suspending_ends_nothing(self, journey: Journey, integration: str):
        for action in ("suspend", "unsuspend"):
            tell(journey, "installation", action=action)
            assert journey.run_jobs() == []

        assert state() == ("active", None)


class TestHooks:
    def test_connecting_makes_hooks_where_the_person_may(self, journey: Journey, hooked: str):
        assert hooks(journey) == ["orgs/globex", "repos/ada-byron/notes"]
        assert {row["key"]: row["state"] for row in subscriptions(hooked)} == {
            "orgs/globex": "active",
            "repos/ada-byron/notes": "active",
        }
        assert received() == []  # a ping is no change

    def test_without_their_scopes_there_are_none(self, clock: Clock, journey: Journey):
        journey.simulator.configure("github", oauth_app=True)
        integration = connect(journey, ADA)

        assert (hooks(journey), subscriptions(integration)) == ([], [])

    def test_an_app_needs_none(self, journey: Journey, integration: str):
        assert (hooks(journey), subscriptions(integration)) == ([], [])

    def test_a_hook_tells(self, journey: Journey, hooked: str):
        assert len(tell(journey, "issues")) == 1

        (event,) = received()
        assert event["integrationId"] == hooked
        assert changes(hooked) == {"issues"}

    def test_an_address_of_another_subscription_takes_no_hooks_word(
        self, journey: Journey, hooked: str
    ):
        organization, repository = (
            row["whose"].removeprefix("webhook#") for row in subscriptions(hooked)
        )
        made = sent(journey, "issues", repository="globex/board")
        url = made.url.replace(organization, repository)
        if url == made.url:
            url = made.url.replace(repository, organization)

        assert journey.simulator.post("github", replace(made, url=url)).status == 401
        plain = made.url.partition("?")[0]
        assert journey.simulator.post("github", replace(made, url=plain)).status == 401

    def test_a_hook_is_written_anew_each_day(self, clock: Clock, journey: Journey, hooked: str):
        for _ in range(3):
            clock.advance(1.1 * DAY)  # somewhat more or less than a day
            journey.gateway.invoke("webhook_dispatcher", {})
            assert journey.run_jobs() == []

        assert len(journey.simulator.calls("hooks.update")) == 6
        assert {row["state"] for row in subscriptions(hooked)} == {"active"}

    def test_a_hook_that_was_deleted_is_made_anew(self, journey: Journey, hooked: str):
        tell(journey, "meta", repository="ada-byron/notes")
        assert hooks(journey) == ["orgs/globex"]
        assert journey.run_jobs() == []

        assert hooks(journey) == ["orgs/globex", "repos/ada-byron/notes"]
        assert len(subscriptions(hooked)) == 2
        assert "everything" in changes(hooked)

    def test_a_place_that_takes_no_more_hooks_has_its_neighbour_hooked(
        self, clock: Clock, journey: Journey
    ):
        journey.simulator.fault("github", "hooks.create", "ok_false", value="validation")
        journey.simulator.configure("github", oauth_app=True)
        started = journey.start({"providerId": "github", **HOOKS})
        journey.return_(journey.consent(started, ADA), started.cookie)

        assert journey.run_jobs() == []
        assert hooks(journey) == ["repos/ada-byron/notes"]

    def test_a_hook_whose_making_broke_off_is_not_left(self, clock: Clock, journey: Journey):
        journey.simulator.fault("github", "hooks.create", "lost_answer")
        journey.simulator.configure("github", oauth_app=True)
        started = journey.start({"providerId": "github", "scopes": ["admin:repo_hook"]})
        journey.return_(journey.consent(started, ADA), started.cookie)
        journey.carry_outbox()
        (message,) = queued_jobs()
        assert journey.run_jobs() != []
        assert len(hooks(journey)) == 1
        requeue(message)
        assert journey.run_jobs() == []

        assert hooks(journey) == ["repos/globex/handbook", "repos/ada-byron/notes"]
        assert len(journey.simulator.calls("hooks.delete")) == 1

    def test_disconnecting_deletes_the_hooks_before_the_grant(self, journey: Journey, hooked: str):
        journey.gateway.delete(f"/api/integrations/{hooked}")
        assert journey.run_jobs() == []

        assert (hooks(journey), subscriptions(hooked), grants(journey.simulator)) == ([], [], [])
        operations = [call.operation for call in journey.simulator.log()]
        assert operations[-3:] == ["hooks.delete", "hooks.delete", "revoke"]


def test_each_organization_hears_by_its_own_integration(clock: Clock, journey: Journey):
    journey.connect(ADA, provider="github")
    journey.connect(GRACE, provider="github", user=BOB)
    assert journey.run_jobs() == []
    tell(journey, "issues", installation=9002, repository="ada-byron/notes")

    (event,) = received()
    assert event["organizationId"] == "org-a"
