"""Leases on credentials: who may refresh them, and what became of it. All of it is in the
credentials' own item, so that each step is one conditional write.

- Taking a lease raises the fence and writes the attempt into the journal, before the provider is
  asked. Should the process die there, the lease ends by itself and the index finds the item.
- Storing needs the fence: whoever was paused past their lease cannot overwrite what came after.
  So does giving up, and both only while the tokens are those that the lease was taken for.
- The generation is in every condition: a reconnect, a disconnection or an erasure wins over
  whoever began before it.

Times are milliseconds, but for due times, which are seconds.
"""

from typing import Final

from hub.store.credentials import SealedCredentials, due_attributes, from_item, place
from hub.store.database import Contested, Database, Update
from hub.values import Value

LEASE_SECONDS: Final = 30
_SAME_GRANT: Final = "generation = :generation"
_NOBODYS: Final = "(attribute_not_exists(leaseUntil) OR leaseUntil <= :now)"
_MY_LEASE: Final = "fence = :fence AND attemptId = :attempt"


class Lease(Value):
    """The right to refresh, of one attempt. `doubtful`: an attempt before this one was never
    settled, so that the refresh token may be spent already; it began at `first_attempt_at`. Who
    has it may ask the provider `until` then.
    """

    organization_id: str
    integration_id: str
    attempt_id: str
    generation: int
    revision: int
    fence: int
    failures: int
    doubtful: bool
    first_attempt_at: int
    until: int


def take(database: Database, held: SealedCredentials, attempt_id: str, now: int) -> Lease | None:
    """Take the lease on what was read; None if somebody else has it, or has had it since: what
    came of that is to be read first.

    Until the outcome is written, the credentials are due when the lease ends: the schedule then
    finds what a process that died has left behind.
    """
    until = now + LEASE_SECONDS * 1000
    due = due_attributes(held.integration_id, until // 1000)
    try:
        item = database.update(
            Update(
                table="credentials",
                key=place(held.organization_id, held.integration_id)[1],
                expression=(
                    "SET fence = if_not_exists(fence, :zero) + :one, leaseUntil = :until, "
                    "attemptId = :attempt, attemptAt = if_not_exists(attemptAt, :now), "
                    "attempts = if_not_exists(attempts, :zero) + :one, "
                    "refreshShard = :shard, refreshDueAt = :due"
                ),
                condition=(
                    f"{_same_tokens(held.revision)} AND {_same_fence(held.fence)} AND "
                    f"attribute_not_exists(givenUp) AND {_NOBODYS}"
                ),
                values={
                    ":generation": held.generation,
                    **_revision(held.revision),
                    **({":fence": held.fence} if held.fence else {}),
                    ":zero": 0,
                    ":one": 1,
                    ":now": now,
                    ":until": until,
                    ":attempt": attempt_id,
                    ":shard": due["refreshShard"],
                    ":due": due["refreshDueAt"],
                },
            )
        )
    except Contested:
        own = database.get(*place(held.organization_id, held.integration_id))
        if own is None or own.get("attemptId") != attempt_id:
            return None
        item = own  # it was stored, and only its acknowledgement was lost (RF-09)
    taken = from_item(item)
    return Lease(
        organization_id=taken.organization_id,
        integration_id=taken.integration_id,
        attempt_id=attempt_id,
        generation=taken.generation,
        revision=taken.revision,
        fence=taken.fence,
        failures=taken.failures,
        doubtful=taken.attempts > 1,
        first_attempt_at=taken.attempt_at,
        until=taken.lease_until,
    )


def store(lease: Lease, sealed: bytes, due_at: int | None) -> Update:
    """Store what the provider gave and settle the journal; only the newest lease may."""
    sets, values = _stored(lease, sealed, due_at)
    return Update(
        table="credentials",
        key=place(lease.organization_id, lease.integration_id)[1],
        expression=f"{sets} REMOVE leaseUntil, attemptId, attemptAt, attempts, failures, givenUp"
        + ("" if due_at else ", refreshShard, refreshDueAt"),
        condition=_mine(lease),
        values={**values, **_my_values(lease)},
    )


def rescue(lease: Lease, sealed: bytes, due_at: int | None) -> Update:
    """Store it although the lease was lost, if nobody has stored anything since: the tokens in
    hand are then the newest there are. The lease of whoever has it now is left alone.
    """
    sets, values = _stored(lease, sealed, due_at)
    return Update(
        table="credentials",
        key=place(lease.organization_id, lease.integration_id)[1],
        expression=f"{sets} REMOVE givenUp" + ("" if due_at else ", refreshShard, refreshDueAt"),
        condition=_same_tokens(lease.revision),
        values={**values, ":generation": lease.generation, **_revision(lease.revision)},
    )


def _stored(lease: Lease, sealed: bytes, due_at: int | None) -> tuple[str, dict[str, object]]:
    sets = "SET sealed = :sealed, revision = :next, lastAttempt = :attempt"
    values: dict[str, object] = {
        ":sealed": sealed,
        ":next": lease.revision + 1,
        ":attempt": lease.attempt_id,
    }
    if due_at is not None:
        due = due_attributes(lease.integration_id, due_at)
        sets += ", refreshShard = :shard, refreshDueAt = :due"
        values |= {":shard": due["refreshShard"], ":due": due["refreshDueAt"]}
    return sets, values


def give_back(lease: Lease, due_at: int, *, settled: bool) -> Update:
    """End the lease without new tokens. `settled`: the provider has certainly done nothing, so
    the journal forgets the attempt.
    """
    due = due_attributes(lease.integration_id, due_at)
    forgotten = ", attemptId, attemptAt, attempts" if settled else ""
    return Update(
        table="credentials",
        key=place(lease.organization_id, lease.integration_id)[1],
        expression=(
            "SET failures = :failures, refreshShard = :shard, refreshDueAt = :due "
            f"REMOVE leaseUntil{forgotten}"
        ),
        condition=_mine(lease),
        values={
            **_my_values(lease),
            ":failures": lease.failures + 1,
            ":shard": due["refreshShard"],
            ":due": due["refreshDueAt"],
        },
    )


def give_up(lease: Lease, kept_until: int) -> Update:
    """End the lease of a grant that is dead. The tokens stay as they are (RF-04), for a while;
    nobody is to ask with them again until a person has consented anew, not even who read them
    before.
    """
    due = due_attributes(lease.integration_id, kept_until)
    return Update(
        table="credentials",
        key=place(lease.organization_id, lease.integration_id)[1],
        expression=(
            "SET givenUp = :fence, refreshShard = :shard, refreshDueAt = :due "
            "REMOVE leaseUntil, attemptId, attemptAt, attempts, failures"
        ),
        condition=_mine(lease),
        values={
            **_my_values(lease),
            ":shard": due["refreshShard"],
            ":due": due["refreshDueAt"],
        },
    )


def _mine(lease: Lease) -> str:
    """Only whoever has the newest lease, and only on the tokens that it was taken for."""
    return f"{_same_tokens(lease.revision)} AND {_MY_LEASE}"


def _my_values(lease: Lease) -> dict[str, object]:
    return {
        ":generation": lease.generation,
        **_revision(lease.revision),
        ":fence": lease.fence,
        ":attempt": lease.attempt_id,
    }


def _same_tokens(revision: int) -> str:
    same = "revision = :revision" if revision else "attribute_not_exists(revision)"
    return f"{_SAME_GRANT} AND {same}"


def _same_fence(fence: int) -> str:
    return "fence = :fence" if fence else "attribute_not_exists(fence)"


def _revision(revision: int) -> dict[str, object]:
    return {":revision": revision} if revision else {}
