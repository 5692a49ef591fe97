"""Commands for whoever runs this deployment, invoked directly by a role that may:

    {"command": "expect_handshake", "providerId": "…"}   lets a provider's handshake in for a while
    {"command": "show_handshake", "providerId": "…"}     shows once what it brought

An answer may hold a secret: it goes to whoever asked, and into no log.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub import handshakes, keyrings, runtime
from hub.errors import HubError, InvalidRequest, UnknownField

_FIELDS: Final = frozenset({"command", "providerId"})


def _expect(provider_id: str) -> dict[str, Any]:
    return {"expectedForSeconds": handshakes.expect(_means(), provider_id)}


def _show(provider_id: str) -> dict[str, Any]:
    return {"secret": handshakes.show(_means(), provider_id).reveal()}


_COMMANDS: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "expect_handshake": _expect,
    "show_handshake": _show,
}


def _means() -> handshakes.Means:
    return handshakes.Means(
        database=runtime.database(),
        secrets=keyrings.ingress_secrets,
        write=runtime.write_audit,
        clock=runtime.clock,
    )


def _carry_out(order: Any) -> dict[str, Any]:
    if not isinstance(order, dict):
        raise InvalidRequest("A command is a JSON object.")
    if order.keys() - _FIELDS:
        raise UnknownField("A command has command and providerId, and nothing else.")
    command, provider_id = order.get("command"), order.get("providerId")
    if not isinstance(provider_id, str) or not isinstance(command, str):
        raise InvalidRequest("A command has command and providerId.")
    if command not in _COMMANDS:
        raise InvalidRequest(f"The commands are {', '.join(_COMMANDS)}.")
    return {"providerId": provider_id, **_COMMANDS[command](provider_id)}


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    try:
        return {"success": True, "data": _carry_out(event)}
    except HubError as error:
        runtime.logger().warning("operator.refused", code=error.code)
        return {"success": False, "error": {"code": error.code, "message": error.message}}
