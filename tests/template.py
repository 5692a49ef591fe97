"""What tests know of template.yaml: read as plain data, so that tests and deployment cannot differ.

`!Ref x` becomes `{"Ref": x}`, `!Sub x` `{"Fn::Sub": x}`, `!GetAtt a.b` `{"Fn::GetAtt": [a, b]}`.
"""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _construct_tag(loader: _Loader, tag: str, node: yaml.Node) -> Resource:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _construct_tag)


@cache
def _parsed() -> Resource:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader with tags


def load() -> Resource:
    """Return a fresh copy: a caller may change it."""
    return deepcopy(_parsed())


def resources(kind: str, template: Resource | None = None) -> dict[str, Resource]:
    """Return the properties of each resource of a type, by logical id."""
    found = (template or load())["Resources"].items()
    return {name: entry.get("Properties", {}) for name, entry in found if entry["Type"] == kind}


def named(reference: Any) -> str:
    """Return the logical id that a Ref or GetAtt points at."""
    return reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]


def mappings(template: Resource) -> list[Resource]:
    return list(resources("AWS::Lambda::EventSourceMapping", template).values())


def functions(template: Resource | None = None) -> dict[str, Resource]:
    """Return each function's properties with the Globals merged in, by logical id."""
    template = template or load()
    shared = template["Globals"]["Function"]
    return {
        name: _merge(shared, own)
        for name, own in resources("AWS::Serverless::Function", template).items()
    }


def function_names() -> dict[str, str]:
    """Return folder names under functions/ to logical ids."""
    return {folder_of(own): name for name, own in functions().items()}


def folder_of(function: Resource) -> str:
    """Give a function's folder under functions/."""
    return str(Path(function["CodeUri"]).relative_to("functions"))


def example_environment(properties: Resource) -> dict[str, str]:
    """Return the variables that the template sets for a function, references as made-up values."""
    referred = {
        "Stage": "example",
        "PublicBaseUrl": "https://integrations.example.com",
        "LocalEndpoint": "",
        "JwtIssuer": "https://issuer.example.com",
        "JwtAudience": "authenticated",
        "JwksUrl": "https://issuer.example.com/jwks.json",
        "JwtSecretParameter": "",
        "OrganizationClaim": "app_metadata.organization_id",
        "UserClaim": "sub",
        "RoleClaim": "app_metadata.role",
    }
    declared = properties["Environment"]["Variables"]
    given = {
        name: value if isinstance(value, str) else referred.get(value.get("Ref", ""), "")
        for name, value in declared.items()
    }
    needed = {name: name.lower() for name in given if name.endswith(("_TABLE", "_ID", "QUEUE_URL"))}
    region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    return {**given, **needed, **region}


def table_definitions(template: Resource | None = None) -> dict[str, Resource]:
    """Return create_table arguments, all but the name, of each table by logical id."""
    return {
        name: _table_definition(own)
        for name, own in resources("AWS::DynamoDB::Table", template).items()
    }


def _table_definition(own: Resource) -> Resource:
    taken = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    definition = {key: own[key] for key in taken if key in own}
    if "StreamSpecification" in own:  # CloudFormation enables a stream by naming its view
        definition["StreamSpecification"] = {"StreamEnabled": True, **own["StreamSpecification"]}
    return definition


def _merge(shared: Any, own: Any) -> Any:
    """Merge as SAM does: maps deeply, lists one after the other, else the function's own."""
    if isinstance(shared, dict) and isinstance(own, dict) and not _is_intrinsic(own):
        keys = [*shared, *(key for key in own if key not in shared)]
        return {
            key: _merge(shared[key], own[key])
            if key in shared and key in own
            else own.get(key, shared.get(key))
            for key in keys
        }
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own


def _is_intrinsic(value: Resource) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))
