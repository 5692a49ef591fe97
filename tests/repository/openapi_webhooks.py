"""The operations that providers call, in the OpenAPI document: what they send is theirs to
describe, what they are answered is ours (`hub.ingress`).
"""

from collections.abc import Callable
from typing import Any

from hub import providers
from tests.template import folder_of, functions

Schema = dict[str, Any]

FOLDER = "webhooks/"
CODES = {"400": ["invalid_request"], "401": ["unauthenticated"], "503": ["temporarily_unavailable"]}


def paths(failure: Callable[[str, list[str]], Schema], gateway: Schema) -> dict[str, Schema]:
    """Make the operations of each webhook function, by path and method."""
    refused = {status: failure(status, codes) for status, codes in CODES.items()}
    found: dict[str, Schema] = {}
    for function in functions().values():
        folder = folder_of(function)
        if not folder.startswith(FOLDER):
            continue
        provider = folder.removeprefix(FOLDER)
        for event in function["Events"].values():
            path, method = event["Properties"]["Path"], event["Properties"]["Method"].lower()
            answers = _alive() if method == "head" else {**_taken(), **refused}
            found.setdefault(path, {})[method] = _operation(provider, method, answers, gateway)
    return found


def _operation(provider: str, method: str, answers: Schema, gateway: Schema) -> Schema:
    name = providers.get(provider).name
    if method == "head":
        return {
            "operationId": f"{provider}_looks",
            "summary": f"Show {name} that the URL is there.",
            "parameters": [_webhook_id()],
            "responses": {**gateway, **answers},
            "security": [],
        }
    return {
        "operationId": f"{provider}_tells",
        "summary": f"Take in what {name} tells, or answer its handshake.",
        "description": "The delivery proves itself, by the provider's own scheme.",
        "parameters": [_webhook_id()],
        "requestBody": {"required": False, "content": {"application/json": {"schema": {}}}},
        "responses": {**gateway, **answers},
        "security": [],
    }


def _webhook_id() -> Schema:
    return {
        "name": "webhook_id",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "uuid"},
    }


def _alive() -> Schema:
    """An answer to HEAD has no body."""
    return {"200": {"description": "It is"}, "400": {"description": "The query cannot be read"}}


def _taken() -> Schema:
    content = {kind: {"schema": {"type": "string"}} for kind in ("text/plain", "application/json")}
    return {"200": {"description": "Taken in, or what the handshake asks for", "content": content}}
