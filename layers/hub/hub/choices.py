"""A grant that reaches several external accounts, such as all sites of one Atlassian account, waits
until the person who gave it has chosen the one to connect.

It waits for ten minutes at most, in the place of an OAuth state: under the hash of a new secret,
bound to the same browser, taken once. What is stored is sealed with that secret as salt, so that
the table alone opens nothing. Where nobody chooses, the tokens are garbage that no one can read.
"""

import json
from collections.abc import Sequence
from copy import replace

from hub import oauth
from hub.audit import Audit
from hub.errors import Unreadable
from hub.models import Account, Grant, OAuthState, Secret, Tokens
from hub.sealing import DataKey, Place
from hub.values import Value


class Choice(Value):
    """What a person must choose from. `binding` goes into the browser's cookie."""

    provider_id: str
    return_to: str
    accounts: Sequence[Account]
    state: Secret
    binding: Secret


def offer(
    state: OAuthState, grants: Sequence[Grant], key: DataKey, expires_at: int
) -> tuple[Choice, OAuthState]:
    """Give what is shown and what is stored meanwhile. All grants are of the same tokens."""
    handle, binding = oauth.new_secret(), oauth.new_secret()
    waiting = replace(
        state,
        id=oauth.digest(handle),
        binding_hash=oauth.digest(binding),
        sealed_verifier=b"",
        wrapped_key=b"",
        expires_at=expires_at,
    )
    sealed = key.seal(_written(grants), _place(waiting), salt=handle.encode())
    choice = Choice(
        provider_id=state.provider_id,
        return_to=state.return_to,
        accounts=[grant.account for grant in grants],
        state=Secret(handle),
        binding=Secret(binding),
    )
    return choice, replace(waiting, sealed_grant=sealed)


def take(waiting: OAuthState, handle: Secret, key: DataKey, audit: Audit) -> tuple[Grant, ...]:
    """Give the grants that were offered. Leaves one line in the audit, whatever comes of it.

    Raises Unreadable.
    """
    place = _place(waiting)
    with audit.opening(place.organization_id, place.integration_id, place.provider_id):
        if waiting.sealed_grant is None:
            raise Unreadable
        opened = key.open(waiting.sealed_grant, place, handle.reveal().encode())
    tokens, scopes, accounts = json.loads(opened)
    return tuple(
        Grant(
            tokens=Tokens.from_json(tokens.encode()),
            scopes=frozenset(scopes),
            account=Account(id=account_id, name=name),
        )
        for account_id, name in accounts
    )


def _written(grants: Sequence[Grant]) -> bytes:
    tokens, scopes = grants[0].tokens.to_json().decode(), sorted(grants[0].scopes)
    accounts = [[grant.account.id, grant.account.name] for grant in grants]
    return json.dumps([tokens, scopes, accounts]).encode()


def _place(waiting: OAuthState) -> Place:
    return Place(
        organization_id=waiting.organization_id,
        integration_id=f"flow#{waiting.id}",
        provider_id=waiting.provider_id,
        field="choice",
        generation=0,
    )
