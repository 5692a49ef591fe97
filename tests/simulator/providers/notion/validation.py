"""What Notion finds wrong with the body of `POST /v1/pages`, in its words.

Sources: developers.notion.com/reference/post-page, /reference/request-limits (sizes),
/guides/data-apis/working-with-markdown-content; makenotion/notion-sdk-js, src/api-endpoints/
pages.ts; bodies of errors as reported in issues of dstotijn/go-notion, noppefoxwolf/notion and
seratch/notion-translator.
"""

import json
from typing import Any
from uuid import UUID

from tests.simulator.providers.notion.errors import ApiError
from tests.simulator.providers.notion.workspaces import COLUMNS
from tests.simulator.wire import Malformed, Request

FIELDS = frozenset(
    {
        "parent",
        "properties",
        "icon",
        "cover",
        "content",
        "children",
        "markdown",
        "template",
        "position",
    }
)
PARENTS = ("page_id", "database_id", "data_source_id", "workspace")
LONGEST_TEXT = 2_000
LONGEST_LIST = 100
LARGEST_BODY = 500 * 1024


def read_body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except Malformed as bad:
        raise ApiError("invalid_json") from bad
    if not isinstance(body, dict):
        raise failed("body should be an object")
    if len(request.body) > LARGEST_BODY:
        raise failed("body is too large")
    for name in sorted(body.keys() - FIELDS):
        raise failed(f"body.{name} should be not present")
    return body


def read_parent(body: dict[str, Any]) -> tuple[str, str]:
    """Its kind and its id. Without one, the page is a private one of the person."""
    parent = body.get("parent", {"workspace": True})
    if not isinstance(parent, dict):
        raise failed("body.parent should be an object or `undefined`", parent)
    named = [kind for kind in PARENTS if kind in parent]
    if len(named) != 1 or parent.keys() - {"type", named[0]}:
        raise failed("body.parent should name one parent", parent)
    (kind,) = named
    if parent.get("type", kind) != kind:
        raise failed(f'body.parent.type should be `"{kind}"`', parent["type"])
    value = parent[kind]
    if kind == "workspace":
        if value is not True:
            raise failed("body.parent.workspace should be `true`", value)
        return kind, ""
    return kind, read_uuid(f"body.parent.{kind}", value)


def read_uuid(name: str, value: Any) -> str:
    try:
        if len(value.replace("-", "")) == len(UUID(value).hex):
            return str(UUID(value))
    except (AttributeError, TypeError, ValueError):
        pass
    raise failed(f"{name} should be a valid uuid", value)


def read_title(body: dict[str, Any], *, of_data_source: bool) -> str:
    """Properties go by name or by id. Outside of a data source a page has its title alone."""
    properties = body.get("properties", {})
    if not isinstance(properties, dict):
        raise failed("body.properties should be an object or `undefined`", properties)
    known = {"title": "title"} | (COLUMNS if of_data_source else {})
    title = ""
    for name, value in properties.items():
        if name not in known:
            raise ApiError("validation_error", f"{name} is not a property that exists.")
        if not isinstance(value, dict) or known[name] not in value:
            raise ApiError("validation_error", f"{name} is expected to be {known[name]}.")
        text = _text(f"body.properties.{name}.{known[name]}", value[known[name]])
        title = text if known[name] == "title" else title
    return title


def read_content(body: dict[str, Any]) -> str:
    markdown = body.get("markdown", "")
    if not isinstance(markdown, str):
        raise failed("body.markdown should be a string or `undefined`", markdown)
    if "markdown" in body and body.keys() & {"children", "content"}:
        raise failed("body.markdown excludes body.children and body.content")
    children = body.get("children", [])
    if not isinstance(children, list) or len(children) > LONGEST_LIST:
        raise failed(f"body.children.length should be ≤ `{LONGEST_LIST}`")
    return markdown


def _text(name: str, items: Any) -> str:
    if not isinstance(items, list):
        raise failed(f"{name} should be an array", items)
    if len(items) > LONGEST_LIST:
        raise failed(f"{name}.length should be ≤ `{LONGEST_LIST}`", len(items))
    written = []
    for number, item in enumerate(items):
        text = item.get("text") if isinstance(item, dict) else None
        content = text.get("content") if isinstance(text, dict) else None
        if not isinstance(content, str):
            raise failed(f"{name}[{number}].text.content should be a string", content)
        units = len(content.encode("utf-16-le", errors="surrogatepass")) // 2
        if units > LONGEST_TEXT:
            where = f"{name}[{number}].text.content.length"
            raise failed(f"{where} should be ≤ `{LONGEST_TEXT}`", units)
        written.append(content)
    return "".join(written)


def failed(problem: str, value: Any = None) -> ApiError:
    instead = f", instead was `{json.dumps(value)}`" if value is not None else ""
    return ApiError("validation_error", f"body failed validation: {problem}{instead}.")
