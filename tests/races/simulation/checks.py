"""RF-25: what must hold of every history, whatever struck it. Each check gives a sentence for what
does not hold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hub.errors import HubError
from tests.races.simulation.history import Event
from tests.races.simulation.providers import Played
from tests.races.simulation.stage import Stage
from tests.simulator.standard.grants import RefreshToken

LOST_ROTATION = "lost_rotation"
REAUTH = "integration.reauth_required"
TRIES = 5
"""So many there are at least within ten minutes of the first, each of 12 seconds."""


def violations(stage: Stage) -> list[str]:
    """Check a history that has been recovered from."""
    found = []
    for integration_id in stage.accounts:
        story = Story(stage, integration_id)
        for check in _CHECKS:
            found += [f"{integration_id[-6:]}: {sentence}" for sentence in check(story)]
    return found


@dataclass
class Story:
    """What happened to one integration."""

    stage: Stage
    integration_id: str

    @cached_property
    def events(self) -> list[Event]:
        history = self.stage.history.events
        own = {
            e.token for e in history if e.kind == "sent" and e.integration == self.integration_id
        }
        return [
            each
            for each in history
            if each.fields.get("integration") == self.integration_id
            or (each.kind == "effect" and each.token in own)
        ]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    @cached_property
    def played(self) -> Played:
        return self.stage.played(self.integration_id)

    @cached_property
    def stored(self) -> dict[str, float]:
        """When each refresh token was first stored."""
        first: dict[str, float] = {}
        for event in self.of("stored"):
            first.setdefault(event.refresh, event.at)
        return first

    def spent(self, token: str) -> RefreshToken:
        return self.played.grants.refresh_tokens[token]

    @cached_property
    def issued(self) -> dict[str, str]:
        """What was issued for which token, as far as a provider rotates."""
        if self.played.kind.rotation is None:
            return {}
        return {e.issued: e.token for e in self.of("effect") if e.outcome == "ok"}

    @cached_property
    def ended_by_person(self) -> bool:
        return bool(self.of("ended"))


def one_call_for_a_fence(story: Story) -> Iterator[str]:
    """At most one call of the provider for each lease that was taken."""
    calls = Counter((event.generation, event.fence) for event in story.of("sent"))
    yield from (f"{count} calls under fence {fence}" for fence, count in calls.items() if count > 1)


def no_two_calls_at_once(story: Story) -> Iterator[str]:
    """Two calls are open at once only if the first outlived its lease."""
    answers = {(event.who, event.fence): event.at for event in story.of("got")}
    calls = sorted(story.of("sent"), key=lambda event: event.at)
    for number, first in enumerate(calls):
        until = min(answers.get((first.who, first.fence), first.until), first.until)
        for second in calls[number + 1 :]:
            if second.generation == first.generation and second.at < until:
                yield f"fences {first.fence} and {second.fence} have calls open at once"


def nothing_spent_is_sent_knowingly(story: Story) -> Iterator[str]:
    """Nobody sends a token when a newer one was stored before they got their lease, or when their
    lease is over.
    """
    leases = {(event.generation, event.fence): event.at for event in story.of("leased")}
    stored = story.of("stored")
    for call in story.of("sent"):
        leased = leases[call.generation, call.fence]
        before = [each for each in stored if each.at <= leased]
        if not before or before[-1].refresh != call.token:
            yield f"at {call.at:.3f} fence {call.fence} sends what is not the token stored last"
        if call.at > call.until:
            yield f"at {call.at:.3f} fence {call.fence} asks after its lease"


def what_is_stored_is_never_older(story: Story) -> Iterator[str]:
    """Within a grant, nothing takes the place of what was issued for it."""
    seen: dict[int, list[str]] = defaultdict(list)
    given = {event.issued: event.at for event in story.of("effect") if event.outcome == "ok"}
    for event in story.of("stored"):
        chain = seen[event.generation]
        if chain and given.get(chain[-1], 0.0) > given.get(event.refresh, event.at):
            yield f"at {event.at:.3f} an older token takes the place of a newer one"
        if event.refresh in chain[:-1]:
            yield f"at {event.at:.3f} an older token takes the place of a newer one"
        if chain and story.issued.get(event.refresh, chain[-1]) not in chain:
            yield f"at {event.at:.3f} a token of another grant is stored"
        if chain[-1:] != [event.refresh]:
            chain.append(event.refresh)


def last_stored_is_good(story: Story) -> Iterator[str]:
    """In the end a live integration holds the last token there is, and it is fresh."""
    integration = story.stage.integration(story.integration_id)
    if integration.status != "active":
        return
    try:
        tokens = story.stage.tokens(story.integration_id)
    except HubError as error:
        yield f"its tokens are {type(error).__name__}"
        return
    grants, main = story.played.grants, tokens.main
    if story.ended_by_person:
        return
    if grants.find(main.access.reveal()) is None:
        yield "its access token is dead"
    if main.refresh is None:
        yield "its refresh token is gone"
        return
    held = grants.find_refresh(main.refresh.reveal())
    if held is None or (held.spent_at is not None and story.played.kind.rotation is not None):
        yield "its refresh token is not the last one issued"


def settled(story: Story) -> Iterator[str]:
    """Nothing is left half done."""
    if not story.stage.is_settled(story.integration_id):
        yield f"is never settled: {story.stage.look(story.integration_id).sealed!r}"


def every_loss_is_told_once(story: Story) -> Iterator[str]:
    """A person is asked once, where a grant is dead, and with the cause that it has."""
    told = Counter()
    for event in story.events:
        if event.kind == "stored":  # a new consent, or what was given up comes back after all
            told.clear()
        if event.kind == "told" and event.what == REAUTH:
            told[event.cause] += 1
            if told.total() > 1:
                yield "people are told twice"
            yield from _explained(story, event)
    status = story.stage.integration(story.integration_id).status
    if status == "reauth_required" and told.total() != 1:
        yield f"needs a person, who was told {told.total()} times"
    if status == "active" and told:
        yield "is active, although a person was told that it is not"


def _explained(story: Story, told: Event) -> Iterator[str]:
    if any(event.at <= told.at for event in story.of("ended")):
        return
    if told.cause != LOST_ROTATION and not _ended_behind_our_back(story):
        yield f"people are told of {told.cause}, which nobody did"
    lost = losses(story, told.at)
    rotation = story.played.kind.rotation
    if not lost:
        yield "people are told of a loss, and nothing was lost"
    elif rotation is None or rotation.grace is None:
        yield "people are told of a loss, at a provider where none can be"
    elif rotation.grace and not _hindered(story, lost[0].at, rotation.grace):
        yield f"a grant was lost {told.at - lost[0].at:.0f} s after its token, unhindered"


def _ended_behind_our_back(story: Story) -> bool:
    """Tell whether the provider saw a spent token whose successor we did get to store, before that
    or after: a call that we had given up on came late, or what was parked did. Nothing tells us.
    """
    successors = {
        event.token: event.issued for event in story.of("effect") if event.outcome == "ok"
    }
    again = (event for event in story.of("effect") if event.outcome != "ok")
    return any(successors.get(event.token) in story.stored for event in again)


def _hindered(story: Story, since: float, grace: float) -> bool:
    """Tell whether faults alone kept everybody from asking again within the grace: the schedule
    stood still, what was tried broke off, or one answer after the other was lost.
    """
    meanwhile = [
        event
        for event in story.stage.history.of("finished", "got")
        if since < event.at < since + grace
    ]
    tries = [event for event in meanwhile if event.kind == "finished"]
    answers = [event for event in meanwhile if event.kind == "got"]
    return (
        not any(event.act == "tick" for event in tries)
        or any(event.outcome != "done" for event in tries)
        or sum(event.outcome not in {"200", "400"} for event in answers) >= TRIES
    )


def losses(story: Story, before: float) -> list[Event]:
    """What the provider gave and nobody could store by then; and what it ended since somebody who
    could not know sent what was spent.
    """
    effects = [event for event in story.of("effect") if event.at <= before]
    spent = {event.token: event for event in reversed(effects) if event.outcome == "ok"}
    again = [event for event in effects if event.outcome != "ok" and event.token in spent]
    return [
        event
        for event in effects
        if event.outcome == "ok" and story.stored.get(event.issued, before) >= before
    ] or [spent[event.token] for event in again]


def quiet_when_told(story: Story) -> Iterator[str]:
    """RF-14: nobody asks for a grant that a person must renew, but for who began before."""
    over: dict[int, float] = {}
    for event in story.events:
        if event.kind == "told" and event.what == REAUTH:
            before = [each for each in story.of("stored") if each.at <= event.at]
            over[max(each.generation for each in before)] = event.at
        if event.kind == "stored":
            over.pop(event.generation, None)
        if event.kind == "leased" and event.at > over.get(event.generation, float("inf")):
            yield f"at {event.at:.3f} somebody refreshes what a person must renew"


def served_tokens_are_stored(story: Story) -> Iterator[str]:
    """RF-08, RF-18: what is handed out is in the table, and not over."""
    stored: dict[str, float] = {}
    for event in story.of("stored"):
        stored.setdefault(event.access, event.at)
    for event in story.of("served"):
        if stored.get(event.access, float("inf")) > event.at:
            yield f"at {event.at:.3f} a token is handed out that was not stored"
        if event.expires is not None and event.expires <= event.at:
            yield f"at {event.at:.3f} a token is handed out that is over"


def usable_or_told(story: Story) -> Iterator[str]:
    """Who needs a token in the end gets one that the provider takes, or is told why not."""
    for event in story.of("used"):
        if event.outcome not in {"done", "ReauthRequired", "IntegrationDisconnected"}:
            yield f"in the end its use is {event.outcome}"


_CHECKS: Any = (
    usable_or_told,
    one_call_for_a_fence,
    no_two_calls_at_once,
    nothing_spent_is_sent_knowingly,
    what_is_stored_is_never_older,
    last_stored_is_good,
    settled,
    every_loss_is_told_once,
    quiet_when_told,
    served_tokens_are_stored,
)
