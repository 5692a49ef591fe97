"""Google's consent page: what it is asked with, what it refuses, what it sends back.

Quirks: a request that is wrong gets a page, never a redirect; with two or more permissions beyond
signing in, each can be left out; where all was granted before nothing is asked, unless the app
says `prompt=consent`; the way back carries more than the code.

Sources: developers.google.com/identity/protocols/oauth2/web-server,
/identity/protocols/oauth2/resources/granular-permissions, /identity/openid-connect/openid-connect.
"""

import re
from dataclasses import dataclass, field

from tests.simulator import pages
from tests.simulator.journal import Call
from tests.simulator.oauth import Context, redirect_allowed, with_query
from tests.simulator.providers.google.errors import Refused
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.identity import ISSUER
from tests.simulator.providers.google.people import PEOPLE, Person, find
from tests.simulator.providers.google.scopes import SCOPES, SIGN_IN, expanded, written
from tests.simulator.wire import Answer, Malformed, Request, Values, last

APP_NAME = "Targetym"
CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")
PROMPTS = frozenset({"none", "consent", "select_account"})
WORDS = {
    "invalid_request": "The app's request cannot be understood.",
    "invalid_client": "The app that sent you here is not known.",
    "redirect_uri_mismatch": "The app wants you sent back to an address that is not registered.",
    "unsupported_response_type": "The app asks for an answer it cannot have.",
    "invalid_scope": "The app asks for a permission that does not exist.",
    "admin_policy_enforced": "Your organization's administrator does not allow this app.",
}


class NoConsent(Refused):
    """A page for the person; the app is told nothing."""

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(error)
        self.error, self.detail = error, detail

    def answer(self) -> Answer:
        words = WORDS[self.error] + (f" ({self.detail})" if self.detail else "")
        return pages.refusal_page("Google", self.error, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A valid request for consent."""

    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    offline: bool
    incremental: bool
    prompts: frozenset[str]
    hinted: Person | None
    nonce: str
    challenge: str
    method: str

    @property
    def optional(self) -> tuple[str, ...]:
        beyond = tuple(scope for scope in self.scopes if scope not in SIGN_IN)
        return beyond if len(beyond) > 1 else ()


@dataclass(slots=True, kw_only=True)
class Code:
    value: str = field(repr=False)
    sub: str
    scopes: tuple[str, ...]
    with_refresh_token: bool
    redirect_uri: str
    nonce: str
    challenge: str
    method: str
    issued_at: float
    used: bool = False


class Consent:
    def __init__(self, context: Context, grants: Grants) -> None:
        self._context, self._grants = context, grants
        self.codes: dict[str, Code] = {}

    def ask(self, request: Request, call: Call) -> Answer:
        authorization = self._authorization(request.query, call)
        person = authorization.hinted
        silent = person and self._grants.covers(
            person.sub, authorization.scopes, offline=authorization.offline
        )
        if person and silent and authorization.prompts <= {"none"}:
            return self._send_back(authorization, person, authorization.scopes, "none", call)
        if "none" in authorization.prompts:
            return _denied(authorization, "interaction_required")
        accounts = tuple(pages.Account(id=one.sub, label=one.email) for one in PEOPLE.values())
        return pages.consent_page(
            pages.Consent(
                provider="Google",
                app=APP_NAME,
                account_word="Account",
                accounts=accounts,
                selected=person.sub if person else accounts[0].id,
                permissions=_permissions(authorization),
                redirect_uri=authorization.redirect_uri,
            )
        )

    def decide(self, request: Request, call: Call) -> Answer:
        authorization = self._authorization(request.query, call)
        choice, person, decision = _choice(request, authorization)
        scopes = self._granted(authorization, choice)
        if decision == "deny" or not scopes:
            return _denied(authorization, "access_denied")
        return self._send_back(authorization, person, scopes, "consent", call)

    def _authorization(self, query: Values, call: Call) -> Authorization:
        for name in ("state", "redirect_uri", "code_challenge"):
            call.saw(name, last(query, name))
        repeated = [name for name, values in query.items() if len(values) > 1]
        if repeated:
            raise _wrong(f"OAuth 2 parameters can only have a single value: {repeated[0]}")
        self._check_client(query)
        prompts = frozenset(last(query, "prompt").split())
        if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
            raise _wrong("Invalid parameter value for prompt")
        challenge, method = self._challenge(query)
        return Authorization(
            redirect_uri=last(query, "redirect_uri"),
            state=last(query, "state") if "state" in query else None,
            scopes=_scopes(query),
            offline=_one_of(query, "access_type", "online", "offline") == "offline",
            incremental=_one_of(query, "include_granted_scopes", "false", "true") == "true",
            prompts=prompts,
            hinted=find(last(query, "login_hint")),
            nonce=last(query, "nonce"),
            challenge=challenge,
            method=method,
        )

    def _check_client(self, query: Values) -> None:
        for name in ("client_id", "redirect_uri", "response_type", "scope"):
            if not last(query, name).strip():
                raise _wrong(f"Missing required parameter: {name}")
        if last(query, "client_id") != self._context.client.client_id:
            raise NoConsent("invalid_client")
        if not redirect_allowed(last(query, "redirect_uri"), self._context.redirect_prefix):
            raise NoConsent("redirect_uri_mismatch")
        if last(query, "response_type") != "code":
            raise NoConsent("unsupported_response_type")

    def _challenge(self, query: Values) -> tuple[str, str]:
        challenge, method = last(query, "code_challenge"), last(query, "code_challenge_method")
        if not challenge:
            if method:
                raise _wrong("Missing required parameter: code_challenge")
            return "", ""
        method = method or "plain"
        allowed = {"S256"} if self._grants.settings.refuse_plain else {"S256", "plain"}
        if method not in allowed:
            raise _wrong("Invalid parameter value for code_challenge_method")
        if not CHALLENGE.fullmatch(challenge):
            raise _wrong("Invalid parameter value for code_challenge")
        return challenge, method

    def _granted(self, authorization: Authorization, choice: Values) -> tuple[str, ...]:
        override = self._grants.settings.granted_scopes
        if override is not None:
            return tuple(expanded(override))
        if "permissions_shown" not in choice:
            return authorization.scopes
        unticked = set(authorization.optional) - set(choice.get("scope", []))
        return tuple(scope for scope in authorization.scopes if scope not in unticked)

    def _send_back(
        self,
        authorization: Authorization,
        person: Person,
        scopes: tuple[str, ...],
        asked: str,
        call: Call,
    ) -> Answer:
        policy = self._grants.settings.admin_policy
        if policy == "page":
            raise NoConsent("admin_policy_enforced")
        if policy == "redirect":
            return _denied(authorization, "admin_policy_enforced")
        first = self._grants.consent(person.sub, scopes, offline=authorization.offline)
        again = authorization.offline and "consent" in authorization.prompts
        if authorization.incremental:
            scopes = self._grants.grants[person.sub].scopes
        code = Code(
            value=self._context.mint.issue("4/0A"),
            sub=person.sub,
            scopes=scopes,
            with_refresh_token=first or again,
            redirect_uri=authorization.redirect_uri,
            nonce=authorization.nonce,
            challenge=authorization.challenge,
            method=authorization.method,
            issued_at=self._context.now(),
        )
        self.codes[code.value] = code
        call.saw("code", code.value)
        said = {"state": authorization.state} if authorization.state is not None else {}
        if self._grants.settings.iss_in_callback:
            said["iss"] = ISSUER
        said |= {"code": code.value, "scope": written(scopes)}
        said["authuser"] = str(list(PEOPLE).index(person.sub))
        if person.hd:
            said["hd"] = person.hd
        return Answer.redirect(with_query(authorization.redirect_uri, **said, prompt=asked))


def _wrong(detail: str) -> NoConsent:
    return NoConsent("invalid_request", detail)


def _choice(request: Request, authorization: Authorization) -> tuple[Values, Person, str]:
    try:
        choice = request.form()
    except Malformed as bad:
        raise _wrong("Malformed form") from bad
    hinted = authorization.hinted.sub if authorization.hinted else next(iter(PEOPLE))
    person, decision = find(last(choice, "account") or hinted), last(choice, "decision")
    if person is None or decision not in {"approve", "deny"}:
        raise _wrong("Not an answer that the page offers")
    return choice, person, decision


def _one_of(query: Values, name: str, usual: str, other: str) -> str:
    value = last(query, name) or usual
    if value not in {usual, other}:
        raise _wrong(f"Invalid parameter value for {name}")
    return value


def _scopes(query: Values) -> tuple[str, ...]:
    scopes = tuple(expanded(last(query, "scope").split()))
    if set(scopes) - SCOPES.keys():
        raise NoConsent("invalid_scope")
    return scopes


def _permissions(authorization: Authorization) -> tuple[pages.Permission, ...]:
    return tuple(
        pages.Permission(
            field="scope",
            scope=scope,
            words=SCOPES[scope],
            optional=scope in authorization.optional,
        )
        for scope in authorization.scopes
    )


def _denied(authorization: Authorization, error: str) -> Answer:
    said = {} if authorization.state is None else {"state": authorization.state}
    url = with_query(authorization.redirect_uri, error=error, **said)
    return Answer.redirect(url, outcome=error)
