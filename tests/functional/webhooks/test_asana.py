"""Asana's webhooks, from the consent to their end."""

import json
from copy import replace
from typing import Any

import pytest

from hub import providers
from tests.functional.asana import ADA, GRACE
from tests.functional.conftest import Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey
from tests.functional.made_up import declare
from tests.functional.stored import rows
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.simulator.providers.asana.hooks import DAY, RETRIES, Hooks
from tests.simulator.providers.asana.world import BERTHS, EXAMPLE, HARBOUR, ONBOARDING, find
from tests.simulator.webhooks import Delivered, Sent

TASK = "1210000000000901"
NEW = "1210000000000999"


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    integration = journey.connect(GRACE, provider="asana")
    assert journey.run_jobs() == []
    return integration


def hooks(journey: Journey) -> list[dict[str, Any]]:
    """Give Grace's."""
    person = find(GRACE)
    assert person
    found = journey.simulator.state()["asana"]["webhooks"]
    return [hook for hook in found if hook["person"] == person.gid]


def watched(journey: Journey) -> list[str]:
    return sorted(hook["resource"]["gid"] for hook in hooks(journey))


def pass_half_a_day(journey: Journey, clock: Clock) -> list[dict[str, str]]:
    """Let time go by until webhooks are looked at again; give what failed."""
    clock.advance(14 * 3600)
    journey.simulator.advance(14 * 3600)
    journey.gateway.invoke("webhook_dispatcher", {})
    return journey.run_jobs()


def of_project(journey: Journey, event: str, **details: Any) -> Sent:
    """Give what Asana sends to the webhook of the first project."""
    found = journey.simulator.notifications("asana", event, GRACE, **details)
    return next(sent for sent in found if sent.url == target(journey, ONBOARDING))


def target(journey: Journey, resource: str) -> str:
    (url,) = (hook["target"] for hook in hooks(journey) if hook["resource"]["gid"] == resource)
    return str(url)


def test_connecting_watches_workspaces_and_projects(journey: Journey, integration: str):
    assert watched(journey) == sorted([EXAMPLE, HARBOUR, ONBOARDING, BERTHS])
    held = subscriptions(integration)
    assert {(row["key"], row["resource"], row["state"]) for row in held} == {
        (f"workspace/{EXAMPLE}", "projects", "active"),
        (f"workspace/{HARBOUR}", "projects", "active"),
        (f"project/{ONBOARDING}", "tasks", "active"),
        (f"project/{BERTHS}", "tasks", "active"),
    }
    for secret in journey.simulator.issued_secrets():
        assert secret not in json.dumps(rows("webhooks"), default=str)


def test_a_changed_task_reaches_the_bus_the_log_and_the_sync(journey: Journey, integration: str):
    (answer,) = journey.simulator.notify("asana", "task.changed", GRACE, gid=TASK)
    assert (answer.status, answer.body) == (200, b"")
    assert journey.hear() == []

    (event,) = received()
    assert event["integrationId"] == integration
    (told,) = event["events"]
    assert (told["type"], told["resource"], told["externalId"]) == ("task.changed", "tasks", TASK)
    assert abs(told["occurredAt"] / 1000 - journey.simulator.now()) < 60
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == {"tasks"}


def test_a_heartbeat_is_taken_and_tells_nothing(journey: Journey, integration: str):
    answers = journey.simulator.notify("asana", "heartbeat", GRACE)

    assert [answer.status for answer in answers] == [200] * 4
    assert journey.hear() == []
    assert received() == deliveries(integration) == []


def test_the_same_bytes_are_the_same_delivery(journey: Journey, integration: str):
    sent = of_project(journey, "task.added", gid=TASK)
    for _ in range(2):
        assert journey.simulator.post("asana", sent).status == 200
    journey.simulator.advance(1)
    journey.simulator.notify("asana", "task.added", GRACE, gid=TASK)
    assert journey.hear() == []

    assert len(received()) == 2


class TestHandshake:
    def test_it_is_answered_only_while_a_webhook_is_being_made(
        self, journey: Journey, integration: str
    ):
        shaken = [answer for sent, answer in journey.simulator.answers() if sent.body == b"{}"]
        assert [answer.status for answer in shaken] == [200] * 4

        sent, _ = journey.simulator.answers()[0]
        assert journey.gateway.deliver(sent).status == 401
        nowhere = sent.url.partition("?")[0]
        assert journey.gateway.deliver(replace(sent, url=nowhere)).status == 401

    @pytest.mark.parametrize("signed", [True, False])
    def test_an_event_is_none(self, journey: Journey, integration: str, *, signed: bool):
        """WH-04: the header with it has no effect, neither on what is stored nor on the verdict."""
        before = subscriptions(integration)
        sent = of_project(journey, "task.changed", gid=TASK)
        headers = {**(sent.headers if signed else {}), "X-Hook-Secret": "0" * 64}
        answer = journey.gateway.deliver(replace(sent, headers=headers))

        assert answer.status == (200 if signed else 401)
        assert "x-hook-secret" not in answer.headers
        assert journey.hear() == []
        assert len(received()) == int(signed)
        assert subscriptions(integration) == before

    def test_nor_is_one_while_a_webhook_is_being_made(self, clock: Clock, journey: Journey):
        """Not even then is its word repeated, and a signature cannot be judged yet: 503."""
        made: list[int] = []

        def also(sent: Sent) -> Delivered:
            body = json.dumps({"events": [{"action": "added"}]}).encode()
            for headers, content in (
                ({"X-Hook-Secret": sent.headers["X-Hook-Secret"]}, body),
                ({"X-Hook-Secret": sent.headers["X-Hook-Secret"]}, b"no JSON"),
                ({"X-Hook-Secret": "two words"}, b"{}"),
                ({"X-Hook-Signature": "0" * 64}, body),
                ({"X-Hook-Signature": "0" * 64} | sent.headers, b"{}"),
            ):
                answer = journey.gateway.deliver(replace(sent, headers=headers, body=content))
                assert "x-hook-secret" not in answer.headers
                made.append(answer.status)
            return journey.gateway.deliver(sent)

        journey.simulator.deliver_by(also)
        integration = journey.connect(GRACE, provider="asana")
        assert journey.run_jobs() == []

        assert made == [401, 401, 401, 503, 503] * 4
        assert {row["state"] for row in subscriptions(integration)} == {"active"}
        assert journey.hear() == []
        assert received() == []

    def test_without_one_there_is_no_webhook(self, clock: Clock, journey: Journey):
        journey.simulator.deliver_by(lambda _: Delivered(status=200))
        integration = journey.connect(GRACE, provider="asana")

        assert journey.run_jobs() == []
        assert hooks(journey) == []
        assert {row["state"] for row in subscriptions(integration)} == {"refused"}


def test_a_webhook_that_nobody_knows_is_refused_and_ends_by_that(
    journey: Journey, clock: Clock, integration: str, capsys: pytest.CaptureFixture[str]
):
    sent = of_project(journey, "task.changed", gid=TASK)
    lost = replace(sent, url=f"{sent.url[:-12]}{'0' * 12}")
    capsys.readouterr()

    assert journey.gateway.deliver(lost).status == 401
    assert "WebhooksNotConfigured" not in capsys.readouterr().out


def test_the_webhook_of_another_organization_verifies_nothing(journey: Journey, integration: str):
    """WH-13: a secret is good for the address it was agreed on for, and for no other."""
    other = journey.connect(ADA, provider="asana", user=User(organization="org-b", id="bob"))
    assert journey.run_jobs() == []
    sent = of_project(journey, "task.changed", gid=TASK)
    (row,) = (each for each in subscriptions(other) if each["key"] == f"project/{ONBOARDING}")
    there = f"{sent.url.partition('=')[0]}={row['whose'].removeprefix('webhook#')}"

    assert journey.gateway.deliver(replace(sent, url=there)).status == 401
    assert journey.gateway.deliver(sent).status == 200
    assert journey.hear() == []
    assert [event["integrationId"] for event in received()] == [integration]


class TestAfterwards:
    def test_a_new_project_is_watched_from_then_on(self, journey: Journey, integration: str):
        journey.simulator.notify("asana", "project.added", GRACE, project=NEW, workspace=HARBOUR)
        assert journey.hear() == []
        assert changes(integration) == {"projects"}
        assert journey.run_jobs() == []

        assert NEW in watched(journey)
        assert len(subscriptions(integration)) == 5
        (answer,) = journey.simulator.notify("asana", "task.added", GRACE, project=NEW, gid=TASK)
        assert answer.status == 200

    def test_a_deleted_one_no_more(self, journey: Journey, integration: str):
        journey.simulator.notify("asana", "project.deleted", GRACE, project=BERTHS)
        assert journey.hear() == []
        assert changes(integration) == {"projects"}
        assert journey.run_jobs() == []

        assert len(subscriptions(integration)) == 3
        assert BERTHS not in watched(journey)

    def test_one_that_lives_stays(self, clock: Clock, journey: Journey, integration: str):
        before = watched(journey), {row["whose"] for row in subscriptions(integration)}
        assert pass_half_a_day(journey, clock) == pass_half_a_day(journey, clock) == []

        assert (watched(journey), {row["whose"] for row in subscriptions(integration)}) == before
        assert journey.simulator.calls("webhooks.get")
        assert len(journey.simulator.calls("webhooks.create")) == 4
        assert journey.simulator.notify("asana", "task.changed", GRACE)[0].status == 200

    def test_what_asana_deleted_is_made_anew(
        self, clock: Clock, journey: Journey, integration: str
    ):
        """A day without an answer ends a webhook; what it did not tell is read by a sync."""
        journey.simulator.deliver_by(lambda _: Delivered(status=0))
        journey.simulator.notify("asana", "task.changed", GRACE)
        for _ in RETRIES:
            journey.simulator.advance(DAY / 2)
        assert ONBOARDING not in watched(journey)

        journey.simulator.deliver_by(journey.gateway.deliver)
        assert pass_half_a_day(journey, clock) == []
        assert watched(journey) == sorted([EXAMPLE, HARBOUR, ONBOARDING, BERTHS])
        assert len(subscriptions(integration)) == 4
        assert changes(integration) == {"tasks"}

    @pytest.mark.parametrize("spoil", ["switched off", "sent elsewhere"])
    def test_so_is_one_that_tells_us_nothing(
        self, clock: Clock, journey: Journey, integration: str, spoil: str
    ):
        played = journey.simulator._engine.provider("asana")._hooks  # type: ignore[attr-defined]
        (hook,) = (each for each in played.hooks.values() if each.resource == BERTHS)
        if spoil == "switched off":
            hook.active = False
        else:
            hook.target = "https://elsewhere.example/api/webhooks/asana"
        assert pass_half_a_day(journey, clock) == []

        assert watched(journey) == sorted([EXAMPLE, HARBOUR, ONBOARDING, BERTHS])
        assert all(each["active"] for each in hooks(journey))
        assert hook.gid not in {each["gid"] for each in hooks(journey)}

    def test_disconnecting_deletes_them_before_the_grant(self, journey: Journey, integration: str):
        journey.gateway.delete(f"/api/integrations/{integration}")
        assert journey.run_jobs() == []

        assert hooks(journey) == subscriptions(integration) == []
        operations = [call.operation for call in journey.simulator.log()]
        assert operations[-5:] == ["webhooks.delete"] * 4 + ["revoke"]


def test_who_connected_before_stays_connected_and_hears_nothing(clock: Clock, journey: Journey):
    asana = providers.get("asana")
    before = tuple(each for each in asana.scopes if not each.id.startswith("webhooks:"))
    with pytest.MonkeyPatch.context() as patch:
        declare(patch, replace(asana, scopes=before))
        integration = journey.connect(GRACE, provider="asana")
    assert journey.run_jobs() == []

    assert hooks(journey) == subscriptions(integration) == []
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["healthStatus"], shown["problem"]) == ("active", "healthy", None)


def test_an_answer_without_a_secret_makes_no_webhook(
    clock: Clock, journey: Journey, monkeypatch: pytest.MonkeyPatch
):
    """Nothing that it sends could be verified: it is deleted again."""
    create = Hooks.create

    def keeps_quiet(self: Hooks, *given: Any) -> Any:
        answer = create(self, *given)
        content = json.loads(answer.body)
        del content["X-Hook-Secret"]
        return replace(answer, body=json.dumps(content).encode())

    monkeypatch.setattr(Hooks, "create", keeps_quiet)
    journey.simulator.reset()
    integration = journey.connect(GRACE, provider="asana")

    assert len(journey.run_jobs()) == 1
    assert hooks(journey) == subscriptions(integration) == []
