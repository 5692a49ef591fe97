"""The consent page of a provider that goes by the book (RFC 6749 section 4.1.1).

An app that is not known or wants people sent to a foreign address gets a page; whatever else is
wrong with its request is told to it in the redirect (section 4.1.2.1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.simulator import pages
from tests.simulator.journal import Call
from tests.simulator.oauth import Context, redirect_allowed, with_query
from tests.simulator.standard.grants import Grant, Grants
from tests.simulator.standard.rules import Pkce, Refused, StandardSettings
from tests.simulator.wire import Answer, Malformed, Request, Values, last

APP_NAME = "Targetym"
WORDS = {
    "invalid_client": "The app that sent you here is not known.",
    "invalid_redirect_uri": "The app wants you sent back to an address that is not registered.",
    "invalid_request": "The app's request cannot be understood.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A valid request for consent."""

    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    challenge: str
    query: Values


@dataclass(slots=True, kw_only=True)
class Code:
    value: str = field(repr=False)
    grant: Grant
    redirect_uri: str
    challenge: str
    issued_at: float
    used: bool = False


class NoConsent(Refused):
    """A page for the person; the app is told nothing."""

    def __init__(self, provider: str, error: str) -> None:
        super().__init__(error)
        self.provider, self.error = provider, error

    def answer(self) -> Answer:
        return pages.refusal_page(self.provider, self.error, WORDS[self.error])


class SentBack(Refused):
    """The browser goes back with an error."""

    def __init__(self, redirect_uri: str, state: str | None, said: Mapping[str, str]) -> None:
        super().__init__(said["error"])
        self.url = with_query(redirect_uri, **said, **({} if state is None else {"state": state}))
        self.error = said["error"]

    def answer(self) -> Answer:
        return Answer.redirect(self.url, outcome=self.error)


class Consent[Settings: StandardSettings]:
    """`accounts` maps ids to labels. `denied` is what a person's no is told with; `said` adds to
    what a yes is told with; `describe` gives a grant a provider's own details.
    """

    def __init__(
        self,
        context: Context,
        grants: Grants[Settings],
        accounts: Mapping[str, str],
        *,
        denied: Mapping[str, str] | None = None,
        said: Mapping[str, str] | None = None,
        describe: Callable[[Authorization, str, Values], dict[str, object]] | None = None,
    ) -> None:
        self._context, self._grants, self._rules = context, grants, grants.rules
        self._accounts = accounts
        self._denied = denied or {"error": "access_denied"}
        self._said = said or {}
        self._describe = describe
        self.codes: dict[str, Code] = {}

    def ask(self, request: Request, call: Call) -> Answer:
        authorization = self._authorization(request.query, call)
        return pages.consent_page(
            pages.Consent(
                provider=self._rules.provider,
                app=APP_NAME,
                account_word=self._rules.account_word,
                accounts=tuple(
                    pages.Account(id=id_, label=label) for id_, label in self._accounts.items()
                ),
                selected=next(iter(self._accounts)),
                permissions=self._permissions(authorization),
                redirect_uri=authorization.redirect_uri,
            )
        )

    def decide(self, request: Request, call: Call) -> Answer:
        authorization = self._authorization(request.query, call)
        try:
            choice = request.form()
        except Malformed as bad:
            raise NoConsent(self._rules.provider, "invalid_request") from bad
        decision, account = last(choice, "decision"), last(choice, "account")
        if decision not in {"approve", "deny"} or account not in self._accounts:
            raise NoConsent(self._rules.provider, "invalid_request")
        if decision == "deny":
            raise self._sent_back(authorization, self._denied)
        if error := self._grants.settings.consent_error:
            raise self._sent_back(authorization, {"error": error})
        code = self._approve(authorization, account, choice)
        call.saw("code", code.value)
        said = {"code": code.value, **self._said}
        if authorization.state is not None:
            said["state"] = authorization.state
        return Answer.redirect(with_query(authorization.redirect_uri, **said))

    def _approve(self, authorization: Authorization, account: str, choice: Values) -> Code:
        details = self._describe(authorization, account, choice) if self._describe else {}
        scopes = self._granted(authorization, choice)
        code = Code(
            value=self._context.mint.issue(self._rules.code_prefix),
            grant=self._grants.begin(account, scopes, **details),
            redirect_uri=authorization.redirect_uri,
            challenge=authorization.challenge,
            issued_at=self._context.now(),
        )
        self.codes[code.value] = code
        return code

    def _granted(self, authorization: Authorization, choice: Values) -> tuple[str, ...]:
        override = self._grants.settings.granted_scopes
        if override is not None:
            return override
        if "permissions_shown" not in choice:
            return authorization.scopes
        ticked = set(choice.get("scope", []))
        kept = self._rules.untickable & set(authorization.scopes) - ticked
        return tuple(scope for scope in authorization.scopes if scope not in kept)

    def _authorization(self, query: Values, call: Call) -> Authorization:
        for name in ("state", "redirect_uri", "code_challenge"):
            call.saw(name, last(query, name))
        provider, redirect_uri = self._rules.provider, last(query, "redirect_uri")
        if any(len(values) > 1 for values in query.values()):
            raise NoConsent(provider, "invalid_request")
        if last(query, "client_id") != self._context.client.client_id:
            raise NoConsent(provider, "invalid_client")
        if not redirect_allowed(redirect_uri, self._context.redirect_prefix):
            raise NoConsent(provider, "invalid_redirect_uri")
        state = last(query, "state") if "state" in query else None
        if error := self._problem(query):
            raise SentBack(redirect_uri, state, {"error": error})
        return Authorization(
            redirect_uri=redirect_uri,
            state=state,
            scopes=self._scopes(query),
            challenge="" if self._rules.pkce is Pkce.UNKNOWN else last(query, "code_challenge"),
            query=query,
        )

    def _problem(self, query: Values) -> str | None:
        """The error that a request's own faults are told with."""
        if last(query, "response_type") != "code":
            return "unsupported_response_type"
        for name, value in self._rules.required_query.items():
            if last(query, name) != value:
                return "invalid_request"
        if not set(self._scopes(query)) <= set(self._known()) or not self._scopes(query):
            return "invalid_scope"
        challenged = bool(last(query, "code_challenge"))
        if self._rules.pkce is Pkce.REQUIRED and not challenged:
            return "invalid_request"
        plain = challenged and last(query, "code_challenge_method") != "S256"
        return "invalid_request" if plain and self._rules.pkce is not Pkce.UNKNOWN else None

    def _words(self) -> Mapping[str, str]:
        scopes = self._rules.scopes
        return self._rules.fixed_scopes if scopes is None else scopes

    def _known(self) -> tuple[str, ...]:
        return tuple(self._words())

    def _scopes(self, query: Values) -> tuple[str, ...]:
        if self._rules.scopes is None:
            return self._known()
        asked = last(query, "scope").split(self._rules.scope_separator)
        return tuple(dict.fromkeys(scope for scope in asked if scope))

    def _permissions(self, authorization: Authorization) -> tuple[pages.Permission, ...]:
        words = self._words()
        return tuple(
            pages.Permission(
                field="scope",
                scope=scope,
                words=words.get(scope, scope),
                optional=scope in self._rules.untickable,
            )
            for scope in authorization.scopes
        )

    def _sent_back(self, authorization: Authorization, said: Mapping[str, str]) -> SentBack:
        return SentBack(authorization.redirect_uri, authorization.state, said)
