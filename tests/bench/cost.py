"""What the stack costs while nobody uses it, a month, from template.yaml.

List prices of eu-west-1 without free tier, as published on AWS's pricing pages in November 2026
(aws.amazon.com/{kms,cloudwatch,sqs}/pricing). On-demand tables, HTTP APIs, functions and stream
reads by Lambda have no idle price.
"""

from typing import Any

from tests import template
from tests.bench.figures import Figure, Figures

KMS_KEY = 1.00
ALARM_METRIC = 0.10
SQS_REQUEST = 0.40 / 1_000_000
POLLERS = 5
LONG_POLL_SECONDS = 20
MONTH_SECONDS = 30 * 86_400
BUDGET = 3.50


def measure(stack: dict[str, Any] | None = None) -> Figures:
    stack = stack or template.load()
    items = {
        "KMS keys": KMS_KEY * len(template.resources("AWS::KMS::Key", stack)),
        "alarms": ALARM_METRIC * sum(map(_metrics, _alarms(stack))),
        "queue polling": SQS_REQUEST
        * len(_mapped_queues(stack))
        * POLLERS
        * MONTH_SECONDS
        / LONG_POLL_SECONDS,
    }
    figures: Figures = {name: Figure(round(cost, 2), "USD a month") for name, cost in items.items()}
    figures["sum"] = Figure(round(sum(items.values()), 2), "USD a month", BUDGET)
    return figures


def _alarms(stack: dict[str, Any]) -> list[dict[str, Any]]:
    return list(template.resources("AWS::CloudWatch::Alarm", stack).values())


def _metrics(alarm: dict[str, Any]) -> int:
    """An alarm over a metric-math expression is paid by the metrics it reads."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


def _mapped_queues(stack: dict[str, Any]) -> list[dict[str, Any]]:
    queues = template.resources("AWS::SQS::Queue", stack)
    mappings = template.resources("AWS::Lambda::EventSourceMapping", stack).values()
    sources = [each["EventSourceArn"].get("Fn::GetAtt", [""])[0] for each in mappings]
    return [queues[source] for source in sources if source in queues]
