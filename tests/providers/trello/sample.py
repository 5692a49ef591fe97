"""Trello, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="Grace Hooper (gracehooper)",
    other="Ada Byron (adabyron)",
    action="create_card",
    body={"listId": "65a1f0c2d4e8b90033cc0001", "name": "Order a laptop"},
    words="name",
    done=lambda state: state["cards"],
)
