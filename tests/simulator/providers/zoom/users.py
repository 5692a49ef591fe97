"""The people with a Zoom account, all made up. Alan's is his own, the others share one."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    account_id: str
    first_name: str
    last_name: str
    email: str

    def shown(self) -> dict[str, Any]:
        """As `GET /users/{userId}` tells it."""
        return {
            "id": self.id,
            "account_id": self.account_id,
            "account_number": 1_000_123,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "display_name": f"{self.first_name} {self.last_name}",
            "email": self.email,
            "type": 2,
            "role_name": "Member",
            "role_id": "2",
            "pmi": 5_550_001_111,
            "use_pmi": False,
            "timezone": "Europe/Paris",
            "language": "en-US",
            "verified": 1,
            "status": "active",
            "created_at": "2024-02-01T08:00:00Z",
            "login_types": [100],
            "group_ids": [],
            "im_group_ids": [],
            "jid": f"{self.id.lower()}@xmpp.zoom.us",
        }


USERS = {
    user.id: user
    for user in (
        User(
            id="aDaByRoN0000000000001Q",
            account_id="ExAmPlEoRg000000000001",
            first_name="Ada",
            last_name="Byron",
            email="ada@example.org",
        ),
        User(
            id="gRaCeHoOpEr00000000002",
            account_id="ExAmPlEoRg000000000001",
            first_name="Grace",
            last_name="Hooper",
            email="grace@example.org",
        ),
        User(
            id="aLaNtUrNiNg00000000003",
            account_id="ExAmPlEnEt000000000002",
            first_name="Alan",
            last_name="Turning",
            email="alan@example.net",
        ),
    )
}


def find(reference: str) -> User | None:
    """By the id that never changes, or by the address."""
    by_address = (one for one in USERS.values() if one.email == reference.lower())
    return USERS.get(reference) or next(by_address, None)
