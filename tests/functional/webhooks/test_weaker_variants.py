"""The attacks bite: webhooks without one of their defences do not get through them."""

from collections.abc import Callable
from contextlib import suppress
from copy import replace
from typing import Any

import pytest

from hub import keyrings, schemes
from hub.providers._webhooks import Heard
from hub.schemes import Incoming, Verdict
from tests.functional.gateway import handler_of
from tests.functional.webhooks import attacks, test_attacks
from tests.functional.webhooks import test_attack_bodies as bodies
from tests.functional.webhooks import test_attack_replays as replays
from tests.functional.webhooks import test_attack_tenants as tenants
from tests.functional.webhooks.case import Case

type Weaken = Callable[[pytest.MonkeyPatch], None]

_verify = schemes.Signature.verify


@pytest.fixture(autouse=True)
def _not_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacks, "note", lambda *_: None)


def verifying_only_what_is_there(patch: pytest.MonkeyPatch) -> None:
    """As one does who writes `if signature:` before the comparison."""

    def verify(scheme: Any, incoming: Incoming, secrets: Any) -> Verdict:
        absent = not incoming.header(scheme.header)
        return Verdict.VERIFIED if absent else _verify(scheme, incoming, secrets)

    patch.setattr(schemes.Signature, "verify", verify)


def signing_with_nothing(patch: pytest.MonkeyPatch) -> None:
    """A secret that is missing is an empty key."""

    def verify(scheme: Any, incoming: Incoming, secrets: Any) -> Verdict:
        given, covered = incoming.header(scheme.header), scheme.covers(incoming)
        good = given in [scheme._sign(covered, each) for each in secrets or (b"",)]
        return Verdict.VERIFIED if good else Verdict.INVALID

    patch.setattr(schemes.Signature, "verify", verify)


def reading_any_number(patch: pytest.MonkeyPatch) -> None:
    """As one does who gives whatever comes to float()."""

    def is_near(stamp: Any, incoming: Incoming) -> bool:
        try:
            at = float(stamp.read(incoming))
        except ValueError:
            return False
        return not abs(incoming.at - at) > stamp.tolerance

    patch.setattr(schemes.Stamp, "is_near", is_near)


def without_a_window(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(schemes.Stamp, "is_near", lambda *_: True)


def comparing_text(patch: pytest.MonkeyPatch) -> None:
    """`compare_digest` raises on text that is not ASCII."""

    def header(incoming: Incoming, name: str) -> Any:
        return incoming.headers.get(name, "").encode("latin-1")

    patch.setattr(Incoming, "header", header)


def reading_json_as_it_comes(patch: pytest.MonkeyPatch) -> None:
    import json

    patch.setattr(Incoming, "json", lambda incoming: json.loads(incoming.body))


def never_forgetting_a_secret(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keyrings, "_is_before", lambda _until: True)


def told_apart_by_a_header(patch: pytest.MonkeyPatch) -> None:
    """What is not signed decides whether it was seen before."""
    _reading(patch, lambda heard, incoming: incoming.headers.get("x-slack-retry-num", heard.dedup))


def told_apart_by_the_request(patch: pytest.MonkeyPatch) -> None:
    """A retry with another stamp is another event."""
    _reading(
        patch, lambda heard, incoming: f"{heard.dedup}/{incoming.header('x-slack-signature')!r}"
    )


def _reading(patch: pytest.MonkeyPatch, dedup: Callable[[Heard, Incoming], str]) -> None:
    handler = handler_of("webhooks/slack")
    read = handler._webhooks.read

    def weaker(incoming: Incoming) -> tuple[Heard, ...]:
        return tuple(replace(each, dedup=dedup(each, incoming)) for each in read(incoming))

    patch.setattr(handler, "_webhooks", replace(handler._webhooks, read=weaker))


def marked_before_it_is_queued(patch: pytest.MonkeyPatch) -> None:
    """WH-10: what could not be queued is known already when the provider tries again."""
    handler = handler_of("webhooks/slack")
    seen, queue = set(), handler._queue

    def weaker(incoming: Incoming) -> None:
        for heard in handler._webhooks.read(incoming):
            if heard.dedup in seen:
                return
            seen.add(heard.dedup)
        queue(incoming)

    patch.setattr(handler, "_queue", weaker)


def content_with_the_queue_gone(patch: pytest.MonkeyPatch) -> None:
    """WH-12: 200 whatever becomes of it."""
    handler = handler_of("webhooks/slack")
    queue = handler._queue

    def weaker(incoming: Incoming) -> None:
        with suppress(Exception):  # that is what is wrong with it
            queue(incoming)

    patch.setattr(handler, "_queue", weaker)


CAUGHT_BY: dict[Weaken, Callable[..., None]] = {
    verifying_only_what_is_there: test_attacks.test_what_is_not_proven_is_refused,
    reading_any_number: test_attacks.test_a_stamp_that_is_none_is_refused,
    without_a_window: test_attacks.test_a_stamp_is_good_for_so_long_and_no_longer,
    comparing_text: test_attacks.test_what_is_not_proven_is_refused,
    reading_json_as_it_comes: bodies.test_hostile_bodies_correctly_signed_are_refused_at_once,
    told_apart_by_a_header: replays.test_other_transport_headers_make_no_other_event,
    told_apart_by_the_request: replays.test_the_providers_own_retry_is_the_same_event,
    never_forgetting_a_secret: tenants.test_two_secrets_are_good_until_the_older_one_ends,
}


@pytest.mark.parametrize("provider", ["slack"], indirect=True)
@pytest.mark.parametrize("weaken", CAUGHT_BY, ids=lambda each: each.__name__)
def test_a_weaker_variant_is_caught(case: Case, weaken: Weaken, monkeypatch: pytest.MonkeyPatch):
    weaken(monkeypatch)
    with pytest.raises(AssertionError):
        CAUGHT_BY[weaken](case)


@pytest.mark.parametrize("provider", ["slack"], indirect=True)
@pytest.mark.parametrize("weaken", [marked_before_it_is_queued, content_with_the_queue_gone])
def test_a_variant_that_loses_deliveries_is_caught(
    case: Case, weaken: Weaken, monkeypatch: pytest.MonkeyPatch
):
    weaken(monkeypatch)
    with pytest.raises(AssertionError), monkeypatch.context() as patch:
        bodies.test_while_the_queue_is_down_the_provider_is_asked_to_come_again(
            case, "throttled", patch
        )


@pytest.mark.parametrize("provider", ["slack"], indirect=True)
def test_a_variant_that_takes_an_empty_secret_is_caught(
    case: Case, monkeypatch: pytest.MonkeyPatch
):
    signing_with_nothing(monkeypatch)
    with pytest.raises(AssertionError):
        test_attacks.test_without_a_secret_nothing_is_accepted(case, monkeypatch)
