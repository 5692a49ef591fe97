"""What the stack costs a month while nobody uses it, resource by resource, from template.yaml.

List prices of eu-west-1 in USD without free tier, November 2026. A resource of a kind that is not
known here is refused rather than taken for free.
"""

import re
from collections.abc import Callable
from typing import Any

_RATE = re.compile(r"rate\((\d+) (\w+)\)")

Template = dict[str, Any]
Properties = dict[str, Any]

HOURS = 730  # of a month, as AWS's calculator counts

# https://aws.amazon.com/kms/pricing/: a key, and as much again for each of its first two rotations.
KMS_KEY = 1.00
KMS_ROTATIONS = 2
# https://aws.amazon.com/cloudwatch/pricing/: an alarm by each metric it looks at.
ALARM_METRIC = 0.10
ALARM_METRIC_HIGH_RESOLUTION = 0.30  # a period under a minute
COMPOSITE_ALARM = 0.50
DASHBOARD = 3.00
# https://aws.amazon.com/sqs/pricing/: a standard queue's requests.
SQS_REQUEST = 0.40 / 1_000_000
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five pollers at rest; a
# long poll lasts at most 20 seconds.
SQS_POLLS = 5 * HOURS * 3600 // 20
# https://aws.amazon.com/secrets-manager/pricing/
SECRET = 0.40
# One tick of a schedule: EventBridge Scheduler's call, Lambda's request, its half second of 256 MB
# with a cold start in it, the dispatcher's reads (eight queries of an empty index, ten breakers),
# its trace and 2 KB of log.
# https://aws.amazon.com/eventbridge/pricing/, /lambda/, /xray/, /cloudwatch/
TICK = (
    1.00 / 1_000_000
    + 0.20 / 1_000_000
    + 0.5 * 0.25 * 0.0000166667
    + (8 * 0.5 + 10) * 0.1415 / 1_000_000
    + 5.00 / 1_000_000
    + 2 * 0.57 / 1_000_000
)
# The same each minute: the function stays warm, is not traced, reads eight queries of an empty
# index and nothing else, and writes Lambda's own lines alone.
TICK_WARM = (
    1.00 / 1_000_000
    + 0.20 / 1_000_000
    + 0.15 * 0.25 * 0.0000166667
    + 8 * 0.5 * 0.1415 / 1_000_000
    + 1 * 0.57 / 1_000_000
)
WARM_MINUTES = 2
MINUTES = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60}

# By use alone: requests, storage, delivered messages. Tables are on demand, and that Lambda reads
# their streams is free (https://aws.amazon.com/dynamodb/pricing/on-demand/).
FREE = {
    "AWS::Events::EventBus",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
}


class Unpriced(Exception):
    """The template has something whose idle price is not known here."""


def idle_cost(template: Template) -> dict[str, float]:
    """Give USD a month by logical id, of what costs anything. Raises Unpriced."""
    prices = {
        name: _price(name, resource, template) for name, resource in template["Resources"].items()
    }
    return {name: round(price, 4) for name, price in prices.items() if price}


def rotation_cost(template: Template) -> float:
    """Give what the rotations of keys add a month, once each key has had two."""
    keys = [r for r in template["Resources"].values() if r["Type"] == "AWS::KMS::Key"]
    rotating = [key for key in keys if key.get("Properties", {}).get("EnableKeyRotation")]
    return KMS_ROTATIONS * KMS_KEY * len(rotating)


def _price(name: str, resource: dict[str, Any], template: Template) -> float:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if priced := _PRICED.get(kind):
        try:
            return priced(properties, template)
        except Unpriced as unpriced:
            raise Unpriced(f"{name}: {unpriced}") from None
    if kind not in FREE or _reserved(kind, properties):
        raise Unpriced(f"{name} is a {kind}: find its idle price.")
    return 0.0


def _reserved(kind: str, properties: Properties) -> bool:
    """Tell whether something is paid by the hour that could be paid by use."""
    if kind == "AWS::DynamoDB::Table":
        return properties.get("BillingMode") != "PAY_PER_REQUEST"
    return False


def _function(properties: Properties, _: Template) -> float:
    events = list(properties.get("Events", {}).values())
    known = {"HttpApi", "ScheduleV2"}
    paid = {"ProvisionedConcurrencyConfig", "SnapStart"} & set(properties)
    if paid or any(event["Type"] not in known for event in events):
        raise Unpriced("A function: find the idle price of what is new in it.")
    schedules = [event["Properties"] for event in events if event["Type"] == "ScheduleV2"]
    return sum(_ticks(each) * _tick(each, properties) for each in schedules)


def _tick(schedule: Properties, function: Properties) -> float:
    often = _ticks(schedule) >= HOURS * 60 / WARM_MINUTES
    return TICK_WARM if often and function.get("Tracing") == "PassThrough" else TICK


def _ticks(schedule: Properties) -> float:
    """Give how often a schedule fires in a month. Raises Unpriced for what is no rate."""
    found = _RATE.fullmatch(schedule.get("ScheduleExpression", ""))
    if found is None or found[2] not in MINUTES:
        raise Unpriced(f"The schedule {schedule}: find out how often it fires.")
    return HOURS * 60 / (int(found[1]) * MINUTES[found[2]])


def _alarm(properties: Properties, _: Template) -> float:
    metrics = [each["MetricStat"] for each in properties.get("Metrics", []) if "MetricStat" in each]
    periods = [each["Period"] for each in metrics] or [properties["Period"]]
    return sum(ALARM_METRIC if each >= 60 else ALARM_METRIC_HIGH_RESOLUTION for each in periods)


def _mapping(properties: Properties, template: Template) -> float:
    if not properties.get("Enabled", True):
        return 0.0
    source = properties["EventSourceArn"]
    name, _ = source["Fn::GetAtt"]
    kind = template["Resources"][name]["Type"]
    if kind == "AWS::DynamoDB::Table":
        return 0.0
    if kind != "AWS::SQS::Queue" or "ProvisionedPollerConfig" in properties:
        raise Unpriced(f"A mapping of {name}: find its idle price.")
    return SQS_POLLS * SQS_REQUEST


_PRICED: dict[str, Callable[[Properties, Template], float]] = {
    "AWS::KMS::Key": lambda *_: KMS_KEY,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": lambda *_: COMPOSITE_ALARM,
    "AWS::CloudWatch::Dashboard": lambda *_: DASHBOARD,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::SecretsManager::Secret": lambda *_: SECRET,
    "AWS::Serverless::Function": _function,
}
