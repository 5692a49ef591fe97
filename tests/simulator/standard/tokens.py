"""The token endpoint of a provider that goes by the book: codes and refresh tokens become tokens
(RFC 6749 sections 4.1.3, 5 and 6), for a client that proves who it is and a verifier that fits.
"""

import hmac
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context, challenge_of
from tests.simulator.standard.consent import Code, Consent
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.rules import Body, OAuthError, Pkce, StandardSettings
from tests.simulator.wire import FORM, JSON, Answer, Malformed, Request

SECRETS = ("code", "redirect_uri", "code_verifier", "refresh_token")


class Tokens[Settings: StandardSettings]:
    """`write` gives the content of a success: what of the pair is told, and how."""

    def __init__(
        self,
        context: Context,
        grants: Grants[Settings],
        consent: Consent[Settings],
        write: Callable[[Pair], dict[str, Any]],
    ) -> None:
        self._context, self._grants, self._consent = context, grants, consent
        self._rules, self._write = grants.rules, write

    def token(self, request: Request, call: Call) -> Answer:
        """Raises OAuthError."""
        pair = self.exchange(request, call)
        call.saw("token", pair.access.value)
        return Answer.json(self._write(pair))

    def exchange(self, request: Request, call: Call) -> Pair:
        fields = self.fields(request)
        for name in SECRETS:
            call.saw(name, fields.get(name))
        self.authenticate(request, fields, call)
        match fields.get("grant_type", ""):
            case "authorization_code":
                return self._spend_code(fields)
            case "refresh_token":
                return self._grants.refresh(fields.get("refresh_token", ""))
        raise OAuthError("unsupported_grant_type")

    def fields(self, request: Request) -> Mapping[str, str]:
        """What a body of the right kind holds, each name once."""
        wanted = FORM if self._rules.body is Body.FORM else JSON
        if request.content_type != wanted:
            raise OAuthError("invalid_request", f"The body must be {wanted}.")
        try:
            content = request.form() if wanted == FORM else request.json()
        except Malformed as bad:
            raise OAuthError("invalid_request", "The body cannot be read.") from bad
        if wanted == FORM:
            if any(len(values) > 1 for values in content.values()):
                raise OAuthError("invalid_request", "A parameter is repeated.")
            return {name: values[0] for name, values in content.items()}
        if not isinstance(content, dict):
            raise OAuthError("invalid_request", "The body must be an object.")
        return {name: value for name, value in content.items() if isinstance(value, str)}

    def authenticate(self, request: Request, fields: Mapping[str, str], call: Call) -> None:
        """Raises OAuthError invalid_client, also for the right secret in the wrong place."""
        call.client_authenticated = False
        basic = request.basic() if self._rules.basic else None
        in_body = (fields.get("client_id", ""), fields.get("client_secret", ""))
        client_id, secret = basic or (in_body if self._rules.in_body else ("", ""))
        client = self._context.client
        if client_id != client.client_id or not client.knows_secret(secret):
            raise OAuthError("invalid_client", status=HTTPStatus.UNAUTHORIZED)
        call.client_authenticated = True

    def _spend_code(self, fields: Mapping[str, str]) -> Pair:
        code = self._consent.codes.get(fields.get("code", ""))
        if code is None:
            raise OAuthError("invalid_grant", "The code is not known.")
        if code.used:
            code.grant.ended = True  # RFC 6749 section 4.1.2: what it was exchanged for, too
            raise OAuthError("invalid_grant", "The code was used before.")
        late = self._context.now() >= code.issued_at + self._rules.code_life
        if late or code.grant.ended:
            raise OAuthError("invalid_grant", "The code has expired.")
        if fields.get("redirect_uri", "") != code.redirect_uri:
            raise OAuthError("invalid_grant", "The redirect URI is another one.")
        self._check_verifier(code, fields.get("code_verifier", ""))
        code.used = True
        return self._grants.issue(code.grant)

    def _check_verifier(self, code: Code, verifier: str) -> None:
        if self._rules.pkce is Pkce.UNKNOWN:
            return
        if bool(verifier) is not bool(code.challenge):
            raise OAuthError("invalid_grant", "Challenge and verifier come together.")
        proof = challenge_of(verifier) if verifier else ""
        if not hmac.compare_digest(proof.encode(), code.challenge.encode()):
            raise OAuthError("invalid_grant", "The verifier does not fit.")
