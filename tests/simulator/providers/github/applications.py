"""What an app may do about what it was granted: end it, a token at a time or altogether.

Quirks: the client proves itself by Basic; the token must be alive, or it is not known (404).

Sources: docs.github.com/rest/apps/oauth-applications; @octokit/openapi-types 29.0.1,
`apps/delete-authorization` (204, 422), `apps/check-token` (404). Not confirmed: the 401 for wrong
credentials, and that a single token leaves its refresh token alive.
"""

from http import HTTPStatus

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.github.api import (
    ApiError,
    bad_credentials,
    json_object,
    not_found,
)
from tests.simulator.providers.github.rules import Grants
from tests.simulator.standard.grants import Token
from tests.simulator.wire import Answer, Request


class Applications:
    def __init__(self, context: Context, grants: Grants) -> None:
        self._client, self._grants = context.client, grants

    def end_grant(self, request: Request, call: Call) -> Answer:
        self._grants.end_account(self._token(request, call).account)
        return Answer(status=HTTPStatus.NO_CONTENT)

    def end_token(self, request: Request, call: Call) -> Answer:
        self._token(request, call).dead = True
        return Answer(status=HTTPStatus.NO_CONTENT)

    def _token(self, request: Request, call: Call) -> Token:
        call.client_authenticated = False
        client_id, secret = request.basic() or ("", "")
        if client_id != self._client.client_id or not self._client.knows_secret(secret):
            raise bad_credentials()
        call.client_authenticated = True
        if request.named["client_id"] != client_id:
            raise not_found()
        value = json_object(request).get("access_token")
        if not isinstance(value, str) or not value:
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", name="validation")
        call.saw("token", value)
        token = self._grants.find(value)
        if token is None:
            raise not_found()
        return token
