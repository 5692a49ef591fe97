"""GitHub's token endpoint.

Quirks: errors come with HTTP 200, but for a client id that nobody knows; the answer is form-encoded
unless JSON is asked for; parameters may stand in the query, a form or JSON; `grant_type` and
`redirect_uri` may be left out of a code's exchange. The client proves itself in the parameters.

Sources: github/docs, content/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps.md,
/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors.md; PyGithub,
tests/ReplayData/ApplicationOAuth.*.txt (answers as they came); interlink-hq/interLink pull request
262 (bad_refresh_token); octokit/auth-oauth-user.js issue 239 (404); rwth-acis/VIAProMa issue 186
(errors in a form). Not confirmed: the error for a verifier that does not fit.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.github.consent import Consent
from tests.simulator.providers.github.rules import (
    ACCESS_LIFE,
    BAD_REFRESH_TOKEN,
    REFRESH_LIFE,
    Grants,
    Settings,
)
from tests.simulator.standard import tokens
from tests.simulator.standard.grants import Pair
from tests.simulator.standard.rules import OAuthError
from tests.simulator.wire import FORM, JSON, Answer, Malformed, Request

PAGE = (
    "https://docs.github.com/apps/managing-oauth-apps/"
    "troubleshooting-oauth-app-access-token-request-errors/#"
)
BAD_CODE = "bad_verification_code"
# Error -> its description and where GitHub explains it.
WORDS = {
    "incorrect_client_credentials": (
        "The client_id and/or client_secret passed are incorrect.",
        "incorrect-client-credentials",
    ),
    "redirect_uri_mismatch": (
        "The redirect_uri MUST match the registered callback URL for this application.",
        "redirect-uri-mismatch2",
    ),
    BAD_CODE: ("The code passed is incorrect or expired.", "bad-verification-code"),
    BAD_REFRESH_TOKEN: (
        "The refresh token passed is incorrect or expired.",
        "bad-verification-code",
    ),
    "unverified_user_email": (
        "The user must have a verified primary email.",
        "unverified_user_email",
    ),
}
UNKNOWN_CLIENT = "Not Found"


class Tokens(tokens.Tokens[Settings]):
    def __init__(self, context: Context, grants: Grants, consent: Consent) -> None:
        super().__init__(context, grants, consent, _written)

    def token(self, request: Request, call: Call) -> Answer:
        as_json = JSON in request.headers.get("accept", "")
        try:
            pair = self.exchange(request, call)
        except OAuthError as refused:
            return refusal(refused.error, as_json=as_json)
        call.saw("token", pair.access.value)
        return _told(_written(pair), as_json=as_json)

    def fields(self, request: Request) -> Mapping[str, str]:
        """From wherever they stand. What cannot be read holds nothing."""
        given: dict[str, Any] = {name: values[-1] for name, values in request.query.items()}
        try:
            if request.content_type == FORM:
                given |= {name: values[-1] for name, values in request.form().items()}
            elif request.content_type == JSON:
                given |= request.json()
        except (Malformed, TypeError, ValueError):
            given = {}
        texts = {name: value for name, value in given.items() if isinstance(value, str)}
        return {"grant_type": "authorization_code", **texts}

    def authenticate(self, request: Request, fields: Mapping[str, str], call: Call) -> None:
        call.client_authenticated = False
        client = self._context.client
        if fields.get("client_id") != client.client_id:
            raise OAuthError(UNKNOWN_CLIENT)
        if not client.knows_secret(fields.get("client_secret", "")):
            raise OAuthError("incorrect_client_credentials")
        call.client_authenticated = True

    def _spend_code(self, fields: Mapping[str, str]) -> Pair:
        code = self._consent.codes.get(fields.get("code", ""))
        registered = {"redirect_uri": code.redirect_uri} if code else {}
        given = {**registered, **fields}
        if code and given["redirect_uri"] != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch")
        try:
            return super()._spend_code(given)
        except OAuthError as refused:
            raise OAuthError(BAD_CODE) from refused


def refusal(error: str, *, as_json: bool = True) -> Answer:
    if error == UNKNOWN_CLIENT:
        content, status = {"error": error}, HTTPStatus.NOT_FOUND
    else:
        description, anchor = WORDS.get(error, ("", ""))
        content = {
            "error": error,
            "error_description": description,
            "error_uri": f"{PAGE}{anchor}",
        }
        status = HTTPStatus.OK
    return _told(content, as_json=as_json, status=status, outcome=error)


def _told(
    content: Mapping[str, Any], *, as_json: bool, status: int = HTTPStatus.OK, outcome: str = "ok"
) -> Answer:
    if as_json:
        return Answer.json(content, status=status, outcome=outcome)
    return Answer(
        status=status,
        body=urlencode(content).encode(),
        headers=(("Content-Type", f"{FORM}; charset=utf-8"),),
        outcome=outcome,
    )


def _written(pair: Pair) -> dict[str, Any]:
    content: dict[str, Any] = {"access_token": pair.access.value}
    if pair.refresh is not None:
        content |= {
            "expires_in": ACCESS_LIFE,
            "refresh_token": pair.refresh.value,
            "refresh_token_expires_in": REFRESH_LIFE,
        }
    return content | {"token_type": "bearer", "scope": ",".join(pair.grant.scopes)}
