"""What template.yaml must keep, rule by rule. A rule yields a sentence for each breach."""

import re
from collections.abc import Iterator

from hub.providers import IDS
from tests.template import Resource, functions, load, mappings, named, resources

OPEN_ROUTES = {
    "GET /api/integrations/{provider}/callback",
    "POST /api/integrations/{provider}/callback",
    "GET /settings/integrations",
    "HEAD /api/webhooks/trello",
    *(f"POST /api/webhooks/{provider}" for provider in IDS),
}
ROLE_ROUTES = {"POST /internal/organizations/{organizationId}/integrations/{id}/token"}
# Contents of a request that an access log must not name: its query is a callback's code and state.
TELLING = ("path", "query", "protocol", "header", "domainName", "authorizer", "httpMethod")
IDS_ALONE = {"organizationId", "integrationId", "providerId", "deleted"}
GATEWAY_SECONDS = 29
UNTRACED = {"SyncDispatcherFunction"}  # runs each minute, for nothing where nothing is due
LONGEST = {
    "CallbackFunction": 25,
    "RefreshFunction": 25,
    "AccessTokenFunction": 25,
    "ActionsFunction": 28,
    "WebhookTestFunction": 25,
    "OutboxFunction": 30,
    "WebhookWorkerFunction": 30,
    "WebhookDispatcherFunction": 60,
    "JobsWorkerFunction": 60,
    "RefreshDispatcherFunction": 60,
    "RefreshWorkerFunction": 90,
    "SyncDispatcherFunction": 120,
    "SyncWorkerFunction": 120,
}


def timeouts_form_a_ladder(template: Resource) -> Iterator[str]:
    """AW-12: we answer before the gateway stops waiting, and it waits 29 seconds at most."""
    for name, own in functions(template).items():
        if own["Timeout"] > LONGEST.get(name, 10):
            yield f"{name} may run for {own['Timeout']} s"
        served = any(each["Type"] == "HttpApi" for each in own.get("Events", {}).values())
        if served and own["Timeout"] >= GATEWAY_SECONDS:
            yield f"{name} answers when the gateway no longer waits"
        if own["Timeout"] <= _needed(name, template):
            yield f"{name} is stopped while its provider may still answer"


def _needed(name: str, template: Resource) -> float:
    """Give how long a function takes with every provider at its deadline, and what it writes of it
    with DynamoDB at its own.
    """
    from hub import oauth, refreshing, sync_run, trial
    from hub.providers._rest import CALL_SECONDS

    refresh = oauth.REFRESH_SECONDS + refreshing.WRITE_SECONDS
    batches = {named(own["FunctionName"]): own.get("BatchSize", 10) for own in mappings(template)}
    return {
        "CallbackFunction": oauth.EXCHANGE_SECONDS + refreshing.WRITE_SECONDS,
        "ActionsFunction": refresh + CALL_SECONDS,
        "WebhookTestFunction": trial.SEND_SECONDS + trial.LOOK_SECONDS,
        "RefreshFunction": refresh,
        "AccessTokenFunction": refresh,
        "RefreshWorkerFunction": refresh * batches["RefreshWorkerFunction"],
        "SyncWorkerFunction": refresh + CALL_SECONDS + sync_run.WRITE_SECONDS,
        "JobsWorkerFunction": oauth.REVOKE_SECONDS * batches["JobsWorkerFunction"]
        + refreshing.WRITE_SECONDS,
    }.get(name, 0)


def functions_are_alike(template: Resource) -> Iterator[str]:
    groups = resources("AWS::Logs::LogGroup", template)
    used = [own.get("LoggingConfig", {}).get("LogGroup") for own in functions(template).values()]
    for name, own in functions(template).items():
        expected = {
            "Runtime": "python3.13",
            "Architectures": ["x86_64"],
            "Handler": "app.handler",
            "Tracing": "Active",
            "MemorySize": 256,
            "Layers": [{"Ref": "DependenciesLayer"}, {"Ref": "HubLayer"}],
        }
        if name in UNTRACED:
            expected["Tracing"] = "PassThrough"
        for key, value in expected.items():
            if own.get(key) != value:
                yield f"{name}: {key} is not {value}"
        logging = own["LoggingConfig"]
        group = logging.get("LogGroup")
        if logging.get("LogFormat") != "JSON":
            yield f"{name} does not log JSON"
        if group is None or group["Ref"] not in groups or used.count(group) != 1:
            yield f"{name} has no log group of its own"
    for name, own in groups.items():
        if own.get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield f"{name} is kept for ever"


def data_outlives_the_stack(template: Resource) -> Iterator[str]:
    """AW-23."""
    for name, entry in template["Resources"].items():
        kept = {entry.get("DeletionPolicy"), entry.get("UpdateReplacePolicy")} == {"Retain"}
        if entry["Type"] in ("AWS::DynamoDB::Table", "AWS::KMS::Key") and not kept:
            yield f"{name} goes away with the stack"


def tables_can_be_restored(template: Resource) -> Iterator[str]:
    """AW-23; spec section 4: PITR of 21 days, of one day for what erasure destroys."""
    expiring = {
        "StatesTable",
        "OutboxTable",
        "CredentialsTable",
        "IdempotencyTable",
        "ProviderHealthTable",
        "WebhooksTable",
        "SyncLogsTable",
        "RecordsTable",
    }
    for name, own in resources("AWS::DynamoDB::Table", template).items():
        expected = {
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "SSESpecification": {"SSEEnabled": True},
            "PointInTimeRecoverySpecification": {
                "PointInTimeRecoveryEnabled": True,
                "RecoveryPeriodInDays": 1 if name == "KeysTable" else 21,
            },
            "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True}
            if name in expiring
            else None,
        }
        for key, value in expected.items():
            if own.get(key) != value:
                yield f"{name}: {key} is not {value}"


def an_index_holds_no_secret(template: Resource) -> Iterator[str]:
    """TS-16: whoever may read the index of what is due sees ids and times. It is sparse."""
    for name, own in resources("AWS::DynamoDB::Table", template).items():
        for index in own.get("GlobalSecondaryIndexes", []):
            projected = index["Projection"]
            told = set(projected.get("NonKeyAttributes", []))
            if projected["ProjectionType"] != "INCLUDE" or not told <= IDS_ALONE:
                yield f"{name}: {index['IndexName']} holds {index['Projection']}"


def people_hear_from_us_alone(template: Resource) -> Iterator[str]:
    """AW-16: a topic's default policy lets every role of the account publish. Root is IAM's say.
    Alarms are CloudWatch's, which may not use the AWS-managed key.
    """
    policies = {
        named(topic): own["PolicyDocument"]["Statement"]
        for own in resources("AWS::SNS::TopicPolicy", template).values()
        for topic in own["Topics"]
    }
    root = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    for name, own in resources("AWS::SNS::Topic", template).items():
        if name == "AlarmTopic":
            continue
        if own.get("KmsMasterKeyId") != "alias/aws/sns":
            yield f"{name} is not encrypted"
        said = [(each["Effect"], each["Principal"]) for each in policies.get(name, [])]
        if said != [("Allow", root)]:
            yield f"whoever is in the account may publish to {name}"


def key_can_be_rotated_and_kept(template: Resource) -> Iterator[str]:
    for name, own in resources("AWS::KMS::Key", template).items():
        if own.get("EnableKeyRotation") is not True:
            yield f"{name} is not rotated"
        if own.get("PendingWindowInDays", 0) < 7:
            yield f"{name} can be lost within a week"


def routes_are_guarded(template: Resource) -> Iterator[str]:
    """AW-21: some are open, with throttles of their own under everyone else's, and one is for
    services, which the gateway knows by their role. All others want a JWT.
    """
    api = resources("AWS::Serverless::HttpApi", template)["Api"]
    if api["Auth"].get("DefaultAuthorizer") != "Jwt":
        yield "routes are open by default"
    if api["Auth"].get("EnableIamAuthorizer") is not True:
        yield "the gateway does not know roles"
    kinds = {
        key: own["event"].get("Auth", {}).get("Authorizer") for key, own in routes(template).items()
    }
    for kind, wanted in (("NONE", OPEN_ROUTES), ("AWS_IAM", ROLE_ROUTES)):
        found = {key for key, given in kinds.items() if given == kind}
        if found != wanted:
            yield f"{kind}: {sorted(found)}"
    if others := {*kinds.values()} - {None, "NONE", "AWS_IAM"}:
        yield f"authorizers: {sorted(others)}"
    usual = api.get("DefaultRouteSettings", {})
    for key in OPEN_ROUTES:
        own = api.get("RouteSettings", {}).get(key, {})
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            if not 0 < own.get(limit, 0) < usual.get(limit, 0):
                yield f"{key} has no {limit} of its own"


def authorizer_is_strict(template: Resource) -> Iterator[str]:
    api = resources("AWS::Serverless::HttpApi", template)["Api"]
    expected = {
        "FunctionArn": {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]},
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "EnableFunctionDefaultPermissions": True,
        "Identity": {"Headers": ["Authorization"], "ReauthorizeEvery": 300},
    }
    if api["Auth"]["Authorizers"] != {"Jwt": expected}:
        yield "the authorizer is another one than agreed"
    if api.get("FailOnWarnings") is not True:
        yield "a route that was not imported goes unnoticed"


def access_log_is_discreet(template: Resource) -> Iterator[str]:
    """OA-16: no code and no state in any log."""
    logged = resources("AWS::Serverless::HttpApi", template)["Api"]["AccessLogSettings"]["Format"]
    variables = re.findall(r"\$context\.([A-Za-z.]+)", logged)
    if "requestId" not in variables or "routeKey" not in variables or "status" not in variables:
        yield "the access log does not say what happened"
    for variable in variables:
        if any(word.lower() in variable.lower() for word in TELLING):
            yield f"the access log names {variable}"


RULES = (
    timeouts_form_a_ladder,
    functions_are_alike,
    data_outlives_the_stack,
    tables_can_be_restored,
    key_can_be_rotated_and_kept,
    routes_are_guarded,
    an_index_holds_no_secret,
    people_hear_from_us_alone,
    authorizer_is_strict,
    access_log_is_discreet,
)


def routes(template: Resource | None = None) -> dict[str, Resource]:
    """Return each route's function and event, by route key."""
    return {
        f"{event['Properties']['Method']} {event['Properties']['Path']}": {
            "function": name,
            "event": event["Properties"],
        }
        for name, own in functions(template or load()).items()
        for event in own.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }
