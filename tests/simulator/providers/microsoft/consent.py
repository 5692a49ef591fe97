"""Entra ID's authorization endpoint: what it is asked with, what it refuses, what it sends back.

Quirks: the tenant in the path decides who may sign in; a person's no has a description and a page
about it; behind the page that says an administrator must approve there is only `error_subcode`.
Answers travel in the query: other response modes exist and are not played.

Sources: MicrosoftDocs/entra-docs docs/identity-platform/v2-oauth2-auth-code-flow.md;
MicrosoftDocs/azure-docs issues 41053 and 114009 (redirects as they came).
"""

import dataclasses

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.microsoft.directory import PEOPLE, admits, exists
from tests.simulator.providers.microsoft.errors import ERROR_PAGE, described, trace
from tests.simulator.providers.microsoft.scopes import RESOURCE, SIGN_IN, canonical
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.consent import Authorization, Code, Consent, NoConsent
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Answer, Request, Values, last

PROMPTS = frozenset({"", "login", "none", "consent", "select_account"})
RESPONSE_MODES = frozenset({"", "query"})


def refused(number: int, words: str, now: float) -> dict[str, str]:
    """What the browser is sent back with when nothing may be granted."""
    return {
        "error": "access_denied",
        "error_description": described(number, words, now),
        "error_uri": f"{ERROR_PAGE}?code={number}",
    }


class EntraConsent(Consent[Settings]):
    def __init__(self, context: Context, grants: Grants[Settings]) -> None:
        declined = "User declined to consent to access the app."
        super().__init__(
            context,
            grants,
            {person.oid: person.user_name for person in PEOPLE.values()},
            denied=refused(65004, declined, context.now()),
            said={"session_state": trace("session")},
            describe=_describe,
        )

    def ask(self, request: Request, call: Call) -> Answer:
        return super().ask(_with_tenant(request), call)

    def decide(self, request: Request, call: Call) -> Answer:
        return super().decide(_with_tenant(request), call)

    def _approve(self, authorization: Authorization, account: str, choice: Values) -> Code:
        tenant, person = last(authorization.query, "tenant"), PEOPLE[account]
        if not admits(tenant, person):
            words = f"User account does not exist in tenant '{tenant}'."
            said = refused(50020, words, self._context.now())
            raise self._sent_back(authorization, said)
        if self._grants.settings.admin_approval:
            said = {"error": "access_denied", "error_subcode": "cancel"}
            raise self._sent_back(authorization, said)
        return super()._approve(authorization, account, choice)

    def _problem(self, query: Values) -> str | None:
        if last(query, "prompt") not in PROMPTS:
            return "invalid_request"
        if last(query, "response_mode") not in RESPONSE_MODES:
            return "invalid_request"
        return super()._problem(query)

    def _scopes(self, query: Values) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(canonical, super()._scopes(query))))


def _with_tenant(request: Request) -> Request:
    tenant = request.named["tenant"]
    if not exists(tenant):
        raise NoConsent("Microsoft 365", "invalid_request")
    return dataclasses.replace(request, query={**request.query, "tenant": [tenant]})


def _describe(authorization: Authorization, account: str, choice: Values) -> dict[str, object]:
    """Which tenant was addressed, what to repeat, and whether scopes came with their address."""
    asked = last(authorization.query, "scope").split()
    beyond = [scope for scope in asked if canonical(scope) not in SIGN_IN]
    return {
        "tenant": last(authorization.query, "tenant"),
        "nonce": last(authorization.query, "nonce"),
        "in_full": bool(beyond) and beyond[0].startswith(RESOURCE),
    }
