"""The built SAM template as plain CloudFormation that the stand-in understands.

What ministack 1.5.33 does not do, and how it is bridged, for the stand-in only:
- It ignores the OpenAPI body into which SAM writes all routes of an HTTP API, so the body is
  spelled out as AWS::ApiGatewayV2 resources, which it does create, update and delete.
- kms:EncryptionContext* condition keys never resolve there, so a statement that has them would
  always deny. They are taken out here and tested on the template itself.
- It checks ssm:GetParameters against "*" instead of each parameter, so that is what it may read.
- It asks for sqs:SendMessageBatch, an action that IAM does not know: whoever may send may send
  several.
- It refuses alarms on metric math. No metric arrives here: alarms are left out.
"""

import logging
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.local.errors import LocalError

Template = dict[str, Any]

_CONTEXT_KEYS = "kms:encryptioncontext"
_EXTENSION = "x-amazon-apigateway-"
_SIGNED = "AWS_IAM"


def read(path: Path) -> Template:
    from samtranslator.yaml_helper import yaml_parse

    if not path.is_file():
        raise LocalError(f"{path} is missing: run `make build` first.")
    template: Template = yaml_parse(path.read_text())
    return template


def translate(template: Template, parameters: dict[str, str], region: str) -> Template:
    """SAM to CloudFormation, with the parameters' values as CloudFormation would hand them over."""
    from samtranslator.translator.transform import transform

    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it complains of its own metrics
    # samtranslator asks boto3 for the partition, which it takes from the region.
    os.environ.setdefault("AWS_DEFAULT_REGION", region)
    values: dict[str, Any] = {}
    for name, declared in template.get("Parameters", {}).items():
        value = parameters.get(name, declared.get("Default"))
        if declared["Type"] == "CommaDelimitedList":
            value = str(value).split(",") if value else [""]
        if value is not None:
            values[name] = value
    translated: Template = transform(deepcopy(template), values, _NoManagedPolicies())
    return translated


class _NoManagedPolicies:
    """Our roles have policies of their own and no managed ones to look up."""

    def load(self) -> dict[str, str]:
        return {}


def for_stand_in(template: Template) -> Template:
    resources: Template = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            continue
        resources[name] = _permitted(resource)
        if resource["Type"] == "AWS::ApiGatewayV2::Api" and "Body" in resource["Properties"]:
            resources |= _routes(name, resources[name])
    return {**template, "Resources": resources}


def _permitted(node: Any) -> Any:
    """A copy in which every policy statement is one that the stand-in can judge."""
    if isinstance(node, list):
        return [_permitted(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _permitted(value) for key, value in node.items()}
    if "Effect" not in node:
        return kept
    if node.get("Action") == "ssm:GetParameters":
        kept["Resource"] = "*"
    if node.get("Action") == "sqs:SendMessage":
        kept["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]
    if "Condition" in node:
        operators = {
            operator: {k: v for k, v in keys.items() if not k.lower().startswith(_CONTEXT_KEYS)}
            for operator, keys in node["Condition"].items()
        }
        kept["Condition"] = {operator: keys for operator, keys in operators.items() if keys}
    return kept


def _routes(api: str, resource: Template) -> Template:
    """The resources that say what the API's body says; takes the body away."""
    properties = resource["Properties"]
    body = properties.pop("Body")
    properties["ProtocolType"] = "HTTP"
    properties["Name"] = body["info"]["title"]
    if cors := body.get(f"{_EXTENSION}cors"):
        # In the body's spelling (allowOrigins): ministack stores what it gets and reads it so.
        properties["CorsConfiguration"] = cors
    made: Template = {}
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        if name != _SIGNED:
            made[f"{api}{name}Authorizer"] = _authorizer(api, name, scheme)
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            stem = f"{api}{method.capitalize()}{re.sub(r'[^A-Za-z0-9]+', 'X', path)}"
            made[f"{stem}Integration"] = _integration(api, operation)
            made[f"{stem}Route"] = _route(api, stem, f"{method.upper()} {path}", operation)
    return made


def _authorizer(api: str, name: str, scheme: Template) -> Template:
    declared = scheme[f"{_EXTENSION}authorizer"]
    return {
        "Type": "AWS::ApiGatewayV2::Authorizer",
        "Properties": {
            "ApiId": {"Ref": api},
            "Name": name,
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": declared["authorizerUri"],
            "AuthorizerPayloadFormatVersion": declared["authorizerPayloadFormatVersion"],
            "AuthorizerResultTtlInSeconds": declared["authorizerResultTtlInSeconds"],
            "EnableSimpleResponses": declared["enableSimpleResponses"],
            "IdentitySource": declared["identitySource"],
        },
    }


def _integration(api: str, operation: Template) -> Template:
    declared = operation[f"{_EXTENSION}integration"]
    return {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {
            "ApiId": {"Ref": api},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": declared["uri"],
            "PayloadFormatVersion": declared["payloadFormatVersion"],
        },
    }


def _route(api: str, stem: str, key: str, operation: Template) -> Template:
    properties = {
        "ApiId": {"Ref": api},
        "RouteKey": key,
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": f"{stem}Integration"}]]},
    }
    schemes = [name for item in operation.get("security", []) for name in item if name != "NONE"]
    if schemes == [_SIGNED]:
        properties["AuthorizationType"] = _SIGNED
    elif schemes:
        properties["AuthorizationType"] = "CUSTOM"
        properties["AuthorizerId"] = {"Ref": f"{api}{schemes[0]}Authorizer"}
    return {"Type": "AWS::ApiGatewayV2::Route", "Properties": properties}
