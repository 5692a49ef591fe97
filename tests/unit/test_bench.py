"""The bench's pure parts: what idle costs, and the form of the report."""

from tests import template
from tests.bench import cost, figures
from tests.bench.figures import Figure


def test_idle_cost_counts_keys_alarms_and_polled_queues():
    measured = cost.measure()

    assert measured["KMS keys"].value == 1.00
    assert measured["alarms"].value == 0.60
    assert measured["queue polling"].value == 0.26
    assert measured["sum"].value == 1.86
    assert not measured["sum"].over


def test_a_second_key_more_alarms_and_another_mapped_queue_are_seen():
    stack = template.load()
    resources = stack["Resources"]
    resources["OtherKey"] = resources["MasterKey"]
    resources["OtherQueue"] = resources["JobsQueue"]
    mapping = {**resources["JobsMapping"]["Properties"]}
    mapping["EventSourceArn"] = {"Fn::GetAtt": ["OtherQueue", "Arn"]}
    resources["OtherMapping"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    for number in range(7):
        resources[f"Alarm{number}"] = resources["JobsLateAlarm"]

    measured = cost.measure(stack)

    assert measured["KMS keys"].value == 2.00
    assert measured["alarms"].value == 1.30
    assert measured["queue polling"].value == 0.52
    assert measured["sum"].over


def test_the_report_is_nested_objects_of_four_fields():
    report = figures.as_json({"group": {"one": Figure(2.0, "ms", 1.0, 0.5)}})

    assert report == {"group": {"one": {"value": 2.0, "budget": 1.0, "floor": 0.5, "unit": "ms"}}}


def test_the_table_marks_what_is_over_budget():
    over, under = figures.table(
        {"over": Figure(2.0, "ms", 1.0), "under": Figure(0.5, "ms", 1.0)}
    ).splitlines()[1:]

    assert "OVER BUDGET" in over
    assert "OVER BUDGET" not in under
