"""How Trello refuses: its API in one line of text, the authorization server in JSON.

Sources: developer.atlassian.com/cloud/trello/guides/rest-api/status-codes, /rate-limits;
/cloud/oauth/getting-started/refresh-tokens; community.developer.atlassian.com/t/66643; test suites
of several hands that hold the API to these words.
"""

from http import HTTPStatus

from tests.simulator.standard.rules import OAuthError, Refused
from tests.simulator.wire import Answer

DEAD_REFRESH_TOKEN = "Unknown or invalid refresh token."
DEAD_CODE = "authorization_code is invalid"
WINDOW = 10_000
WORDS = {
    "invalid token": HTTPStatus.UNAUTHORIZED,
    "expired token": HTTPStatus.UNAUTHORIZED,
    "invalid key": HTTPStatus.UNAUTHORIZED,
    "missing scopes": HTTPStatus.UNAUTHORIZED,
    "unauthorized permission requested": HTTPStatus.UNAUTHORIZED,
    "unauthorized card permission requested": HTTPStatus.UNAUTHORIZED,
    "unauthorized org access": HTTPStatus.FORBIDDEN,
    "could not find the board that the card belongs to": HTTPStatus.NOT_FOUND,
    "The requested resource was not found.": HTTPStatus.NOT_FOUND,
}
OBJECTS = frozenset({"missing scopes", "Invalid objectId"})  # these are told in JSON


class Denied(Refused):
    """A refusal of the API, by its words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words

    def answer(self) -> Answer:
        status = WORDS.get(self.words, HTTPStatus.BAD_REQUEST)
        if self.words in OBJECTS:
            told = {"message": self.words}
            if self.words == "Invalid objectId":
                told["error"] = "ERROR"
            return Answer.json(told, status=status, outcome=self.words)
        return Answer(
            status=status,
            body=self.words.encode(),
            headers=(("Content-Type", "text/plain; charset=utf-8"),),
            outcome=self.words,
        )


def invalid(field: str) -> Denied:
    return Denied(f"invalid value for {field}")


def atlassian(error: OAuthError) -> Answer:
    """What the authorization server calls an error of the standard, and its status."""
    match error.error:
        case "invalid_client":
            error = OAuthError("access_denied", "Unauthorized", status=HTTPStatus.UNAUTHORIZED)
        case "invalid_grant" if error.description == DEAD_REFRESH_TOKEN:
            error = OAuthError("invalid_grant", DEAD_REFRESH_TOKEN, status=HTTPStatus.FORBIDDEN)
        case "invalid_grant":
            error = OAuthError("invalid_request", DEAD_CODE)
    return error.answer()


def by_name(error: str) -> Answer:
    """The refusal that goes by an OAuth error, or by the API's words."""
    if error in WORDS or error in OBJECTS or error.startswith("invalid value for "):
        return Denied(error).answer()
    description = DEAD_REFRESH_TOKEN if error == "invalid_grant" else ""
    return atlassian(OAuthError(error, description))


def too_many_requests(seconds: int) -> Answer:
    """With 0 seconds, only the headers say how long the window is."""
    headers = [
        ("x-rate-limit-api-token-interval-ms", str(WINDOW)),
        ("x-rate-limit-api-token-max", "100"),
        ("x-rate-limit-api-token-remaining", "0"),
        ("x-rate-limit-api-key-interval-ms", str(WINDOW)),
        ("x-rate-limit-api-key-max", "300"),
        ("x-rate-limit-api-key-remaining", "200"),
    ]
    if seconds:
        headers.append(("Retry-After", str(seconds)))
    return Answer.json(
        {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"},
        status=HTTPStatus.TOO_MANY_REQUESTS,
        outcome="API_TOKEN_LIMIT_EXCEEDED",
        headers=tuple(headers),
    )
