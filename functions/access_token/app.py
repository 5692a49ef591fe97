"""POST an internal route: a valid access token, for backend services of the platform.

The gateway authenticates callers by AWS_IAM; which of the account's roles may read tokens is
decided here, by a list that is empty unless a deployer fills it. Only the gateway tells who is
calling: Lambda does not, so that the list cannot be held against whoever invokes the function
itself, and they are refused. Who imitates the gateway's event cannot be told from it; the right to
invoke must stay the gateway's alone.
"""

import json
import re
from typing import Any, Final, TypedDict

from aws_lambda_powertools.event_handler import Response

from hub import api, assembly, runtime, vault, views
from hub.contract import Declared, Security, declares
from hub.errors import (
    Forbidden,
    IntegrationDisconnected,
    InvalidRequest,
    Misconfigured,
    NotFound,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    ProviderUnconfigured,
    ReauthRequired,
    UnknownField,
)

_NAME: Final = r"[\w+=,.@-]{1,64}"
_CALLER: Final = re.compile(
    rf"arn:aws[a-z-]*:sts::(\d{{12}}):assumed-role/({_NAME})/{_NAME}", re.ASCII
)
_READER: Final = re.compile(
    rf"arn:aws[a-z-]*:iam::(\d{{12}}):role/(?:[\w+=,.@/-]*/)?({_NAME})", re.ASCII
)
_PURPOSE: Final = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")


class TokenBody(TypedDict):
    """`purpose` says what the token is for, in a word: it goes into the audit."""

    purpose: str


class TokenView(TypedDict):
    """An access token that can be used now. `expiresAt` null: it does not expire."""

    accessToken: str
    tokenType: str
    expiresAt: str | None


app = api.resolver()


@app.post("/internal/organizations/<organization_id>/integrations/<id_>/token")
@declares(
    Declared(
        data=TokenView,
        body=TokenBody,
        security=Security.ROLE,
        errors=(
            NotFound,
            Forbidden,
            IntegrationDisconnected,
            ReauthRequired,
            ProviderUnconfigured,
            ProviderError,
            ProviderUnavailable,
            ProviderTimeout,
        ),
    )
)
def token(organization_id: str, id_: str) -> Response[str]:
    """Give a valid access token of an integration, refreshed if it ends soon. Whoever asks at the
    same time gets the same one.
    """
    role = _caller()
    purpose = _purpose(api.json_body(app))
    found = vault.find(runtime.database(), organization_id, id_)
    opened = assembly.token_source().usable(
        found, assembly.audit(f"role:{role}", purpose), runtime.ends(app.lambda_context)
    )
    main = opened.tokens.main
    return api.succeeded(
        TokenView(
            accessToken=main.access.reveal(),
            tokenType="Bearer",  # the name of a scheme
            expiresAt=views.optional_instant(main.expires_at),
        )
    )


def _caller() -> str:
    """Give the name of the role that asks, if it may. Raises Forbidden."""
    authorizer = app.current_event["requestContext"].get("authorizer") or {}
    user_arn = (authorizer.get("iam") or {}).get("userArn")
    asking = _CALLER.fullmatch(user_arn) if isinstance(user_arn, str) else None
    if asking is None or asking.groups() not in _readers():
        raise Forbidden("This role may not read tokens. TokenReaderRoles lists those that may.")
    return asking[2]


def _readers() -> set[tuple[str, ...]]:
    """Read the list. Raises Misconfigured for what is no role."""
    listed = [each for each in runtime.optional("TOKEN_READER_ROLES").split(",") if each]
    found = [_READER.fullmatch(each.strip()) for each in listed]
    if not all(found):
        raise Misconfigured("TokenReaderRoles holds ARNs of roles, separated by commas.")
    return {each.groups() for each in found if each}


def _purpose(body: bytes) -> str:
    """Read the body. Raises InvalidRequest, UnknownField."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not a JSON object.") from None
    if not isinstance(content, dict):
        raise InvalidRequest("The body is not a JSON object.")
    if content.keys() - {"purpose"}:
        raise UnknownField("Unknown field. This endpoint takes: purpose.")
    purpose = content.get("purpose")
    if not isinstance(purpose, str) or not _PURPOSE.fullmatch(purpose):
        raise InvalidRequest("purpose is a word such as nightly-report, in lower case.")
    return purpose


def _serve(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raise Forbidden for an event that is not the gateway's."""
    try:
        through_gateway = event["version"] == "2.0" and "http" in event["requestContext"]
    except (TypeError, KeyError):
        through_gateway = False
    if not through_gateway:
        runtime.logger().warning("token.invoked_directly")
        raise Forbidden("Tokens are read through the API: Lambda does not tell who invokes.")
    return app.resolve(event, context)


handler = runtime.entry(_serve)
