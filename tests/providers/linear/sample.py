"""Linear, for tests of every provider."""

from tests.providers.sample import Sample
from tests.simulator.providers.linear.workspaces import BAKERY, GLOBEX, person_at, team_at

SAMPLE = Sample(
    account=person_at(GLOBEX, "grace@example.org").label,
    other=person_at(BAKERY, "ada@example.org").label,
    action="create_issue",
    body={"teamId": team_at(GLOBEX, "ENG").id, "title": "A laptop for Alan"},
    words="title",
    done=lambda state: state["issues"],
)
