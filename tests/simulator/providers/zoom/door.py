"""What every API of Zoom checks first: the token, its scopes, and whose data is asked for.

Sources: passport-zoom-oauth2 issue 6 (tokens in a query), JubaerHossain/zoom-laravel issue 15 (a
scope that is missing; the API takes either kind), developers.zoom.us/docs/api/using-zoom-apis (me).
"""

from tests.simulator.journal import Call
from tests.simulator.providers.zoom.errors import ApiRefused
from tests.simulator.providers.zoom.rules import Settings
from tests.simulator.providers.zoom.users import USERS, User, find
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Request


class Door:
    def __init__(self, grants: Grants[Settings]) -> None:
        self._grants = grants

    @property
    def settings(self) -> Settings:
        return self._grants.settings

    def enter(self, request: Request, call: Call, scope: str) -> User:
        """The user in the path, who can only be the one whose token it is; where the path names
        none, that one.
        """
        token = self._grants.bearer(request, call)
        if token is None:
            raise ApiRefused(124, self._words(request))
        either = (scope, f"{scope}:admin")
        if not set(either) & set(token.scopes):
            listed = ", ".join(either)
            raise ApiRefused(4711, f"Invalid access token, does not contain scopes:[{listed}].")
        named = request.named.get("user", "me")
        if named != "me" and find(named) is not USERS[token.account]:
            raise ApiRefused(1001, f"User does not exist: {named}.")
        return USERS[token.account]

    def _words(self, request: Request) -> str:
        if request.query.get("access_token"):
            return (
                "Invalid access token, this access token is not supported as query parameter "
                "string."
            )
        known = self._grants.tokens.get(request.bearer() or "")
        late = known is not None and not known.dead and not known.grant.ended
        return "Access token is expired." if late else "Invalid access token."
