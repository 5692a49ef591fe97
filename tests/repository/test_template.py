"""template.yaml keeps its rules, and each rule catches a template that does not."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.repository import permission_rules, template_rules
from tests.repository.template_rules import routes
from tests.template import Resource, functions, load, resources

RULES = (*template_rules.RULES, *permission_rules.RULES)
Rule = Callable[[Resource], Iterator[str]]

ROUTES = {
    "GET /api/integrations/providers": "ListFunction",
    "GET /api/integrations": "ListFunction",
    "GET /api/integrations/{id}": "ListFunction",
    "POST /api/integrations/connect": "ConnectFunction",
    "POST /api/integrations/{provider}/connect": "ConnectFunction",
    "POST /api/integrations/{id}/reconnect": "ConnectFunction",
    "GET /api/integrations/{provider}/callback": "CallbackFunction",
    "POST /api/integrations/{provider}/callback": "CallbackFunction",
    "DELETE /api/integrations/{id}": "DisconnectFunction",
    "POST /api/integrations/{id}/disconnect": "DisconnectFunction",
    "POST /api/integrations/{id}/actions/{action}": "ActionsFunction",
    "GET /api/integrations/openapi.json": "OpenapiFunction",
    "GET /settings/integrations": "SettingsPageFunction",
}
CALLBACK = "GET /api/integrations/{provider}/callback"
STATEMENT = "{}.Policies.0.Statement.{}.{}"
CONDITION = STATEMENT.format("ConnectFunction", 2, "Condition")

# rule, where in the template (Resources and Properties are left out), what stands there instead;
# None takes away.
BREACHES = [
    ("queues_survive_failures", "JobsQueue.VisibilityTimeout", 359),
    ("queues_survive_failures", "JobsWorkerFunction.Timeout", 61),
    ("queues_survive_failures", "JobsMapping.MaximumBatchingWindowInSeconds", 5),
    ("queues_survive_failures", "JobsQueue.RedrivePolicy.maxReceiveCount", 4),
    ("queues_survive_failures", "JobsQueue.RedrivePolicy", None),
    ("queues_survive_failures", "JobsQueue.SqsManagedSseEnabled", None),
    ("queues_survive_failures", "JobsQueue.MessageRetentionPeriod", 1209600),
    ("queues_survive_failures", "JobsDeadLetterQueue.MessageRetentionPeriod", None),
    ("queues_survive_failures", "JobsMapping.FunctionResponseTypes", None),
    ("queues_survive_failures", "JobsMapping.ScalingConfig", None),
    ("queues_survive_failures", "JobsMapping.BatchSize", 100),
    ("queues_survive_failures", "JobsWorkerFunction.Environment.Variables.JOBS_MAX_RECEIVES", "5"),
    ("streams_survive_failures", "OutboxStream.DestinationConfig", None),
    ("streams_survive_failures", "OutboxStream.MaximumRetryAttempts", None),
    ("streams_survive_failures", "OutboxStream.FilterCriteria", None),
    ("streams_survive_failures", "OutboxStream.BisectBatchOnFunctionError", False),
    ("streams_survive_failures", "OutboxStream.StartingPosition", "LATEST"),
    ("streams_survive_failures", "OutboxStream.FunctionResponseTypes", []),
    ("nothing_runs_asynchronously", "ListFunction.Events.Tick", {"Type": "Schedule"}),
    ("failures_are_seen", "JobsDeadAlarm.MetricName", "NumberOfMessagesSent"),
    ("failures_are_seen", "JobsLateAlarm.AlarmActions", None),
    ("timeouts_form_a_ladder", "CallbackFunction.Timeout", 29),
    ("timeouts_form_a_ladder", "AuthorizerFunction.Timeout", 30),
    ("functions_are_alike", "ListFunction.LoggingConfig", {"LogGroup": {"Ref": "ConnectLogGroup"}}),
    ("functions_are_alike", "ListFunction.LoggingConfig", None),
    ("functions_are_alike", "ListLogGroup.RetentionInDays", None),
    ("functions_are_alike", "ListFunction.Tracing", "PassThrough"),
    ("data_outlives_the_stack", "Resources.KeysTable.DeletionPolicy", "Delete"),
    ("data_outlives_the_stack", "Resources.MasterKey.UpdateReplacePolicy", None),
    (
        "tables_can_be_restored",
        "KeysTable.PointInTimeRecoverySpecification.RecoveryPeriodInDays",
        21,
    ),
    ("tables_can_be_restored", "OutboxTable.PointInTimeRecoverySpecification", None),
    ("tables_can_be_restored", "CredentialsTable.DeletionProtectionEnabled", False),
    ("tables_can_be_restored", "StatesTable.TimeToLiveSpecification", None),
    ("tables_can_be_restored", "ConsentsTable.SSESpecification", None),
    ("key_can_be_rotated_and_kept", "MasterKey.PendingWindowInDays", 6),
    ("key_can_be_rotated_and_kept", "MasterKey.EnableKeyRotation", None),
    ("only_three_routes_are_open", "Api.Auth.DefaultAuthorizer", None),
    ("only_three_routes_are_open", f"Api.RouteSettings.{CALLBACK}", None),
    ("only_three_routes_are_open", f"Api.RouteSettings.{CALLBACK}.ThrottlingRateLimit", 1000),
    (
        "only_three_routes_are_open",
        "ListFunction.Events.List.Properties.Auth",
        {"Authorizer": "NONE"},
    ),
    ("authorizer_is_strict", "Api.Auth.Authorizers.Jwt.Identity.Headers", ["Cookie"]),
    ("authorizer_is_strict", "Api.Auth.Authorizers.Jwt.EnableFunctionDefaultPermissions", None),
    ("authorizer_is_strict", "Api.FailOnWarnings", None),
    ("access_log_is_discreet", "Api.AccessLogSettings.Format", '{"request":"$context.path"}'),
    ("roles_are_own_and_explicit", "ListFunction.Role", {"Fn::GetAtt": ["Shared", "Arn"]}),
    ("roles_are_own_and_explicit", "ListFunction.Policies.0", {"DynamoDBCrudPolicy": {}}),
    ("roles_are_own_and_explicit", "ListFunction.Policies.0", "AmazonDynamoDBFullAccess"),
    ("roles_are_own_and_explicit", "JobsWorkerFunction.Events", {"Jobs": {"Type": "SQS"}}),
    ("nothing_is_granted_by_wildcard", STATEMENT.format("ListFunction", 0, "Action"), "dynamodb:*"),
    (
        "nothing_is_granted_by_wildcard",
        STATEMENT.format("ListFunction", 0, "Action"),
        "dynamodb:Scan",
    ),
    ("nothing_is_granted_by_wildcard", STATEMENT.format("ListFunction", 0, "Resource"), "*"),
    (
        "nothing_is_granted_by_wildcard",
        STATEMENT.format("ConnectFunction", 3, "Resource"),
        {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/*"},
    ),
    ("secrets_are_for_few", STATEMENT.format("ConnectFunction", 2, "Action"), "kms:Decrypt"),
    ("secrets_are_for_few", STATEMENT.format("ActionsFunction", 3, "Action"), "kms:Encrypt"),
    (
        "secrets_are_for_few",
        STATEMENT.format("ListFunction", 0, "Resource"),
        {"Fn::GetAtt": ["CredentialsTable", "Arn"]},
    ),
    (
        "secrets_are_for_few",
        STATEMENT.format("ActionsFunction", 0, "Resource"),
        {"Fn::GetAtt": ["ExternalAccountsTable", "Arn"]},
    ),
    (
        "the_ledger_only_grows",
        STATEMENT.format("JobsWorkerFunction", 3, "Action"),
        ["dynamodb:PutItem", "dynamodb:UpdateItem"],
    ),
    ("the_list_cannot_decrypt", STATEMENT.format("ListFunction", 2, "Action"), "kms:Encrypt"),
    ("keys_need_their_context", CONDITION, None),
    ("keys_need_their_context", f"{CONDITION}.StringLike", None),
    ("keys_need_their_context", f"{CONDITION}.StringEquals", None),
    ("keys_need_their_context", f"{CONDITION}.ForAllValues:StringEquals", None),
    (
        "keys_need_their_context",
        f"{STATEMENT.format('ActionsFunction', 3, 'Condition')}.StringEquals",
        {"kms:EncryptionContext:purpose": ["credentials", "oauth-state"]},
    ),
    (
        "variables_match_permissions",
        "ListFunction.Environment.Variables.KEYS_TABLE",
        {"Ref": "KeysTable"},
    ),
    ("variables_match_permissions", "CallbackFunction.Environment.Variables.OUTBOX_TABLE", None),
]


def _by_name(name: str) -> Rule:
    return next(rule for rule in RULES if rule.__name__ == name)


def _change(template: Resource, where: str, value: Any) -> None:
    """Set one place of a template, or take it away."""
    resource, *path = where.removeprefix("Resources.").split(".")
    place = template["Resources"][resource]
    if not where.startswith("Resources."):
        place = place["Properties"]
    *way, last = path
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(rule: Rule):
    assert list(rule(load())) == []


@pytest.mark.parametrize(("rule", "where", "value"), BREACHES)
def test_a_breach_is_caught(rule: str, where: str, value: Any):
    template = load()
    _change(template, where, value)

    assert list(_by_name(rule)(template))


def test_every_rule_is_shown_to_bite():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BREACHES}


def test_the_routes_are_those_of_the_contract():
    assert {key: own["function"] for key, own in routes().items()} == ROUTES


def test_whoever_decrypts_is_watched_by_the_alarm():
    alarm = resources("AWS::CloudWatch::Alarm")["CredentialsUnreadableAlarm"]
    watched = {
        each["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
        for each in alarm["Metrics"]
        if "MetricStat" in each
    }
    decrypting = {
        own["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for name, own in functions().items()
        if name in permission_rules.MAY_DECRYPT
    }

    assert watched == decrypting


def test_the_purposes_in_policies_are_those_of_the_code():
    from hub.sealing import Purpose

    named = set().union(*permission_rules.PURPOSES.values())

    assert named == set(Purpose)


def test_provider_deadlines_fit_under_the_timeouts():
    """AW-12: the provider at its deadline leaves time to write down what happened."""
    from hub import oauth

    write_budget = 5
    batch = resources("AWS::Lambda::EventSourceMapping")["JobsMapping"]["BatchSize"]
    timeouts = {name: own["Timeout"] for name, own in functions().items()}

    assert oauth.EXCHANGE_SECONDS + write_budget < timeouts["CallbackFunction"]
    assert oauth.REVOKE_SECONDS * batch + write_budget < timeouts["JobsWorkerFunction"]


def test_variables_are_named_for_the_function_they_are_in():
    for own in functions().values():
        folder = own["CodeUri"].removeprefix("functions/").rstrip("/")

        assert own["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder


def test_variables_are_set_for_code_that_reads_them_and_for_no_other_reason():
    from tests.template import ROOT

    sources = [*(ROOT / "layers/hub").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    read = set(re.findall(r"""(?:variable\(|optional\(|environ(?:\.get\(|\[))"([A-Z_]+)\"""", code))
    constants = set(re.findall(r"""Final = "([A-Z_]{4,})\"""", code))
    declared = {
        name
        for own in functions().values()
        for name in own["Environment"]["Variables"]
        if not name.endswith("_TABLE") and not name.startswith("POWERTOOLS_")
    }

    assert read <= declared
    assert declared <= read | constants


def test_no_tracing_or_authorization_library_is_declared():
    from tests.template import ROOT

    locked = (ROOT / "layers/dependencies/requirements.txt").read_text()

    assert not re.search(r"(?mi)^(aws-xray-sdk|authlib|boto3|botocore|pip|setuptools)==", locked)
