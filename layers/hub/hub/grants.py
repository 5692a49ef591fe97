"""From tokens to a connected integration: one transaction writes the integration, its sealed
credentials, the consent and the hold on the external account. If it cannot be written, the
tokens go to revocation: none is left both unrecorded and alive.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import replace
from typing import Final
from uuid import uuid4

from hub import oauth, refresh_plan, revocations, vault
from hub.audit import Audit
from hub.errors import (
    AccountInUse,
    GrantRefused,
    HubError,
    InsufficientScope,
    TemporarilyUnavailable,
)
from hub.grant_records import (
    INSUFFICIENT_SCOPE,
    FreshGrant,
    Opening,
    Origin,
    connected,
    holder,
    integration_id,
    read_grant,
    writes,
)
from hub.models import Account, Consent, Grant, Integration, OAuthState, Tokens
from hub.providers._provider import Access
from hub.providers._values import RevocationScope, TokenAnswer
from hub.refresh_plan import Draw
from hub.revocations import Ended
from hub.sealing import DataKey, KeyCache, Purpose, new_salt
from hub.store import accounts, consents, keys
from hub.store.database import Contested, Database, Item
from hub.store.states import register_key
from hub.values import Value
from hub.vault import Found

ACCOUNT_MISMATCH: Final = "account_mismatch"
_TRIES: Final = 6


class Unrecorded(TemporarilyUnavailable):
    """A grant could be neither stored nor handed to revocation. Somebody has to look."""


class Granted(Value):
    """`error` is the callback's word for a grant that gives no active integration."""

    integration: Integration | None
    error: str | None = None


class Grants:
    def __init__(
        self,
        database: Database,
        key_cache: KeyCache,
        audit: Audit,
        *,
        clock: Callable[[], float],
        draw: Draw,
    ) -> None:
        self._database = database
        self._keys = key_cache
        self._audit = audit
        self._clock = clock
        self._draw = draw

    def prepare(self, state: OAuthState) -> Opening:
        """Read and, the first time, make what the grant will be sealed with."""
        organization_id = state.organization_id
        salt_place = keys.person_salt(organization_id, state.user_id)
        register, wrapped, index, salt = self._database.get_many(
            [
                ("states", register_key(organization_id, state.user_id)),
                keys.organization_key(organization_id),
                keys.external_accounts_key(),
                salt_place,
            ]
        )
        return Opening(
            begun_at=self._clock(),
            register=register,
            key=self._key(wrapped, organization_id, Purpose.CREDENTIALS),
            index=self._key(index, keys.DEPLOYMENT, Purpose.EXTERNAL_ACCOUNTS),
            person_salt=salt["value"]
            if salt
            else keys.ensure(self._database, salt_place, new_salt()),
        )

    def identify(
        self, state: OAuthState, opening: Opening, access: Access, answer: TokenAnswer
    ) -> tuple[Grant, ...]:
        """Find out whose grant it is: several where it reaches several accounts and the flow is
        not for one of them. Raises what the provider's hook raises, InsufficientScope if it
        reaches none.
        """
        with self._abandoning(_ended(state, answer.tokens), opening, access):
            found = access.provider.identify(answer, access)
            if not found:
                raise InsufficientScope
        accounts: Sequence[Account] = (found,) if isinstance(found, Account) else found
        if len(accounts) > 1 and state.integration_id is not None:
            of = (opening.index, state.organization_id, state.provider_id)
            wanted = [
                each for each in accounts if integration_id(*of, each) == state.integration_id
            ]
            accounts = (wanted or accounts)[:1]
        scopes = answer.scopes if answer.scopes is not None else frozenset(state.scopes)
        return tuple(Grant(tokens=answer.tokens, scopes=scopes, account=each) for each in accounts)

    def record(
        self,
        state: OAuthState,
        opening: Opening,
        access: Access,
        grant: Grant,
        origin: Origin,
    ) -> Granted:
        """Store the grant; of a reconnect only if it is for the same external account."""
        ended = _ended(state, grant.tokens)
        with self._abandoning(ended, opening, access):
            fresh = read_grant(state, opening, access.provider, grant, int(self._clock()))
        ended = replace(
            ended,
            integration_id=fresh.integration_id,
            account_hash=fresh.account_hash,
            consent_id=fresh.consent_id,
            tokens=fresh.tokens,
        )
        if state.integration_id in {None, fresh.integration_id}:
            with self._abandoning(ended, opening, access):
                return self._store(fresh, opening, origin)
        self._abandon(ended, opening, access)
        return Granted(integration=None, error=ACCOUNT_MISMATCH)

    def give_up(self, state: OAuthState, opening: Opening, access: Access, tokens: Tokens) -> None:
        """Hand the tokens of a flow that cannot go on to revocation."""
        self._abandon(_ended(state, tokens), opening, access)

    def note_refusal(self, state: OAuthState, reason: str) -> None:
        """Put an attempt that was refused on the ledger, as far as the ledger can be reached:
        the refusal itself stands either way.
        """
        entry = Consent(
            organization_id=state.organization_id,
            id=uuid4().hex,
            integration_id=f"flow#{state.id}",
            provider_id=state.provider_id,
            event=reason,
            subject=state.user_id,
            at=int(self._clock()),
        )
        with suppress(TemporarilyUnavailable):
            self._database.put(consents.append(entry))

    def _key(self, item: Item | None, organization_id: str, purpose: Purpose) -> DataKey:
        if item is None:
            _, wrapped = self._keys.generate(organization_id, purpose)
            place = (
                keys.external_accounts_key()
                if purpose is Purpose.EXTERNAL_ACCOUNTS
                else keys.organization_key(organization_id)
            )
            item = {"value": keys.ensure(self._database, place, wrapped)}
        return self._keys.unwrap(item["value"], organization_id, purpose)

    def _store(self, fresh: FreshGrant, opening: Opening, origin: Origin) -> Granted:
        """Write it all in one transaction, again on what is there by then if others were first.

        A transaction whose acknowledgement was lost is recognised by its consent id (RF-09).
        """
        failure: HubError = TemporarilyUnavailable()
        for attempt in range(_TRIES):
            found = vault.look(self._database, fresh.state.organization_id, fresh.integration_id)
            current = found.integration if found else None
            if current and current.consent_id == fresh.consent_id:
                return _granted(current, fresh)
            complete = self._with_refresh_token(fresh, found)
            integration = connected(fresh, current)
            due_at = refresh_plan.due_at(complete.tokens, fresh.refresh, self._clock(), self._draw)
            try:
                self._database.transact(
                    writes(integration, current, replace(complete, due_at=due_at), opening, origin)
                )
            except Contested as error:
                failure = error
                mine = holder(integration, exclusive=fresh.exclusive)
                if accounts.is_held_by_another(mine, error.items):
                    raise AccountInUse from None
            except TemporarilyUnavailable as error:
                failure = error
                if attempt:
                    break
            else:
                return _granted(integration, fresh)
        raise failure

    def _with_refresh_token(self, fresh: FreshGrant, found: Found | None) -> FreshGrant:
        """Keep the refresh token we hold where the provider gave none this time: some give it at
        the first consent only. Raises GrantRefused if there is none to keep.
        """
        main = fresh.tokens.main
        if main.refresh is not None or not fresh.needs_refresh_token or fresh.missing:
            return fresh  # without the permissions it needs, it is connected anew in any case
        if found is None or found.sealed is None or found.integration.has_no_tokens(fresh.at):
            raise GrantRefused
        held = vault.open_tokens(found, self._keys, self._audit).tokens
        kept = replace(main, refresh=held.main.refresh)
        return replace(fresh, tokens=replace(fresh.tokens, main=kept))

    @contextmanager
    def _abandoning(self, ended: Ended, opening: Opening, access: Access) -> Iterator[None]:
        """Hand the tokens to revocation whatever fails, a fault of our own too: they must not stay
        behind.
        """
        try:
            yield
        except Exception:
            self._abandon(ended, opening, access)
            raise

    def _abandon(self, ended: Ended, opening: Opening, access: Access) -> None:
        """Hand tokens that nobody will use to revocation."""
        try:
            self._database.transact(revocations.queue(ended, opening.key, int(self._clock())))
        except HubError:
            if access.provider.revocation_scope is not RevocationScope.TOKEN:
                raise Unrecorded from None
            oauth.revoke(access, ended.tokens, self._clock())


def _ended(state: OAuthState, tokens: Tokens) -> Ended:
    """Give a grant that has ended before anybody knew whose it was."""
    return Ended(
        organization_id=state.organization_id,
        provider_id=state.provider_id,
        integration_id=f"flow#{state.id}",
        generation=0,
        account_hash=None,
        tokens=tokens,
    )


def _granted(integration: Integration, fresh: FreshGrant) -> Granted:
    return Granted(integration=integration, error=INSUFFICIENT_SCOPE if fresh.missing else None)
