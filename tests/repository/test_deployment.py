"""What CloudFormation makes of template.yaml: parameters it refuses, and what SAM's transform adds.

The transform is run for real; SAM's own choices are part of what is deployed.
"""

import re
from typing import Any

import pytest

from hub.providers import IDS
from tests.template import Resource, functions, load, resources

LAMBDA_LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TRACES = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
# Function -> the schedule's name, its rate, and where ticks go that failed.
SCHEDULES = {
    "RefreshDispatcherFunction": (
        "targetym-${Stage}-refreshes",
        "rate(5 minutes)",
        "RefreshDeadLetterQueue",
    ),
    "SyncDispatcherFunction": (
        "targetym-${Stage}-syncs",
        "rate(1 minute)",
        "SyncDeadLetterQueue",
    ),
    "WebhookDispatcherFunction": (
        "targetym-${Stage}-webhooks",
        "rate(1 hour)",
        "WebhooksDeadLetterQueue",
    ),
}
GOOD = {
    "Stage": "production",
    "LocalEndpoint": "",
    "JwksUrl": "https://issuer.example.com/jwks.json",
    "JwtSecretParameter": "",
}


def _holds(node: Any, values: dict[str, str]) -> Any:
    """Evaluate a rule-specific intrinsic function."""
    if isinstance(node, str):
        return node
    ((function, argument),) = node.items()
    match function:
        case "Ref":
            return values[argument]
        case "Fn::Equals":
            return _holds(argument[0], values) == _holds(argument[1], values)
        case "Fn::Not":
            return not _holds(argument[0], values)
        case "Fn::And":
            return all(_holds(each, values) for each in argument)
        case "Fn::Or":
            return any(_holds(each, values) for each in argument)
    raise AssertionError(function)


def _refused(values: dict[str, str]) -> list[str]:
    return [
        assertion["AssertDescription"]
        for rule in load()["Rules"].values()
        if "RuleCondition" not in rule or _holds(rule["RuleCondition"], values)
        for assertion in rule["Assertions"]
        if not _holds(assertion["Assert"], values)
    ]


@pytest.mark.parametrize(
    ("changed", "accepted"),
    [
        ({}, True),
        ({"JwksUrl": "", "JwtSecretParameter": "/targetym/production/jwt-secret"}, True),
        ({"JwtSecretParameter": "/targetym/production/jwt-secret"}, False),
        ({"JwksUrl": ""}, False),
        ({"LocalEndpoint": "http://127.0.0.1:4566"}, False),
        ({"LocalEndpoint": "http://127.0.0.1:4566", "Stage": "local2"}, False),
        ({"LocalEndpoint": "http://127.0.0.1:4566", "Stage": "local"}, True),
    ],
)
def test_rules_refuse_what_must_not_be_deployed(changed: dict[str, str], accepted: bool):
    assert (_refused(GOOD | changed) == []) is accepted


@pytest.mark.parametrize(
    ("parameter", "value", "accepted"),
    [
        ("Stage", "local", True),
        ("Stage", "production-eu", True),
        ("Stage", "", False),
        ("Stage", "Local", False),
        ("Stage", "a/../b", False),
        ("PublicBaseUrl", "https://integrations.example.com", True),
        ("PublicBaseUrl", "https://integrations.example.com:8443", True),
        ("PublicBaseUrl", "http://localhost:4500", True),
        ("PublicBaseUrl", "https://integrations.example.com/", False),
        ("PublicBaseUrl", "https://integrations.example.com/path", False),
        ("PublicBaseUrl", "http://integrations.example.com", False),
        ("PublicBaseUrl", "http://localhost.example.com", False),
        ("PublicBaseUrl", "https://user@example.com", False),
        ("PublicBaseUrl", "https://example.com?x=1", False),
        ("AllowedOrigins", "", True),
        ("AllowedOrigins", "https://app.example.com", True),
        ("AllowedOrigins", "http://localhost:3000", False),
        ("AllowedOrigins", "*", False),
        ("AllowedOrigins", "https://*.example.com", False),
        ("AllowedOrigins", "https://app.example.com/", False),
        ("AllowedOrigins", "null", False),
        ("ReturnToUrls", "https://app.example.com/settings", True),
        ("ReturnToUrls", "https://app.example.com/settings?tab=1", False),
        ("ReturnToUrls", "https://app.example.com/#done", False),
        ("ReturnToUrls", "javascript:alert(1)", False),
        ("JwksUrl", "https://issuer.example.com/.well-known/jwks.json", True),
        ("JwksUrl", "http://issuer.example.com/.well-known/jwks.json", False),
        ("JwtSecretParameter", "/targetym/production/jwt-secret", True),
        ("JwtSecretParameter", "jwt-secret", False),
        ("JwtSecretParameter", "/targetym/*", False),
        ("TokenReaderRoles", "", True),
        ("TokenReaderRoles", "arn:aws:iam::123456789012:role/payroll", True),
        ("TokenReaderRoles", "arn:aws-us-gov:iam::123456789012:role/a/b/payroll", True),
        (
            "TokenReaderRoles",
            "arn:aws:iam::123456789012:role/payroll,arn:aws:iam::123456789012:role/reports",
            True,
        ),
        ("TokenReaderRoles", "*", False),
        ("TokenReaderRoles", "payroll", False),
        ("TokenReaderRoles", "arn:aws:iam::123456789012:role/*", False),
        ("TokenReaderRoles", "arn:aws:iam::123456789012:root", False),
        ("TokenReaderRoles", "arn:aws:iam::123456789012:user/ada", False),
        ("TokenReaderRoles", "arn:aws:sts::123456789012:assumed-role/payroll/x", False),
        ("TokenReaderRoles", "arn:aws:iam::123456789012:role/payroll,", False),
        ("LocalEndpoint", "http://127.0.0.1:4566", True),
        ("LocalEndpoint", "https://evil.example.com/x", False),
    ],
)
def test_patterns_refuse_bad_parameters(parameter: str, value: str, accepted: bool):
    pattern = load()["Parameters"][parameter]["AllowedPattern"]

    assert bool(re.search(pattern, value)) is accepted


def test_nothing_that_differs_by_deployment_has_a_default():
    required = {name for name, own in load()["Parameters"].items() if "Default" not in own}

    assert required == {"Stage", "PublicBaseUrl", "JwtIssuer"}


@pytest.fixture(scope="module")
def deployed() -> dict[str, Resource]:
    """Resources as CloudFormation gets them."""
    from samtranslator.translator.transform import transform

    class NoLookup:
        def load(self):
            return {"AWSLambdaBasicExecutionRole": LAMBDA_LOGS}

    template = load()
    for entry in template["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if key in entry.get("Properties", {}):
                entry["Properties"][key] = "s3://bucket/key"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        return transform(template, {}, NoLookup())["Resources"]


def _of_kind(deployed: dict[str, Resource], kind: str) -> dict[str, Resource]:
    return {name: own["Properties"] for name, own in deployed.items() if own["Type"] == kind}


def _roles(deployed: dict[str, Resource], service: str) -> dict[str, Resource]:
    """Return the roles that a service may take."""
    return {
        name: own
        for name, own in _of_kind(deployed, "AWS::IAM::Role").items()
        for statement in own["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": [service]}
    }


def _granted(role: Resource) -> list[tuple[str, Any]]:
    return [
        (statement["Action"], statement["Resource"])
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def test_each_function_gets_a_role_of_its_own(deployed: dict[str, Resource]):
    used = [own["Role"] for own in _of_kind(deployed, "AWS::Lambda::Function").values()]

    assert len(used) == len(functions())
    assert sorted(role["Fn::GetAtt"][0] for role in used) == sorted(
        _roles(deployed, "lambda.amazonaws.com")
    )


def test_roles_get_nothing_from_sam_but_logs_and_traces(deployed: dict[str, Resource]):
    for role in _roles(deployed, "lambda.amazonaws.com").values():
        assert role["ManagedPolicyArns"] == [LAMBDA_LOGS, TRACES]


def test_a_schedule_may_invoke_its_function_and_keep_what_failed(deployed: dict[str, Resource]):
    roles = _roles(deployed, "scheduler.amazonaws.com").values()

    assert all("ManagedPolicyArns" not in role for role in roles)
    assert sorted(map(_granted, roles), key=repr) == [
        [
            ("lambda:InvokeFunction", {"Fn::GetAtt": [function, "Arn"]}),
            ("sqs:SendMessage", {"Fn::GetAtt": [dead, "Arn"]}),
        ]
        for function, (_, _, dead) in SCHEDULES.items()
    ]


def test_every_role_belongs_to_a_function_or_the_schedule(deployed: dict[str, Resource]):
    known = [
        name
        for service in ("lambda.amazonaws.com", "scheduler.amazonaws.com")
        for name in _roles(deployed, service)
    ]

    assert sorted(known) == sorted(_of_kind(deployed, "AWS::IAM::Role"))


def test_a_schedule_is_one_of_its_stage_and_fires_at_its_rate(deployed: dict[str, Resource]):
    schedules = _of_kind(deployed, "AWS::Scheduler::Schedule").values()
    found = {
        each["Target"]["Arn"]["Fn::GetAtt"][0]: (
            each["Name"]["Fn::Sub"],
            each["ScheduleExpression"],
        )
        for each in schedules
    }

    assert found == {function: each[:2] for function, each in SCHEDULES.items()}
    for each in schedules:
        assert each["Target"]["RetryPolicy"] == {
            "MaximumEventAgeInSeconds": 300,
            "MaximumRetryAttempts": 2,
        }


def test_a_tick_that_fails_is_kept(deployed: dict[str, Resource]):
    invoked = _of_kind(deployed, "AWS::Lambda::EventInvokeConfig").values()
    found = {each["FunctionName"]["Ref"]: each["DestinationConfig"] for each in invoked}

    assert found.keys() == SCHEDULES.keys()
    for function, (_, _, queue) in SCHEDULES.items():
        dead = {"Fn::GetAtt": [queue, "Arn"]}
        assert found[function] == {"OnFailure": {"Destination": dead}}
        assert ("sqs:SendMessage", dead) in _granted(deployed[f"{function}Role"]["Properties"])


def test_cors_keeps_every_setting(deployed: dict[str, Resource]):
    """SAM drops all settings but the origins where these are an intrinsic function."""
    (api,) = _of_kind(deployed, "AWS::ApiGatewayV2::Api").values()
    _, *branches = api["Body"]["x-amazon-apigateway-cors"]["Fn::If"]

    assert len(branches) == 2
    for branch in branches:
        origins = branch.pop("allowOrigins")
        assert "*" not in str(origins)
        assert branch == {
            "allowCredentials": True,
            "allowHeaders": ["authorization", "content-type", "idempotency-key"],
            "allowMethods": ["GET", "POST", "PUT", "DELETE"],
            "maxAge": 600,
        }


def test_every_route_reaches_the_gateway_with_its_authorizer(deployed: dict[str, Resource]):
    (api,) = _of_kind(deployed, "AWS::ApiGatewayV2::Api").values()
    security = {
        f"{method.upper()} {path}": operation["security"]
        for path, operations in api["Body"]["paths"].items()
        for method, operation in operations.items()
    }
    unguarded = {route for route, schemes in security.items() if schemes == [{"NONE": []}]}

    assert unguarded == {
        "GET /api/integrations/{provider}/callback",
        "POST /api/integrations/{provider}/callback",
        "GET /settings/integrations",
        "HEAD /api/webhooks/trello",
        *(f"POST /api/webhooks/{provider}" for provider in IDS),
    }
    for_services = {route for route, schemes in security.items() if schemes == [{"AWS_IAM": []}]}
    assert for_services == {"POST /internal/organizations/{organizationId}/integrations/{id}/token"}
    others = security.keys() - unguarded - for_services
    assert all(security[route] == [{"Jwt": []}] for route in others)
    signed = api["Body"]["components"]["securitySchemes"]["AWS_IAM"]
    assert signed["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_throttles_and_access_log_reach_the_stage(deployed: dict[str, Resource]):
    (stage,) = _of_kind(deployed, "AWS::ApiGatewayV2::Stage").values()
    declared = resources("AWS::Serverless::HttpApi")["Api"]

    assert stage["RouteSettings"] == declared["RouteSettings"]
    assert stage["DefaultRouteSettings"] == declared["DefaultRouteSettings"]
    assert stage["AccessLogSettings"] == declared["AccessLogSettings"]


def test_the_authorizer_is_cached_by_its_header_alone(deployed: dict[str, Resource]):
    (api,) = _of_kind(deployed, "AWS::ApiGatewayV2::Api").values()
    scheme = api["Body"]["components"]["securitySchemes"]["Jwt"]["x-amazon-apigateway-authorizer"]

    assert scheme["identitySource"] == ["$request.header.Authorization"]
    assert scheme["authorizerResultTtlInSeconds"] == 300
    assert scheme["enableSimpleResponses"] is True
