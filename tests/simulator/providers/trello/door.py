"""What Trello's API checks first: that a token of OAuth 2.0 came as a bearer, and its scopes.

Quirk: a call without any credentials is told about permission when it reads, and about scopes when
it writes. What a token that lacks a scope is told is not documented; the simulator says the same.
"""

from tests.simulator.journal import Call
from tests.simulator.providers.trello.errors import Denied
from tests.simulator.standard.grants import Grants, Token
from tests.simulator.standard.rules import StandardSettings
from tests.simulator.wire import Request


def enter(grants: Grants[StandardSettings], request: Request, call: Call, scope: str) -> Token:
    """The token a call came with. The older kind, in the address, is not accepted."""
    token = grants.bearer(request, call)
    if not {"key", "token"}.isdisjoint(request.query):
        raise Denied("invalid key")
    if "authorization" not in request.headers:
        reads = request.method == "GET"
        raise Denied("unauthorized permission requested" if reads else "missing scopes")
    if token is None:
        raise Denied("invalid token")
    if scope not in token.scopes:
        raise Denied("missing scopes")
    return token
