"""What Zoom's authorization server insists on, and the switches of the play."""

from dataclasses import dataclass

from tests.simulator.standard.rules import Rotation, Rules, StandardSettings

READ_USER = "user:read:user"
CREATE_MEETING = "meeting:write:meeting"
LIST_MEETINGS = "meeting:read:list_meetings"
READ_MEETING = "meeting:read:meeting"
LIST_USERS = "user:read:list_users:admin"

RULES = Rules(
    provider="Zoom",
    account_word="Account",
    scopes=None,
    fixed_scopes={
        READ_USER: "View a user",
        CREATE_MEETING: "Create a meeting for a user",
        LIST_MEETINGS: "View a user's meetings",
        READ_MEETING: "View a meeting",
    },
    untickable=frozenset({LIST_MEETINGS, READ_MEETING}),  # those that the app marks as optional
    in_body=False,
    code_life=300,
    access_prefix="eyJzdiI6IjAwMDAwMiJ9.",
    refresh_prefix="eyJzdiI6IjAwMDAwMiJ9.r",
    refresh_life=90 * 86_400,
    rotation=Rotation(),
    replaces_earlier=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`api_url` is what token answers call the regional API. `meetings_a_day` is how many a person
    can create between two midnights UTC. `revalidates`: the URL for events was set up, and is
    validated every 72 hours. `by_api`: events are told of those alone who were added by API.
    """

    api_url: str = "https://api-us.zoom.us"
    meetings_a_day: int = 100
    revalidates: bool = False
    by_api: bool = False

    def __post_init__(self) -> None:
        StandardSettings.__post_init__(self)
        if not isinstance(self.api_url, str):
            raise TypeError("api_url is text")
        if type(self.meetings_a_day) is not int:
            raise TypeError("meetings_a_day is a whole number")
