"""One authorization from start to end: `begin` at connect, `complete` at the callback.

The order is the safety (spec section 5): the state is consumed by one conditional delete; then
provider, `iss` and the browser's binding are compared with what it was issued for; only then the
token endpoint hears of the code. Whatever does not match leaves the state burnt.
"""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn
from urllib.parse import SplitResult, urlsplit

from hub import choices, oauth
from hub.audit import Audit
from hub.choices import Choice
from hub.errors import HubError, InvalidRequest, ReturnToNotAllowed, UnknownScope
from hub.grant_records import Opening, Origin
from hub.grants import Granted, Grants
from hub.models import Caller, Grant, Integration, OAuthState, Secret
from hub.providers._provider import Access, GetAccess, Provider
from hub.providers._values import Client, TokenAnswer
from hub.sealing import KeyCache, Place, Purpose
from hub.store import states
from hub.store.database import Database
from hub.store.states import LIFETIME
from hub.values import NOTHING, Value

_COOKIE_ID_LENGTH: Final = 16
_PRINTABLE: Final = range(0x21, 0x7F)


class InvalidFlow(HubError):
    """There is no state that this browser could complete. `reason` is for our log alone."""

    code = "invalid_flow"
    message = (
        "It can no longer be completed: it was already used, it took longer than ten minutes, or "
        "it was started in another browser. The settings show what is connected."
    )

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class FlowFailed(Exception):
    """A flow that ended without a connection; the browser goes back with `error`."""

    def __init__(
        self, return_to: str, provider_id: str, error: str, cause: HubError | None = None
    ) -> None:
        super().__init__(error)
        self.return_to = return_to
        self.provider_id = provider_id
        self.error = error
        self.cause = cause


class Begun(Value):
    """`binding` goes into the browser's cookie `cookie_id`, `url` is where the browser goes."""

    url: str
    state: str
    cookie_id: str
    binding: Secret


class Returned(Value, hidden=("cookies", "answers")):
    """What a browser brought back to the callback. `answers` is all of it, for the provider to
    read. `choice` is the number of the account that was chosen, where there was a choice.
    """

    provider_id: str
    state: Secret
    cookies: Mapping[str, str]
    origin: Origin
    code: Secret | None = None
    issuer: str | None = None
    answers: Mapping[str, str] = NOTHING
    choice: int | None = None


class Completed(Value):
    return_to: str
    integration: Integration


class Flows:
    """`return_urls` is the allow-list of addresses besides the settings page."""

    def __init__(
        self,
        *,
        database: Database,
        keys: KeyCache,
        grants: Grants,
        audit: Audit,
        base_url: str,
        return_urls: tuple[str, ...],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = keys
        self._grants = grants
        self._audit = audit
        self._base_url = base_url
        self._settings_page = f"{base_url}/settings/integrations"
        self._return_urls = (self._settings_page, *return_urls)
        self._clock = clock

    def begin(
        self,
        provider: Provider,
        client: Client,
        caller: Caller,
        *,
        scopes: tuple[str, ...] = (),
        return_to: str | None = None,
        integration: Integration | None = None,
    ) -> Begun:
        """Start a flow; with `integration`, one that may only renew that one.

        Raises UnknownScope, ReturnToNotAllowed, TooManyFlows.
        """
        now = int(self._clock())
        state, verifier, binding = oauth.new_secret(), oauth.new_secret(), oauth.new_secret()
        state_id = oauth.digest(state)
        asked = _choose_scopes(provider, scopes, integration)
        back = self._return_address(return_to)
        key, wrapped = self._keys.reuse(caller.organization_id, Purpose.OAUTH_STATE)
        place = _verifier_place(caller.organization_id, provider.id, state_id)
        issued = OAuthState(
            id=state_id,
            provider_id=provider.id,
            organization_id=caller.organization_id,
            user_id=caller.user_id,
            redirect_uri=f"{self._base_url}/api/integrations/{provider.id}/callback",
            return_to=back,
            scopes=asked,
            binding_hash=oauth.digest(binding),
            sealed_verifier=key.seal(verifier.encode(), place, salt=state.encode()),
            wrapped_key=wrapped,
            expires_at=now + LIFETIME,
            integration_id=integration.id if integration else None,
        )
        states.issue(self._database, issued, now)
        url = oauth.authorization_url(
            provider,
            client,
            redirect_uri=issued.redirect_uri,
            state=state,
            scopes=asked,
            verifier=verifier,
        )
        return Begun(url=url, state=state, cookie_id=cookie_id(state), binding=Secret(binding))

    def complete(self, returned: Returned, get_access: GetAccess) -> Completed | Choice:
        """End a flow, or ask which of several accounts it is for.

        Raises InvalidFlow where no state could be used, FlowFailed where one was used up without
        a connection, TemporarilyUnavailable where the state could not even be consumed.
        """
        state = self._consume(returned)
        try:
            granted = self._go_on(returned, state, get_access(state.provider_id))
        except InvalidFlow:
            raise
        except HubError as error:
            failed = error.callback_error
            raise FlowFailed(state.return_to, state.provider_id, failed, error) from error
        if isinstance(granted, Choice):
            return granted
        if granted.error or granted.integration is None:
            raise FlowFailed(state.return_to, state.provider_id, granted.error or "")
        return Completed(return_to=state.return_to, integration=granted.integration)

    def _consume(self, returned: Returned) -> OAuthState:
        state_id = oauth.digest(returned.state.reveal())
        now = int(self._clock())
        state = states.consume(self._database, state_id, now)
        if state is None:
            raise InvalidFlow("unknown_state")
        binding = returned.cookies.get(cookie_id(returned.state.reveal()), "")
        if state.provider_id != returned.provider_id:
            self._refuse(state, "provider_mismatch")
        if not oauth.matches(binding, state.binding_hash):
            self._refuse(state, "binding_mismatch")
        if (state.sealed_grant is None) is not (returned.choice is None):
            self._refuse(state, "wrong_step")
        return state

    def _refuse(self, state: OAuthState, reason: str) -> NoReturn:
        self._grants.note_refusal(state, reason)
        raise InvalidFlow(reason)

    def _go_on(self, returned: Returned, state: OAuthState, access: Access) -> Granted | Choice:
        if returned.choice is not None:
            return self._take_choice(returned, returned.choice, state, access)
        opening, answer = self._exchange(returned, state, access)
        grants = self._grants.identify(state, opening, access, answer)
        if len(grants) > 1:
            return self._offer_choice(state, opening, access, grants)
        return self._grants.record(state, opening, access, grants[0], returned.origin)

    def _offer_choice(
        self,
        state: OAuthState,
        opening: Opening,
        access: Access,
        grants: tuple[Grant, ...],
    ) -> Choice:
        expires_at = int(self._clock()) + LIFETIME
        choice, waiting = choices.offer(state, grants, opening.key, expires_at)
        try:
            states.park(self._database, waiting)
        except HubError:
            self._grants.give_up(state, opening, access, grants[0].tokens)
            raise
        return choice

    def _take_choice(
        self, returned: Returned, number: int, waiting: OAuthState, access: Access
    ) -> Granted:
        opening = self._grants.prepare(waiting)
        grants = choices.take(waiting, returned.state, opening.key, self._audit)
        if number >= len(grants):
            self._grants.give_up(waiting, opening, access, grants[0].tokens)
            raise InvalidRequest
        return self._grants.record(waiting, opening, access, grants[number], returned.origin)

    def _exchange(
        self, returned: Returned, state: OAuthState, access: Access
    ) -> tuple[Opening, TokenAnswer]:
        """Spend the code. Everything else was made ready before."""
        if not oauth.issuer_matches(access.provider, returned.issuer):
            self._refuse(state, "issuer_mismatch")
        if returned.code is None or "error" in returned.answers:
            error = access.provider.callback_outcome(returned.answers)
            raise FlowFailed(state.return_to, state.provider_id, error)
        opening = self._grants.prepare(state)
        if not states.still_counts(opening.register, state.id):
            raise InvalidFlow("superseded")
        key = self._keys.unwrap(state.wrapped_key, state.organization_id, Purpose.OAUTH_STATE)
        place = _verifier_place(state.organization_id, state.provider_id, state.id)
        verifier = key.open(state.sealed_verifier, place, returned.state.reveal().encode())
        answer = oauth.exchange(
            access,
            code=returned.code,
            redirect_uri=state.redirect_uri,
            verifier=Secret(verifier.decode()),
        )
        return opening, answer

    def _return_address(self, return_to: str | None) -> str:
        """Compare with the allow-list as scheme, host, port and path (OA-13). Browsers repair
        what parsers refuse, so anything that is not plain is refused before it is parsed.
        """
        if return_to is None:
            return self._settings_page
        plain = all(ord(c) in _PRINTABLE and c not in "\\@?#%" for c in return_to)
        address = _address(return_to) if plain else None
        if address is None or address not in map(_address, self._return_urls):
            raise ReturnToNotAllowed
        return return_to


def cookie_id(state: str) -> str:
    """Name the flow in its cookie's name, so that two tabs can each have one."""
    return oauth.digest(state)[:_COOKIE_ID_LENGTH]


def _address(url: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port, parts.path or "/") if parts.hostname else None


def _choose_scopes(
    provider: Provider, scopes: tuple[str, ...], integration: Integration | None
) -> tuple[str, ...]:
    """Ask for what is required, what was chosen and, on reconnect, what was asked before."""
    known = tuple(scope.id for scope in provider.scopes)
    if not set(scopes) <= set(known):
        raise UnknownScope
    before = integration.scopes_asked if integration else ()
    wanted = {*provider.required_scopes, *scopes, *before}
    return tuple(scope for scope in known if scope in wanted)


def _verifier_place(organization_id: str, provider_id: str, state_id: str) -> Place:
    return Place(
        organization_id=organization_id,
        integration_id=f"flow#{state_id}",
        provider_id=provider_id,
        field="verifier",
        generation=0,
    )
