"""Makes functions/openapi/openapi.json out of what the handlers declare and template.yaml routes.

`make openapi` writes it; a test fails while it is out of date.
"""

import importlib
import inspect
import json
import os
import re
from http import HTTPStatus
from typing import Any, is_typeddict

from pydantic import TypeAdapter

from hub import bodies, providers
from hub.api import STATUS_OF
from hub.contract import Declared, Form, Security
from hub.errors import (
    Forbidden,
    HubError,
    InvalidRequest,
    TemporarilyUnavailable,
    Unauthenticated,
    UnknownField,
)
from tests.conftest import ENVIRONMENT
from tests.repository import openapi_webhooks
from tests.template import ROOT, folder_of, functions

PATH = ROOT / "functions" / "openapi" / "openapi.json"
REF = "#/components/schemas/{model}"
Schema = dict[str, Any]

FAILURE = {
    "type": "object",
    "required": ["success", "error"],
    "additionalProperties": False,
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message", "requestId"],
            "additionalProperties": False,
            "properties": {
                "code": {"enum": sorted(STATUS_OF)},
                "message": {"type": "string", "description": "Says what to do next."},
                "requestId": {"type": "string"},
            },
        },
    },
}
GATEWAY_MESSAGE = {
    "type": "object",
    "description": "An answer of the gateway itself. With 401 and 403: the session has ended.",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {"message": {"type": ["string", "null"]}},
}


def document() -> Schema:
    """Make the whole document, in a fixed order."""
    operations = sorted(_operations(), key=lambda found: (found[1], found[0]))
    types = dict.fromkeys(kind for *_, declared, _ in operations for kind in _types(declared))
    schemas, definitions = _schemas(sorted(types, key=repr))  # those of one name stay in order
    for body in (declared.body for *_, declared, _ in operations):
        if is_typeddict(body):  # models forbid further fields by themselves
            definitions[body.__name__]["additionalProperties"] = False
    paths: dict[str, Schema] = {}
    for method, path, is_open, declared, handler in operations:
        operation = _operation(path, is_open, declared, handler, schemas)
        paths.setdefault(path, {})[method.lower()] = operation
    paths["/api/integrations/openapi.json"] = {"get": _itself()}
    paths |= openapi_webhooks.paths(_failure, _gateway(is_open=True))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Targetym Integrations",
            "version": "1",
            "description": "Connect, use and disconnect the tools of an organization.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Failure": FAILURE, "GatewayMessage": GATEWAY_MESSAGE, **definitions},
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "role": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "AWS Signature Version 4 by a role that TokenReaderRoles lists.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
        },
    }


def render() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _operations() -> list[tuple[str, str, bool, Declared, Any]]:
    """Every route of template.yaml whose handler declares itself."""
    found = []
    for function in functions().values():
        all_events = function.get("Events", {}).values()
        events = [e["Properties"] for e in all_events if e["Type"] == "HttpApi"]
        declared = _declared(folder_of(function)) if events else {}
        for event in events:
            key = event["Method"], event["Path"]
            if key in declared:
                handler = declared[key]
                is_open = event.get("Auth", {}).get("Authorizer") == "NONE"
                found.append((*key, is_open, handler.declared, handler))
    return found


def _declared(folder: str) -> dict[tuple[str, str], Any]:
    app = getattr(importlib.import_module(f"functions.{folder.replace('/', '.')}.app"), "app", None)
    if app is None:
        return {}
    routes = [*app._static_routes, *app._dynamic_routes]
    return {
        (route.method, _template_path(route.path)): route.func
        for route in routes
        if hasattr(route.func, "declared")
    }


def _template_path(path: str) -> str:
    """Give a handler's path as the template writes it: <organization_id> is {organizationId}."""
    parts = re.split(r"<(\w+)>", path)
    parts[1::2] = [f"{{{re.sub('_(.?)', lambda m: m[1].upper(), name)}}}" for name in parts[1::2]]
    return "".join(parts)


def _itself() -> Schema:
    """Describe the operation that serves the document: its function imports nothing of ours."""
    declared = Declared(form=Form.DOCUMENT)
    return {
        "operationId": "openapi",
        "summary": "Give this document.",
        "parameters": [],
        "responses": {**_success(declared, {}), **_gateway(is_open=False)},
        "security": [{"session": []}],
    }


def _types(declared: Declared) -> list[Any]:
    wanted = [kind for kind in (declared.body, declared.posted) if kind]
    if declared.data is not None:
        wanted.append(declared.data)
    if declared.takes_actions:
        wanted += [bodies.model_of(action.takes) for _, action in _actions()]
    return wanted


def _actions() -> list[tuple[str, Any]]:
    return [(each.id, action) for each in providers.everything() for action in each.actions]


def _schemas(types: list[Any]) -> tuple[dict[Any, Schema], Schema]:
    adapters = [(kind, "validation", TypeAdapter(kind)) for kind in types]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=REF)
    return {kind: schema for (kind, _), schema in found.items()}, definitions["$defs"]


def _operation(
    path: str, is_open: bool, declared: Declared, handler: Any, schemas: dict[Any, Schema]
) -> Schema:
    summary, _, description = inspect.getdoc(handler).partition("\n\n")
    operation: Schema = {
        "operationId": handler.__name__,
        "summary": " ".join(summary.split()),
        "parameters": [*_path_parameters(path, declared), *_query_parameters(declared)],
        "responses": _responses(is_open, declared, schemas),
        "security": [] if is_open else [{declared.security.value: []}],
    }
    if description:
        operation["description"] = description
    if declared.takes_actions:
        operation["parameters"].append(_idempotency_key())
    if declared.posted:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": schemas[declared.posted]}},
        }
    if body := _body(declared, schemas):
        operation["requestBody"] = {
            "required": declared.body_required,
            "content": {"application/json": {"schema": body}},
        }
    return operation


def _path_parameters(path: str, declared: Declared) -> list[Schema]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    known = {
        "provider": {"type": "string", "enum": list(providers.IDS)},
        "id": {"type": "string", "minLength": 1, "description": "An integration's id, int_…"},
        "organizationId": {"type": "string", "minLength": 1},
        "resource": {"type": "string", "enum": sorted(_resources())},
        "action": {"type": "string", "enum": sorted({action.id for _, action in _actions()})},
    }
    return [{"name": name, "in": "path", "required": True, "schema": known[name]} for name in names]


def _resources() -> set[str]:
    return {each.id for one in providers.everything() for each in one.load_sync().resources}


def _query_parameters(declared: Declared) -> list[Schema]:
    if declared.query is None:
        return []
    schema = TypeAdapter(declared.query).json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": _inline(each, schema.get("$defs", {})),
        }
        for name, each in schema["properties"].items()
    ]


def _inline(schema: Schema, definitions: Schema) -> Schema:
    """Give a parameter's schema by itself, without what names a Python class."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    schema = definitions[reference] if reference else schema
    return {key: value for key, value in schema.items() if key not in {"title", "description"}}


def _idempotency_key() -> Schema:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    }


def _body(declared: Declared, schemas: dict[Any, Schema]) -> Schema | None:
    if declared.takes_actions:
        models = {id(action.takes): bodies.model_of(action.takes) for _, action in _actions()}
        return {"anyOf": [schemas[model] for model in models.values()]}
    return schemas[declared.body] if declared.body else None


def _responses(is_open: bool, declared: Declared, schemas: dict[Any, Schema]) -> Schema:
    success = _success(declared, schemas)
    errors: set[type[HubError]] = {*declared.errors, TemporarilyUnavailable, HubError}
    if declared.form is Form.REDIRECT:
        page = {"content": {"text/html": {"schema": {"type": "string"}}}}
        kept = {"400": "No usable state", "503": "Try again in a moment"}
        pages = {status: {"description": text, **page} for status, text in kept.items()}
        if declared.query:  # where several accounts came back, a page asks which one it is
            pages["200"] = {"description": "A choice to make", **page}
        return {**success, **_gateway(is_open), **pages}
    if not is_open and declared.security is Security.SESSION:
        errors |= {Unauthenticated, Forbidden}
    if declared.body or declared.takes_actions:
        errors |= {InvalidRequest, UnknownField}
    by_status: dict[str, list[str]] = {}
    for code in sorted({error.code for error in errors}):
        by_status.setdefault(str(STATUS_OF[code]), []).append(code)
    refused = {status: _failure(status, codes) for status, codes in by_status.items()}
    return {**success, **_gateway(is_open), **refused}


def _failure(status: str, codes: list[str]) -> Schema:
    forms = [{"$ref": REF.format(model="Failure")}]
    if status in {"401", "403", "404", "429", "500", "503", "504"}:
        forms.append({"$ref": REF.format(model="GatewayMessage")})
    return {
        "description": f"{HTTPStatus(int(status)).phrase}: {', '.join(codes)}",
        "content": {
            "application/json": {"schema": forms[0] if len(forms) == 1 else {"anyOf": forms}}
        },
    }


def _gateway(is_open: bool) -> Schema:
    """What the gateway answers by itself (throttling, no such route, an authorizer that fails)."""
    statuses = ["404", "429", "500", "503", *([] if is_open else ["401", "403"])]
    forms = [{"$ref": REF.format(model=model)} for model in ("Failure", "GatewayMessage")]
    return {
        status: {
            "description": f"{HTTPStatus(int(status)).phrase}, by the gateway or for no address",
            "content": {"application/json": {"schema": {"anyOf": forms}}},
        }
        for status in statuses
    }


def _success(declared: Declared, schemas: dict[Any, Schema]) -> Schema:
    if declared.form is Form.REDIRECT:
        location = {"location": {"schema": {"type": "string", "format": "uri"}}}
        return {"303": {"description": "On to returnTo, or to the result", "headers": location}}
    if declared.form is Form.DOCUMENT:
        schema: Schema = {"type": "object"}
    else:
        schema = _envelope(declared, schemas)
    status, words = ("202", "Will be done") if declared.form is Form.ACCEPTED else ("200", "Done")
    return {status: {"description": words, "content": {"application/json": {"schema": schema}}}}


def _envelope(declared: Declared, schemas: dict[Any, Schema]) -> Schema:
    data = {"type": "object"} if declared.takes_actions else schemas[declared.data]
    properties: Schema = {"success": {"const": True}, "data": data}
    if declared.form is Form.PAGE:
        properties["data"] = {"type": "array", "items": data}
        properties["nextCursor"] = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(render(), encoding="utf-8")
