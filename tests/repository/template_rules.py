"""What template.yaml must keep, rule by rule. A rule yields a sentence for each breach."""

import re
from collections.abc import Iterator
from typing import Any

from tests.template import Resource, functions, load, resources

OPEN_ROUTES = {
    "GET /api/integrations/{provider}/callback",
    "POST /api/integrations/{provider}/callback",
    "GET /settings/integrations",
}
# Contents of a request that an access log must not name: its query is a callback's code and state.
TELLING = ("path", "query", "protocol", "header", "domainName", "authorizer", "httpMethod")
FOURTEEN_DAYS = 14 * 86_400


def queues_survive_failures(template: Resource) -> Iterator[str]:
    """AW-04: every queue has a consumer that may fail, and somewhere for what it gives up."""
    queues = resources("AWS::SQS::Queue", template)
    dead = {_named(own["RedrivePolicy"]["deadLetterTargetArn"]) for own in _redriven(queues)}
    mapped = {_named(own["EventSourceArn"]): own for own in _mappings(template)}
    for name, own in queues.items():
        if own.get("SqsManagedSseEnabled") is not True:
            yield f"{name} is not encrypted"
        if name in dead:
            if own.get("MessageRetentionPeriod") != FOURTEEN_DAYS:
                yield f"{name} does not keep messages for 14 days"
        elif name not in mapped:
            yield f"{name} has no consumer"
        else:
            yield from _consumption(name, own, mapped[name], template)


def _consumption(
    name: str, queue: Resource, mapping: Resource, template: Resource
) -> Iterator[str]:
    consumer = functions(template)[_named(mapping["FunctionName"])]
    needed = 6 * consumer["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)
    if queue.get("VisibilityTimeout", 30) < needed:
        yield f"{name} shows a message again while it is worked on"
    receives = queue.get("RedrivePolicy", {}).get("maxReceiveCount", 0)
    if receives < 5:
        yield f"{name} gives up too early, or never"
    variables = consumer["Environment"]["Variables"]
    if variables.get("JOBS_MAX_RECEIVES") != str(receives):
        yield f"the consumer of {name} does not know its last attempt"
    if queue.get("MessageRetentionPeriod", FOURTEEN_DAYS) >= FOURTEEN_DAYS:
        yield f"{name} keeps messages as long as its dead-letter queue"
    if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
        yield f"one failure fails the whole batch of {name}"
    if not 2 <= mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 0) <= 50:
        yield f"{name} may take all of the account's concurrency"
    if not 1 <= mapping.get("BatchSize", 10) <= 10:
        yield f"{name} is read in large batches"


def streams_survive_failures(template: Resource) -> Iterator[str]:
    queues = resources("AWS::SQS::Queue", template)
    streams = [
        own for own in _mappings(template) if own["EventSourceArn"]["Fn::GetAtt"][1] != "Arn"
    ]
    wanted = {
        "StartingPosition": "TRIM_HORIZON",
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    }
    if not streams:
        yield "nothing reads the outbox"
    for own in streams:
        for key, value in wanted.items():
            if own.get(key) != value:
                yield f"stream: {key} is not {value}"
        if not 10 <= own.get("BatchSize", 0) <= 100:
            yield "stream: BatchSize"
        if not 10 <= own.get("MaximumRetryAttempts", -1) <= 1000:
            yield "stream: a row is retried for ever, or hardly"
        failed = own.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if not failed or _named(failed) not in queues:
            yield "stream: rows that fail for good are lost"


def nothing_runs_asynchronously(template: Resource) -> Iterator[str]:
    """AW-19: an asynchronous invocation needs a failure destination. None is there so far."""
    for name, own in functions(template).items():
        for event in own.get("Events", {}).values():
            if event["Type"] != "HttpApi":
                yield f"{name} runs on {event['Type']}, which has no failure destination here"


def failures_are_seen(template: Resource) -> Iterator[str]:
    """AW-19, AW-20: what was given up or is late rings somewhere."""
    alarms = resources("AWS::CloudWatch::Alarm", template)
    if len(alarms) > 12:
        yield "more alarms than the budget pays for"
    for name, own in alarms.items():
        if own.get("AlarmActions") != [{"Ref": "AlarmTopic"}]:
            yield f"nobody hears {name}"
    watched = {
        (own.get("MetricName"), _named(own["Dimensions"][0]["Value"]))
        for own in alarms.values()
        if "Dimensions" in own
    }
    for name, own in resources("AWS::SQS::Queue", template).items():
        if "RedrivePolicy" not in own:
            continue
        dead = _named(own["RedrivePolicy"]["deadLetterTargetArn"])
        if ("ApproximateNumberOfMessagesVisible", dead) not in watched:
            yield f"nothing watches {dead}"
        if ("ApproximateAgeOfOldestMessage", name) not in watched:
            yield f"nothing watches how late {name} is"


def timeouts_form_a_ladder(template: Resource) -> Iterator[str]:
    """AW-12: we answer before the gateway stops waiting, and it waits 29 seconds at most."""
    wanted = {"CallbackFunction": 25, "ActionsFunction": 20, "JobsWorkerFunction": 60}
    for name, own in functions(template).items():
        if own["Timeout"] > wanted.get(name, 30 if name == "OutboxFunction" else 10):
            yield f"{name} may run for {own['Timeout']} s"


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
    expiring = {"StatesTable", "OutboxTable", "CredentialsTable", "IdempotencyTable"}
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


def key_can_be_rotated_and_kept(template: Resource) -> Iterator[str]:
    for name, own in resources("AWS::KMS::Key", template).items():
        if own.get("EnableKeyRotation") is not True:
            yield f"{name} is not rotated"
        if own.get("PendingWindowInDays", 0) < 7:
            yield f"{name} can be lost within a week"


def only_three_routes_are_open(template: Resource) -> Iterator[str]:
    """AW-21: and those have throttles of their own, under everyone else's."""
    api = resources("AWS::Serverless::HttpApi", template)["Api"]
    if api["Auth"].get("DefaultAuthorizer") not in api["Auth"]["Authorizers"]:
        yield "routes are open by default"
    unguarded = {key for key, own in routes(template).items() if "Auth" in own["event"]}
    if unguarded != OPEN_ROUTES:
        yield f"open routes: {sorted(unguarded)}"
    usual = api.get("DefaultRouteSettings", {})
    for key in unguarded:
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
    queues_survive_failures,
    streams_survive_failures,
    nothing_runs_asynchronously,
    failures_are_seen,
    timeouts_form_a_ladder,
    functions_are_alike,
    data_outlives_the_stack,
    tables_can_be_restored,
    key_can_be_rotated_and_kept,
    only_three_routes_are_open,
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


def _mappings(template: Resource) -> list[Resource]:
    return list(resources("AWS::Lambda::EventSourceMapping", template).values())


def _redriven(queues: dict[str, Resource]) -> list[Resource]:
    return [own for own in queues.values() if "RedrivePolicy" in own]


def _named(reference: Any) -> str:
    """Return the logical id that a Ref or GetAtt points at."""
    return reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
