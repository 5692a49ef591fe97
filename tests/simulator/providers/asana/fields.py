"""How Asana reads the fields of a body: ids are strings of digits, and say so if they are not."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulator.providers.asana.errors import ApiError, invalid
from tests.simulator.providers.asana.world import PROJECTS, WORKSPACES, Person
from tests.simulator.wire import JSON, Malformed, Request

type Given = Mapping[str, Any]
TOP = frozenset({"data", "options"})


def content(request: Request) -> Given:
    """What stands under `data`."""
    try:
        body = request.json() if request.content_type == JSON else None
    except Malformed as bad:
        raise invalid("Could not parse request data, invalid JSON") from bad
    if not isinstance(body, dict):
        raise invalid("Could not parse request data, invalid JSON")
    for stray in body.keys() - TOP:
        raise invalid(
            f"Unrecognized request field {stray} . The only allowed keys at the top level are: "
            "data, options."
        )
    given = body.get("data")
    if not isinstance(given, dict):
        raise invalid("data: Missing input")
    return given


def gid(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(f"{field}: Not a valid GID type: {type(value).__name__}")
    if not (value.isascii() and value.isdigit()):
        raise invalid(f"{field}: Not a recognized ID: {value}")
    return value


def text(given: Given, field: str) -> str | None:
    value = given.get(field)
    if value is not None and not isinstance(value, str):
        raise invalid(f"{field}: Value is not a string: {value}")
    return value


def listed(given: Given, field: str) -> Iterable[tuple[int, Any]]:
    values = given.get(field, [])
    if not isinstance(values, list):
        raise invalid(f"{field}: Value is not an array: {values}")
    return enumerate(values)


def known_workspace(value: Any, person: Person) -> str:
    workspace = gid("workspace", value)
    if workspace not in WORKSPACES:
        raise invalid(f"workspace: Unknown object: {workspace}")
    if workspace not in person.workspaces:
        raise ApiError("forbidden", "You do not have access to this workspace.")
    return workspace


def known_project(value: Any, number: int, person: Person) -> str:
    project = PROJECTS.get(gid(f"projects: [{number}]", value))
    if project is None:
        raise invalid(f"projects: [{number}]: Unknown object: {value}")
    if project.workspace not in person.workspaces or project.owner not in {None, person.gid}:
        raise ApiError("forbidden", "You do not have access to this project.")
    return project.gid
