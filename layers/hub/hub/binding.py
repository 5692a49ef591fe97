"""The cookie that binds a flow to the browser it began in (OA-01), one cookie per flow.

Over https it is `__Host-…; Secure`: no subdomain can plant one. Over plain http, which only stage
`local` knows, HTTP clients other than browsers would drop such a cookie, so it goes without.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from hub.store.states import LIFETIME

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

PREFIX: Final = "tgt-"
SECURE_PREFIX: Final = "__Host-tgt-"


def bake(cookie_id: str, binding: str, *, secure: bool) -> Cookie:
    return _cookie(cookie_id, binding, LIFETIME, secure=secure)


def clear(cookie_id: str, *, secure: bool) -> Cookie:
    return _cookie(cookie_id, "", -1, secure=secure)


def _cookie(cookie_id: str, value: str, max_age: int, *, secure: bool) -> Cookie:
    return Cookie(
        name=f"{SECURE_PREFIX if secure else PREFIX}{cookie_id}",
        value=value,
        path="/",
        secure=secure,
        http_only=True,
        same_site=SameSite.LAX_MODE,
        max_age=max_age,
    )


def read(event: "APIGatewayProxyEventV2", *, secure: bool) -> dict[str, str]:
    """Give the bindings a browser sent, by cookie id: from the gateway's `cookies` and from the
    header, whatever its case. A name that comes with two values binds nothing.
    """
    sent = [*(event.cookies or []), *event.headers.get("cookie", "").split(";")]
    return _unambiguous(sent, SECURE_PREFIX if secure else PREFIX)


def _unambiguous(cookies: Iterable[str], prefix: str) -> dict[str, str]:
    values: dict[str, set[str]] = {}
    for cookie in cookies:
        name, _, value = cookie.strip().partition("=")
        if name.startswith(prefix):
            values.setdefault(name.removeprefix(prefix), set()).add(value)
    return {name: each.pop() for name, each in values.items() if len(each) == 1}
