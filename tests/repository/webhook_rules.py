"""What holds of the webhook functions and of what comes after them, rule by rule, read from
template.yaml. A rule yields a sentence for each breach.
"""

from collections.abc import Iterator

from tests.repository.permission_rules import ARN, grants
from tests.template import Resource, functions, resources

FOLDER = "functions/webhooks/"
LONGEST_SECONDS = 5
# Whose requests need a look at a subscription: a secret of its own, or an unsigned handshake.
LOOK_UP = {"asana", "google", "microsoft", "notion"}
RESERVED = {
    "Fn::If": ["ReservesForWebhooks", {"Ref": "WebhookConcurrency"}, {"Ref": "AWS::NoValue"}]
}
PARAMETER = ARN % "ssm" + "parameter/targetym/${Stage}/"
QUEUE = {
    f"sqs:{action}" for action in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
} | {"sqs:GetQueueAttributes"}
WORKER = {
    *((f"dynamodb:{each}", "WebhooksTable.Arn") for each in ("BatchGetItem", "Query")),
    *((f"dynamodb:{each}", "WebhooksTable.Arn") for each in ("PutItem", "UpdateItem")),
    *((f"dynamodb:{each}", "IntegrationsTable.Arn") for each in ("BatchGetItem", "UpdateItem")),
    *((f"dynamodb:{each}", "CredentialsTable.Arn") for each in ("UpdateItem", "DeleteItem")),
    ("dynamodb:DeleteItem", "KeysTable.Arn"),
    ("dynamodb:PutItem", "ConsentsTable.Arn"),
    ("dynamodb:PutItem", "OutboxTable.Arn"),
    *((action, "WebhooksQueue.Arn") for action in QUEUE),
}
DISPATCHER = {
    ("dynamodb:Query", "${WebhooksTable.Arn}/index/renewals"),
    ("sqs:SendMessage", "JobsQueue.Arn"),
}


def receivers(template: Resource) -> dict[str, str]:
    """Give the webhook functions and whose notifications each takes in."""
    return {
        name: own["CodeUri"].removeprefix(FOLDER).rstrip("/")
        for name, own in functions(template).items()
        if own["CodeUri"].startswith(FOLDER)
    }


def a_provider_does_not_wait(template: Resource) -> Iterator[str]:
    """AW-11, WH-11: AWS has less time, and so has the function; a flood is held by a parameter."""
    for name in receivers(template):
        own = functions(template)[name]
        if own["Environment"]["Variables"].get("HASTY") != "1":
            yield f"{name} waits for AWS as if nobody waited for it"
        if own["Timeout"] > LONGEST_SECONDS:
            yield f"{name} may run for {own['Timeout']} s"
        if own.get("ReservedConcurrentExecutions") != RESERVED:
            yield f"{name} reserves what no parameter says"


def whoever_takes_in_only_queues(template: Resource) -> Iterator[str]:
    """WH-22: no table is written, no key of KMS used, nobody else's secret read."""
    for name, provider in receivers(template).items():
        expected = {
            ("sqs:SendMessage", "WebhooksQueue.Arn"),
            ("ssm:GetParameter", f"{PARAMETER}providers/{provider}"),
            ("ssm:GetParameter", f"{PARAMETER}ingress"),
        }
        if provider in LOOK_UP:
            expected.add(("dynamodb:BatchGetItem", "WebhooksTable.Arn"))
        yield from _differences(name, expected, template)


def whoever_hears_reads_no_secret(template: Resource) -> Iterator[str]:
    """TS-16: the worker ends grants without seeing them, and the dispatcher sees times alone."""
    yield from _differences("WebhookWorkerFunction", WORKER, template)
    yield from _differences("WebhookDispatcherFunction", DISPATCHER, template)


def _differences(name: str, expected: set[tuple[str, str]], template: Resource) -> Iterator[str]:
    found = {
        (grant.action, grant.resource)
        for grant in grants(template)
        if grant.function == name and grant.effect == "Allow"
    }
    for action, resource in sorted(found ^ expected):
        verb = "may" if (action, resource) in found else "cannot"
        yield f"{name} {verb} {action} on {resource}"


def forgeries_are_seen(template: Resource) -> Iterator[str]:
    """AW-20, WH-03: a missing secret rings, and so do many signatures that are wrong."""
    watched = {
        each["MetricStat"]["Metric"]["MetricName"]
        for own in resources("AWS::CloudWatch::Alarm", template).values()
        for each in own.get("Metrics", [])
        if "MetricStat" in each
    }
    for metric in ("WebhooksNotConfigured", "WebhooksRefused"):
        if metric not in watched:
            yield f"nothing watches {metric}"


RULES = (
    a_provider_does_not_wait,
    whoever_takes_in_only_queues,
    whoever_hears_reads_no_secret,
    forgeries_are_seen,
)
