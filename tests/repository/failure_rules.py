"""What template.yaml must keep so that no failure is lost or goes unnoticed: queues, streams,
schedules, alarms. A rule yields a sentence for each breach.
"""

from collections.abc import Iterator
from typing import Any

from tests.template import ROOT, Resource, functions, mappings, named, resources

FOURTEEN_DAYS = 14 * 86_400
LONGEST_DELAY = 300  # seconds after which a message sent by the schedule is seen first
COUNTS_ATTEMPTS = {"JobsQueue"}
# What is late in this queue is still due in the index, where the dispatcher counts it.
COUNTED_ELSEWHERE = {"RefreshQueue": "RefreshesLate", "SyncQueue": "SyncsLate"}
OURS = "hub"
OUR_NAMESPACE = "Targetym/Integrations"


def queues_survive_failures(template: Resource) -> Iterator[str]:
    """AW-04: every queue has a consumer that may fail, and somewhere for what it gives up."""
    queues = resources("AWS::SQS::Queue", template)
    dead = set(_dead_letter_queues(template))
    mapped = {named(own["EventSourceArn"]): own for own in mappings(template)}
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
    consumer = functions(template)[named(mapping["FunctionName"])]
    needed = 6 * consumer["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)
    if queue.get("VisibilityTimeout", 30) < needed:
        yield f"{name} shows a message again while it is worked on"
    receives = queue.get("RedrivePolicy", {}).get("maxReceiveCount", 0)
    if receives < 5:
        yield f"{name} gives up too early, or never"
    known = consumer["Environment"]["Variables"].get("JOBS_MAX_RECEIVES")
    if known != (str(receives) if name in COUNTS_ATTEMPTS else None):
        yield f"the consumer of {name} does not know its last attempt"
    retention = queue.get("MessageRetentionPeriod", FOURTEEN_DAYS)
    if retention >= FOURTEEN_DAYS:
        yield f"{name} keeps messages as long as its dead-letter queue"
    if retention < LONGEST_DELAY + receives * queue.get("VisibilityTimeout", 30):
        yield f"{name} forgets messages before it has given them up"
    if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
        yield f"one failure fails the whole batch of {name}"
    if not 2 <= mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 0) <= 50:
        yield f"{name} may take all of the account's concurrency"
    if not 1 <= mapping.get("BatchSize", 10) <= 10:
        yield f"{name} is read in large batches"


def streams_survive_failures(template: Resource) -> Iterator[str]:
    queues = resources("AWS::SQS::Queue", template)
    streams = [own for own in mappings(template) if own["EventSourceArn"]["Fn::GetAtt"][1] != "Arn"]
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
        if not failed or named(failed) not in queues:
            yield "stream: rows that fail for good are lost"


def asynchronous_work_fails_somewhere(template: Resource) -> Iterator[str]:
    """AW-19: what nobody waits for is retried a little, and then kept where an alarm looks."""
    dead = set(_dead_letter_queues(template))
    for name, own in functions(template).items():
        ticks = [each for each in own.get("Events", {}).values() if each["Type"] != "HttpApi"]
        for tick in ticks:
            if tick["Type"] != "ScheduleV2":
                yield f"{name} runs on {tick['Type']}, whose failures are kept nowhere"
                continue
            declared = tick["Properties"]
            yield from _retried(f"the schedule of {name}", declared.get("RetryPolicy", {}))
            if _target(declared.get("DeadLetterConfig", {}).get("Arn")) not in dead:
                yield f"the schedule of {name} loses ticks that it could not hand over"
            if "${Stage}" not in str(declared.get("Name")):
                yield f"the schedule of {name} is called alike in every stage"
        if ticks:
            invoked = own.get("EventInvokeConfig", {})
            yield from _retried(name, invoked)
            failed = invoked.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
            if _target(failed) not in dead:
                yield f"{name} loses ticks that failed"


def _retried(name: str, policy: Resource) -> Iterator[str]:
    if not 1 <= policy.get("MaximumRetryAttempts", 185) <= 3:
        yield f"{name} is retried for long, or not at all"
    if not 60 <= policy.get("MaximumEventAgeInSeconds", 86_400) <= 300:
        yield f"{name} is retried when the next tick is there"


def failures_are_seen(template: Resource) -> Iterator[str]:
    """AW-19, AW-20: what was given up or is late rings somewhere."""
    alarms = resources("AWS::CloudWatch::Alarm", template)
    if len(alarms) > 12:
        yield "more alarms than the budget pays for"
    for name, own in alarms.items():
        if own.get("AlarmActions") != [{"Ref": "AlarmTopic"}]:
            yield f"nobody hears {name}"
    metrics = [
        *alarms.values(),
        *(each["MetricStat"]["Metric"] for own in alarms.values() for each in _measured(own)),
    ]
    watched = {
        (own.get("MetricName"), _target(own["Dimensions"][0]["Value"]))
        for own in metrics
        if "Dimensions" in own
    }
    yield from _queues_are_seen(watched, template)
    for metric in ("CredentialsUnreadable", "ProvidersStopped"):
        if (metric, OURS) not in watched:
            yield f"nothing watches {metric}"
    if ("Invocations", "RefreshDispatcherFunction") not in watched:
        yield "a schedule that stopped goes unnoticed"


def _measured(alarm: Resource) -> list[Resource]:
    """Give the metrics that an alarm calculates with."""
    return [each for each in alarm.get("Metrics", []) if "MetricStat" in each]


def _queues_are_seen(watched: set[tuple[Any, str | None]], template: Resource) -> Iterator[str]:
    for name, own in resources("AWS::SQS::Queue", template).items():
        if "RedrivePolicy" not in own:
            continue
        dead = named(own["RedrivePolicy"]["deadLetterTargetArn"])
        if ("ApproximateNumberOfMessagesVisible", dead) not in watched:
            yield f"nothing watches {dead}"
        late = COUNTED_ELSEWHERE.get(name)
        if (late or "ApproximateAgeOfOldestMessage", OURS if late else name) not in watched:
            yield f"nothing watches how late {name} is"


def alarms_hear_what_the_code_says(template: Resource) -> Iterator[str]:
    """An alarm on a metric that nobody sends, or under another name, is silent for ever."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("functions", "layers/hub")
        for path in (ROOT / folder).rglob("*.py")
    )
    dimension = [{"Name": "service", "Value": OURS}]
    for name, own in resources("AWS::CloudWatch::Alarm", template).items():
        parts = [
            own,
            *(each.get("MetricStat", {}).get("Metric", {}) for each in own.get("Metrics", [])),
        ]
        for metric in [each for each in parts if each.get("Namespace") == OUR_NAMESPACE]:
            if f'"{metric["MetricName"]}"' not in code:
                yield f"{name} waits for a metric that nobody sends"
            if metric["Dimensions"] != dimension or f'Metrics(service="{OURS}")' not in code:
                yield f"{name} looks at another dimension than the code sends"
        missing = (
            "breaching" if own.get("ComparisonOperator") == "LessThanThreshold" else "notBreaching"
        )
        if own.get("TreatMissingData") != missing:
            yield f"{name} takes silence for the wrong thing"


RULES = (
    queues_survive_failures,
    streams_survive_failures,
    asynchronous_work_fails_somewhere,
    failures_are_seen,
    alarms_hear_what_the_code_says,
)


def _redriven(queues: dict[str, Resource]) -> list[Resource]:
    return [own for own in queues.values() if "RedrivePolicy" in own]


def _dead_letter_queues(template: Resource) -> list[str]:
    redriven = _redriven(resources("AWS::SQS::Queue", template))
    return [named(own["RedrivePolicy"]["deadLetterTargetArn"]) for own in redriven]


def _target(reference: Any) -> str | None:
    """Return the logical id that something points at, or the plain text that it is."""
    return named(reference) if isinstance(reference, dict) else reference
