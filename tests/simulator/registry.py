"""The providers that can be played: one line each."""

from collections.abc import Callable, Mapping

from tests.simulator.engine import Provider
from tests.simulator.oauth import Context
from tests.simulator.providers.asana.provider import Asana
from tests.simulator.providers.github.provider import GitHub
from tests.simulator.providers.google.provider import Google
from tests.simulator.providers.jira.provider import Jira
from tests.simulator.providers.linear.provider import Linear
from tests.simulator.providers.microsoft.provider import Microsoft
from tests.simulator.providers.notion.provider import Notion
from tests.simulator.providers.slack.provider import Slack
from tests.simulator.providers.trello.provider import Trello
from tests.simulator.providers.zoom.provider import Zoom

PROVIDERS: Mapping[str, Callable[[Context], Provider]] = {
    "asana": Asana,
    "github": GitHub,
    "google": Google,
    "jira": Jira,
    "linear": Linear,
    "microsoft": Microsoft,
    "notion": Notion,
    "slack": Slack,
    "trello": Trello,
    "zoom": Zoom,
}
