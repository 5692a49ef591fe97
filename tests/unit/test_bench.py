"""The bench's pure parts: what idle costs, the report, and that it leaves no function out."""

from typing import Any

import pytest

from tests import template
from tests.bench import cold, cost, scale
from tests.bench.figures import Figure, table, to_json

Resources = dict[str, Any]


def with_resource(**added: Any) -> dict[str, Any]:
    stack = template.load()
    stack["Resources"] |= added
    return stack


def test_the_stack_costs_what_its_key_alarms_polled_queues_and_schedule_cost():
    assert cost.idle_cost(template.load()) == {
        "MasterKey": 1.00,
        "JobsDeadAlarm": 0.10,
        "JobsLateAlarm": 0.10,
        "CredentialsUnreadableAlarm": 0.10,
        "ProvidersStoppedAlarm": 0.10,
        "RefreshDeadAlarm": 0.10,
        "RefreshesLateAlarm": 0.10,
        "RefreshesFailingAlarm": 0.20,
        "RefreshesStoppedAlarm": 0.10,
        "JobsMapping": 0.2628,
        "RefreshMapping": 0.2628,
        "RefreshDispatcherFunction": 0.0999,
        "WebhooksDeadAlarm": 0.10,
        "WebhooksLateAlarm": 0.10,
        "WebhooksRefusedAlarm": 0.20,
        "WebhooksMapping": 0.2628,
        "WebhookDispatcherFunction": 0.0083,
        "SyncDeadAlarm": 0.20,
        "SyncMapping": 0.2628,
        "SyncDispatcherFunction": 0.1297,
    }


def test_a_schedule_costs_as_often_as_it_fires():
    def price(rate: str) -> float:
        tick = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": rate}}
        added = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Tick": tick}}}
        return cost.idle_cost(with_resource(Added=added))["Added"]

    assert price("rate(1 minute)") == pytest.approx(5 * price("rate(5 minutes)"), abs=0.001)
    assert price("rate(1 hour)") == pytest.approx(price("rate(5 minutes)") / 12, abs=0.001)


@pytest.mark.parametrize(
    ("resource", "price"),
    [
        ({"Type": "AWS::KMS::Key"}, 1.00),
        ({"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 60}}, 0.10),
        ({"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 10}}, 0.30),
        (
            {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "Metrics": [{"Expression": "a + b"}, *2 * [{"MetricStat": {"Period": 300}}]]
                },
            },
            0.20,
        ),
        ({"Type": "AWS::CloudWatch::Dashboard"}, 3.00),
        (
            {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": {"Fn::GetAtt": ["JobsQueue", "Arn"]}},
            },
            0.2628,
        ),
        (
            {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": {"Fn::GetAtt": ["OutboxTable", "StreamArn"]}},
            },
            None,
        ),
        ({"Type": "AWS::SNS::Topic"}, None),
    ],
)
def test_one_more_resource_adds_its_price(resource: Resources, price: float | None):
    assert cost.idle_cost(with_resource(Added=resource)).get("Added") == price


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::EC2::NatGateway"},
        {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PROVISIONED"}},
        {
            "Type": "AWS::Serverless::Function",
            "Properties": {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}},
        },
        {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Events": {"Tick": {"Type": "ScheduleV2", "Properties": {}}}},
        },
        {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Events": {"Tick": {"Type": "Schedule", "Properties": {}}}},
        },
    ],
)
def test_what_has_no_known_price_is_not_taken_for_free(resource: Resources):
    with pytest.raises(cost.Unpriced, match="Added"):
        cost.idle_cost(with_resource(Added=resource))


def test_rotating_a_key_costs_as_much_as_two_more():
    assert cost.rotation_cost(template.load()) == 2.00
    assert cost.rotation_cost({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}) == 0


FIGURES = {
    "sealing": {"seal": Figure(21.5, "µs", budget=15, floor=1.25), "open": Figure(9, "µs", 15)},
    "memory": Figure(70, "MB"),
}


def test_the_report_nests_figures_of_four_fields():
    assert to_json(FIGURES) == {
        "sealing": {
            "seal": {"value": 21.5, "budget": 15, "floor": 1.25, "unit": "µs"},
            "open": {"value": 9, "budget": 15, "floor": None, "unit": "µs"},
        },
        "memory": {"value": 70, "budget": None, "floor": None, "unit": "MB"},
    }


def test_the_table_marks_what_is_over_its_budget_and_nothing_else():
    _, *rows = table(FIGURES).splitlines()

    assert [row.split()[0] for row in rows] == ["sealing.seal", "sealing.open", "memory"]
    assert [row.endswith("OVER") for row in rows] == [True, False, False]


def test_a_value_on_its_budget_is_within_it():
    assert not Figure(15, "µs", budget=15).over


def test_every_function_has_its_cold_start_measured():
    assert set(cold.STARTS) == set(template.function_names())


@pytest.mark.parametrize("function", [name for name, each in cold.STARTS.items() if each.clients])
def test_a_function_is_measured_with_clients_that_it_may_use(function: str):
    properties = template.functions()[template.function_names()[function]]
    statements = [each for policy in properties["Policies"] for each in policy["Statement"]]
    allowed = str([each["Action"] for each in statements if each["Effect"] == "Allow"])

    assert [each for each in cold.STARTS[function].clients if f"'{each}:" not in allowed] == []


def test_syncing_at_scale_is_the_sum_of_what_a_run_takes():
    """A run that finds nothing new, four times an hour, for a hundred thousand integrations."""
    prices = scale.monthly()

    assert scale.RUNS == 288_000_000
    assert prices["DynamoDB: a line of the log"] == pytest.approx(288 * 0.705, abs=0.01)
    assert 5_000 < sum(prices.values()) < 5_500
