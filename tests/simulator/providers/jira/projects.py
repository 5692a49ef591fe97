"""The projects of every site: what can be created in them, and where nothing can."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueType:
    """`required`: fields that people must fill in, with their names."""

    id: str
    name: str
    required: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`open`: these people may create issues in it."""

    id: str
    key: str
    name: str
    open: bool = True


TYPES = (
    IssueType(id="10001", name="Task"),
    IssueType(id="10002", name="Bug"),
    IssueType(id="10003", name="Onboarding", required={"customfield_10042": "Start date"}),
)
PROJECTS = (
    Project(id="10100", key="HR", name="People"),
    Project(id="10200", key="LAW", name="Legal", open=False),
)


def find_project(value: Any) -> Project | None:
    """As a request names it: `{"key": …}` or `{"id": …}`, and nothing else."""
    return next((one for one in PROJECTS if value in ({"key": one.key}, {"id": one.id})), None)


def find_type(value: Any) -> IssueType | None:
    return next((one for one in TYPES if value in ({"name": one.name}, {"id": one.id})), None)
