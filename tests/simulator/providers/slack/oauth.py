"""Slack's OAuth v2: the consent page and `oauth.v2.access`.

Quirks: failures are HTTP 200 with `ok: false`; bot and user tokens come in two parts with their
own expiry; without a bot scope there is no top-level token; a refreshed user token comes at the
top level; a verifier is refused unless the app was made a public client.

Sources: docs.slack.dev/reference/methods/oauth.v2.access, /authentication/installing-with-oauth.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.simulator import pages
from tests.simulator.journal import Call
from tests.simulator.oauth import Context, challenge_of, redirect_allowed, with_query
from tests.simulator.providers.slack.arguments import Arguments, SlackError
from tests.simulator.providers.slack.conversations import APP_ID, WORKSPACES
from tests.simulator.providers.slack.grants import BOT, USER, Grants
from tests.simulator.providers.slack.scopes import BOT_SCOPES, USER_SCOPES
from tests.simulator.wire import Answer, Malformed, Request, Values, last

CODE_LIFE = 600
APP_NAME = "Targetym"
WORDS = {
    "invalid_client_id": "The app that sent you here is not known.",
    "bad_redirect_uri": "The app wants you sent back to an address that is not registered.",
    "invalid_scope": "The app asks for a permission that does not exist.",
    "no_scopes": "The app asks for no permission at all.",
    "invalid_arguments": "The app's request cannot be understood.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A valid request for consent."""

    redirect_uri: str
    state: str | None
    bot_scopes: tuple[str, ...]
    user_scopes: tuple[str, ...]
    challenge: str
    team: str


@dataclass(slots=True, kw_only=True)
class Code:
    value: str = field(repr=False)
    redirect_uri: str
    challenge: str
    team: str
    bot_scopes: list[str]
    user_scopes: list[str]
    wants_bot: bool
    issued_at: float
    used: bool = False


class OAuth:
    def __init__(self, context: Context, grants: Grants) -> None:
        self._context, self._grants = context, grants
        self._codes: dict[str, Code] = {}

    # The consent page

    def ask(self, request: Request, call: Call) -> Answer:
        try:
            authorization = self._authorization(request.query)
        except SlackError as refused:
            return _refusal(refused.error)
        call.saw("state", authorization.state)
        call.saw("redirect_uri", authorization.redirect_uri)
        call.saw("code_challenge", last(request.query, "code_challenge"))
        accounts = tuple(pages.Account(id=one.id, label=one.name) for one in WORKSPACES.values())
        return pages.consent_page(
            pages.Consent(
                provider="Slack",
                app=APP_NAME,
                account_word="Workspace",
                accounts=accounts,
                selected=authorization.team,
                permissions=_permissions(authorization),
                redirect_uri=authorization.redirect_uri,
            )
        )

    def decide(self, request: Request, call: Call) -> Answer:
        try:
            authorization = self._authorization(request.query)
            choice = request.form()
        except SlackError as refused:
            return _refusal(refused.error)
        except Malformed:
            return _refusal("invalid_arguments")
        decision, team = last(choice, "decision"), last(choice, "account") or authorization.team
        if decision not in {"approve", "deny"} or team not in WORKSPACES:
            return _refusal("invalid_arguments")
        call.saw("state", authorization.state)
        back = {} if authorization.state is None else {"state": authorization.state}
        if decision == "deny":
            url = with_query(authorization.redirect_uri, error="access_denied", **back)
            return Answer.redirect(url, outcome="access_denied")
        code = self._issue(authorization, team, choice)
        call.saw("code", code)
        return Answer.redirect(with_query(authorization.redirect_uri, code=code, **back))

    def _authorization(self, query: Values) -> Authorization:
        if last(query, "client_id") != self._context.client.client_id:
            raise SlackError("invalid_client_id")
        redirect_uri = last(query, "redirect_uri")
        if not redirect_allowed(redirect_uri, self._context.redirect_prefix):
            raise SlackError("bad_redirect_uri")
        bot_scopes, user_scopes = _listed(query, "scope"), _listed(query, "user_scope")
        if not bot_scopes and not user_scopes:
            raise SlackError("no_scopes")
        if set(bot_scopes) - BOT_SCOPES.keys() or set(user_scopes) - USER_SCOPES.keys():
            raise SlackError("invalid_scope")
        challenge = last(query, "code_challenge") if self._grants.settings.pkce else ""
        if challenge and last(query, "code_challenge_method") != "S256":
            raise SlackError("invalid_arguments")
        team = last(query, "team")
        return Authorization(
            redirect_uri=redirect_uri,
            state=last(query, "state") if "state" in query else None,
            bot_scopes=bot_scopes,
            user_scopes=user_scopes,
            challenge=challenge,
            team=team if team in WORKSPACES else next(iter(WORKSPACES)),
        )

    def _issue(self, authorization: Authorization, team: str, choice: Values) -> str:
        override = self._grants.settings.granted_scopes
        bot, user = list(authorization.bot_scopes), list(authorization.user_scopes)
        if override is not None and bot:
            bot = list(override)
        elif "permissions_shown" in choice:
            bot = [scope for scope in bot if scope in choice.get("scope", [])]
            user = [scope for scope in user if scope in choice.get("user_scope", [])]
        code = Code(
            value=self._context.mint.issue("code-"),
            redirect_uri=authorization.redirect_uri,
            challenge=authorization.challenge,
            team=team,
            bot_scopes=bot,
            user_scopes=user,
            wants_bot=bool(authorization.bot_scopes),
            issued_at=self._context.now(),
        )
        self._codes[code.value] = code
        return code.value

    # oauth.v2.access

    def access(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        for name in ("code", "redirect_uri", "code_verifier", "refresh_token"):
            call.saw(name, arguments.text(name))
        self.authenticate_client(arguments, call, arguments.request.basic())
        match arguments.text("grant_type") or "authorization_code":
            case "authorization_code":
                return self._exchange(arguments, call)
            case "refresh_token":
                return self._refresh(arguments, call)
        raise SlackError("invalid_grant_type")

    def authenticate_client(
        self, arguments: Arguments, call: Call, basic: tuple[str, str] | None = None
    ) -> None:
        """By HTTP Basic where it was sent, or else by the fields of the body."""
        call.client_authenticated = False
        in_body = arguments.text("client_id"), arguments.text("client_secret")
        client_id, secret = basic or in_body
        if client_id != self._context.client.client_id:
            raise SlackError("invalid_client_id")
        if not self._context.client.knows_secret(secret):
            raise SlackError("bad_client_secret")
        call.client_authenticated = True

    def _exchange(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        code = self._codes.get(arguments.text("code"))
        if code is None:
            raise SlackError("invalid_code")
        if code.used:
            raise SlackError("code_already_used")
        if self._context.now() >= code.issued_at + CODE_LIFE:
            raise SlackError("code_expired")
        if arguments.text("redirect_uri") != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        self._check_verifier(code, arguments.text("code_verifier"))
        code.used = True
        return self._installed(code, call)

    def _check_verifier(self, code: Code, verifier: str) -> None:
        if verifier and not self._grants.settings.pkce:
            raise SlackError("pkce_not_allowed")
        expected = challenge_of(verifier) if verifier else ""
        if expected != code.challenge:
            raise SlackError("invalid_code_verifier")

    def _installed(self, code: Code, call: Call) -> dict[str, Any]:
        workspace = WORKSPACES[code.team]
        installation = self._grants.install(
            code.team, workspace.person, code.bot_scopes, code.user_scopes
        )
        user: dict[str, Any] = {"id": workspace.person}
        if code.user_scopes:
            user["scope"] = ",".join(installation.user_scopes[workspace.person])
            user |= self._grants.grant(USER, code.team, workspace.person)
            call.saw("user_token", user["access_token"])
        answer: dict[str, Any] = {"ok": True, "app_id": APP_ID, "authed_user": user}
        if code.wants_bot:
            answer |= self._grants.grant(BOT, code.team, workspace.bot_user)
            answer["scope"] = ",".join(installation.bot_scopes)
            answer["bot_user_id"] = workspace.bot_user
            call.saw("token", answer["access_token"])
        return answer | _team(code.team)

    def _refresh(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        spent, part = self._grants.refresh(arguments.text("refresh_token"))
        call.saw("token", part["access_token"])
        whose = "bot_user_id" if spent.kind == BOT else "user_id"
        scope = ",".join(self._grants.scopes_of(spent))
        answer = {"ok": True, "app_id": APP_ID, **part, "scope": scope, whose: spent.user}
        return answer | _team(spent.team)


def _refusal(error: str) -> Answer:
    return pages.refusal_page("Slack", error, WORDS[error])


def _team(team: str) -> dict[str, Any]:
    return {
        "team": {"id": team, "name": WORKSPACES[team].name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _listed(query: Values, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(scope for scope in last(query, name).split(",") if scope))


def _permissions(authorization: Authorization) -> tuple[pages.Permission, ...]:
    bot = [
        pages.Permission(field="scope", scope=scope, words=BOT_SCOPES[scope])
        for scope in authorization.bot_scopes
    ]
    user = [
        pages.Permission(field="user_scope", scope=scope, words=USER_SCOPES[scope])
        for scope in authorization.user_scopes
    ]
    return (*bot, *user)
