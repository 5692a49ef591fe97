"""The gateway's Lambda authorizer (payload 2.0, simple answers): a JWT becomes organization, user
and role. Anything that is not exactly right is refused without a reason.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from typing import Any, Final

from hub import runtime, tokens
from hub.errors import Unauthenticated

_REFUSED: Final = {"isAuthorized": False}


tokens.check_settings()


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return _REFUSED
    try:
        identity = tokens.verify(token.strip())
    except Unauthenticated:
        return _REFUSED
    return {"isAuthorized": True, "context": identity}
