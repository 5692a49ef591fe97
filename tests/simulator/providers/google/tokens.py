"""Google's token endpoint and its revocation endpoint.

Quirks: a refresh answers no refresh token; a code that is spent, old, unknown or not proven by its
verifier is `invalid_grant`, and so is a refresh token that died, whatever it died of; revoking any
token ends the whole grant.

Sources: developers.google.com/identity/protocols/oauth2/web-server,
googleapis/google-auth-library-nodejs issue 2028, onaio/onadata issue 3068 (verifiers).
"""

import hmac
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context, challenge_of
from tests.simulator.providers.google.consent import Code, Consent
from tests.simulator.providers.google.errors import REAUTHENTICATION, OAuthError, by_name
from tests.simulator.providers.google.grants import ACCESS_LIFE, TESTING_LIFE, Grants
from tests.simulator.providers.google.identity import id_token
from tests.simulator.providers.google.people import PEOPLE
from tests.simulator.providers.google.scopes import OPENID, expanded, written
from tests.simulator.wire import FORM, Answer, Malformed, Request, Values, last

CODE_LIFE = 600


class Tokens:
    def __init__(self, context: Context, grants: Grants, consent: Consent) -> None:
        self._context, self._grants, self._consent = context, grants, consent

    def token(self, request: Request, call: Call) -> Answer:
        form = _form(request)
        for name in ("code", "redirect_uri", "code_verifier", "refresh_token"):
            call.saw(name, last(form, name))
        call.client_authenticated = False
        self._authenticate_client(form, request.basic())
        call.client_authenticated = True
        match last(form, "grant_type"):
            case "authorization_code":
                answer = self._exchange(form)
            case "refresh_token":
                answer = self._refresh(form)
            case other:
                raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {other}")
        call.saw("token", answer["access_token"])
        return Answer.json(answer)

    def revoke(self, request: Request, call: Call) -> Answer:
        """The token may stand in the body or, as in Google's own example, in the query."""
        value = last(_form(request), "token") if request.body else last(request.query, "token")
        call.saw("token", value)
        if not value:
            raise OAuthError("invalid_request", "Missing required parameter: token")
        if not self._grants.revoke(value):
            raise OAuthError("invalid_token", "Token expired or revoked")
        return Answer.json({})

    def _authenticate_client(self, form: Values, basic: tuple[str, str] | None) -> None:
        client_id, secret = basic or (last(form, "client_id"), last(form, "client_secret"))
        if not client_id:
            raise OAuthError("invalid_request", "Could not determine client ID from request.")
        if client_id != self._context.client.client_id:
            raise by_name("invalid_client")
        if not secret:
            raise OAuthError("invalid_request", "client_secret is missing.")
        if not self._context.client.knows_secret(secret):
            raise OAuthError(
                "invalid_client",
                "The provided client secret is invalid.",
                status=HTTPStatus.UNAUTHORIZED,
            )

    def _exchange(self, form: Values) -> dict[str, Any]:
        if not last(form, "code"):
            raise OAuthError("invalid_request", "Missing required parameter: code")
        code = self._consent.codes.get(last(form, "code"))
        if code is None:
            raise OAuthError("invalid_grant", "Malformed auth code.")
        expired = self._context.now() >= code.issued_at + CODE_LIFE
        if code.used or expired or code.sub not in self._grants.grants:
            raise OAuthError("invalid_grant", "Bad Request")
        if last(form, "redirect_uri") != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        _check_verifier(code, last(form, "code_verifier"))
        code.used = True
        answer = self._tokens(code.sub, code.scopes, code.nonce)
        if code.with_refresh_token:
            answer["refresh_token"] = self._grants.refresh_token(code.sub, code.scopes).value
            if self._grants.settings.testing:
                answer["refresh_token_expires_in"] = TESTING_LIFE
        return answer

    def _refresh(self, form: Values) -> dict[str, Any]:
        if not last(form, "refresh_token"):
            raise OAuthError("invalid_request", "Missing required parameter: refresh_token")
        token = self._grants.find_refresh(last(form, "refresh_token"))
        if token is None:
            raise by_name("invalid_grant")
        if self._grants.settings.session_control:
            raise by_name(REAUTHENTICATION)
        if self._grants.settings.admin_policy == "refresh":
            raise by_name("admin_policy_enforced")
        scopes = tuple(expanded(last(form, "scope").split())) or token.scopes
        if not set(scopes) <= set(token.scopes):
            raise OAuthError("invalid_scope", "Bad Request")
        self._grants.used(token)
        return self._tokens(token.sub, scopes, "")

    def _tokens(self, sub: str, scopes: tuple[str, ...], nonce: str) -> dict[str, Any]:
        access_token = self._grants.access_token(sub, scopes).value
        answer = {
            "access_token": access_token,
            "expires_in": ACCESS_LIFE,
            "scope": written(scopes),
            "token_type": "Bearer",
        }
        if OPENID in scopes:
            signed = id_token(
                PEOPLE[sub],
                scopes,
                client_id=self._context.client.client_id,
                access_token=access_token,
                nonce=nonce,
                now=self._context.now(),
            )
            answer["id_token"] = self._context.mint.remember(signed)
        return answer


def _form(request: Request) -> Values:
    if request.content_type not in {FORM, ""}:
        raise OAuthError("invalid_request", "Bad Request")
    try:
        form = request.form()
    except Malformed as bad:
        raise OAuthError("invalid_request", "Bad Request") from bad
    repeated = [name for name, values in form.items() if len(values) > 1]
    if repeated:
        words = f"OAuth 2 parameters can only have a single value: {repeated[0]}"
        raise OAuthError("invalid_request", words)
    return form


def _check_verifier(code: Code, verifier: str) -> None:
    if not code.challenge:
        if verifier:
            raise OAuthError("invalid_grant", "code_verifier or verifier is not needed.")
        return
    if not verifier:
        raise OAuthError("invalid_grant", "Missing code verifier.")
    proof = challenge_of(verifier) if code.method == "S256" else verifier
    if not hmac.compare_digest(proof.encode(), code.challenge.encode()):
        raise OAuthError("invalid_grant", "Invalid code verifier.")
