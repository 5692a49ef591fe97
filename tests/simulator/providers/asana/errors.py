"""How Asana refuses: the token endpoint by RFC 6749 with an `error_uri`, the API by texts.

No error of the API has a code. Sources: developers.asana.com/docs/errors, /docs/rate-limits;
Asana/node-asana issue 115 and forum.asana.com threads 615160, 738321 (the token endpoint's words).
"""

from http import HTTPStatus

from tests.simulator.standard.rules import OAuthError, Refused
from tests.simulator.wire import Answer

ERROR_URI = "https://asana.com/developers/documentation/getting-started/authentication"
HELP = (
    "For more information on API status codes and how to handle them, read the docs on errors: "
    "https://developers.asana.com/docs/errors"
)
EXPIRED = (
    "The bearer token has expired. If you have a refresh token, please use it to request a new "
    "bearer token, otherwise allow the user to re-authenticate."
)
TOO_MANY = (
    "You've made too many requests and hit a rate limit. Please retry after the given amount of "
    "time."
)
PHRASE = "6 sad squid snuggle softly"
# Our name of a refusal -> status and text, for what can be ordered. That a missing scope is
# "Forbidden" too is documented, its text is not.
NAMED = {
    "bad_request": (HTTPStatus.BAD_REQUEST, "workspace: Missing input"),
    "not_authorized": (HTTPStatus.UNAUTHORIZED, "Not Authorized"),
    "expired": (HTTPStatus.UNAUTHORIZED, EXPIRED),
    "payment_required": (HTTPStatus.PAYMENT_REQUIRED, "This is only available to premium users."),
    "forbidden": (HTTPStatus.FORBIDDEN, "Forbidden"),
    "not_found": (HTTPStatus.NOT_FOUND, "No matching route for request"),
    "legal": (HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, "Unavailable for legal reasons"),
    "server_error": (HTTPStatus.INTERNAL_SERVER_ERROR, "Server Error"),
}


class ApiError(Refused):
    def __init__(self, name: str, message: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(name)
        self.name, self.retry_after = name, retry_after
        self.status, usual = NAMED.get(name, (HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY))
        self.message = message or usual

    def answer(self) -> Answer:
        error = {"message": self.message, "help": HELP}
        if self.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            error["phrase"] = PHRASE
        wait = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        return Answer.json({"errors": [error]}, status=self.status, outcome=self.name, headers=wait)


def invalid(message: str) -> ApiError:
    return ApiError("bad_request", message)


def refuse(refused: OAuthError) -> Answer:
    """The token endpoint's form of an error."""
    content = {"error": refused.error, "error_uri": ERROR_URI}
    if refused.description:
        content["error_description"] = refused.description
    return Answer.json(content, status=refused.status, outcome=refused.error)
