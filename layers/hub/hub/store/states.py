"""OAuth states in flight: issued once, consumed once, at most so many for one person.

Beside each state the person's register is written in the same transaction: a shift register of
their last starts. It refuses more than `STARTS` starts within the lifetime and names the
`PENDING` newest states, the only ones that still count (OA-23), in one request and without
knowing what it held before.
"""

from typing import Any, Final

from hub.errors import TemporarilyUnavailable, TooManyFlows
from hub.models import OAuthState
from hub.store.database import Contested, Database, Delete, Item, Key, Put, Update

LIFETIME: Final = 600
PENDING: Final = 10
STARTS: Final = 20
_TRIES: Final = 3
_OLDEST_START: Final = f"t{STARTS - 1}"
_SHIFT: Final = "SET expiresAt = :expires, t0 = :now, h0 = :id, " + ", ".join(
    [f"t{n + 1} = if_not_exists(t{n}, :zero)" for n in range(STARTS - 1)]
    + [f"h{n + 1} = if_not_exists(h{n}, :none)" for n in range(PENDING - 1)]
)


def issue(database: Database, state: OAuthState, now: int) -> None:
    """Store the state. Raises TooManyFlows with the seconds to wait.

    Two starts of one person at the same instant may cancel each other's transaction: that is no
    flood, and the loser tries again.
    """
    shift = Update(
        table="states",
        key=register_key(state.organization_id, state.user_id),
        expression=_SHIFT,
        condition=f"attribute_not_exists({_OLDEST_START}) OR {_OLDEST_START} <= :cutoff",
        values={
            ":expires": now + LIFETIME,
            ":now": now,
            ":id": state.id,
            ":zero": 0,
            ":none": "-",
            ":cutoff": now - LIFETIME,
        },
    )
    new = Put(table="states", item=_to_item(state), condition="attribute_not_exists(stateId)")
    for _ in range(_TRIES):
        try:
            database.transact([shift, new])
        except Contested as lost:
            if register := lost.items[0] if lost.items else None:
                wait = register[_OLDEST_START] + LIFETIME - now
                raise TooManyFlows(retry_after=max(1, wait)) from None
        else:
            return
    raise TemporarilyUnavailable


def park(database: Database, waiting: OAuthState) -> None:
    """Store a flow that has come back and waits for a choice. It was counted when it began."""
    database.put(
        Put(table="states", item=_to_item(waiting), condition="attribute_not_exists(stateId)")
    )


def consume(database: Database, state_id: str, now: int) -> OAuthState | None:
    """Take the state out of the table: whoever gets it is the only one who ever will (OA-04)."""
    item = database.take(
        Delete(
            table="states",
            key={"stateId": _state(state_id)},
            condition="expiresAt > :now",
            values={":now": now},
        )
    )
    return _from_item(item) if item else None


def register_key(organization_id: str, user_id: str) -> Key:
    return {"stateId": f"flows#{len(organization_id)}#{organization_id}#{user_id}"}


def still_counts(register: Item | None, state_id: str) -> bool:
    """Tell whether the state is among the newest ones of its person."""
    return register is not None and state_id in {register.get(f"h{n}") for n in range(PENDING)}


def _state(state_id: str) -> str:
    return f"state#{state_id}"


def _to_item(state: OAuthState) -> Item:
    return {
        "stateId": _state(state.id),
        "providerId": state.provider_id,
        "organizationId": state.organization_id,
        "userId": state.user_id,
        "redirectUri": state.redirect_uri,
        "returnTo": state.return_to,
        "scopes": state.scopes,
        "bindingHash": state.binding_hash,
        "sealedVerifier": state.sealed_verifier,
        "wrappedKey": state.wrapped_key,
        "expiresAt": state.expires_at,
        "integrationId": state.integration_id,
        "sealedGrant": state.sealed_grant,
    }


def _from_item(item: dict[str, Any]) -> OAuthState:
    return OAuthState(
        id=item["stateId"].removeprefix("state#"),
        provider_id=item["providerId"],
        organization_id=item["organizationId"],
        user_id=item["userId"],
        redirect_uri=item["redirectUri"],
        return_to=item["returnTo"],
        scopes=tuple(item["scopes"]),
        binding_hash=item["bindingHash"],
        sealed_verifier=item["sealedVerifier"],
        wrapped_key=item["wrappedKey"],
        expires_at=item["expiresAt"],
        integration_id=item.get("integrationId"),
        sealed_grant=item.get("sealedGrant"),
    )
