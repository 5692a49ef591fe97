"""What `make run KEEP=1` leaves for the next run: ministack's own files, and what belongs to them.

The simulator forgets its workspaces with each run: its tokens are then revoked ones to us.
"""

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from tests.simulator.oauth import ClientCredentials


class KeptState:
    """A folder for this user's eyes: the stand-in writes keys and secrets into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def account(self) -> str:
        """Every ARN in the kept state contains this number."""
        file = self.folder / "account"
        if not file.exists():
            file.write_text(random_account())
        return file.read_text().strip()

    def clients(self, providers: Iterable[str]) -> dict[str, ClientCredentials]:
        file = self.folder / "clients.json"
        kept = json.loads(file.read_text()) if file.exists() else {}
        made = random_clients(providers)
        made |= {name: ClientCredentials(*kept[name]) for name in made if name in kept}
        kept = {
            name: [client.client_id, client.client_secret, client.webhook_secret]
            for name, client in made.items()
        }
        file.write_text(json.dumps(kept))
        return made

    def ingress(self) -> dict[str, str]:
        """What routes and subscriptions in the kept state were made with."""
        file = self.folder / "ingress.json"
        if not file.exists():
            file.write_text(json.dumps(random_ingress()))
        kept: dict[str, str] = json.loads(file.read_text())
        return kept

    def environment(self) -> dict[str, str]:
        return {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
        }

    def forget_stream_positions(self) -> None:
        """ministack 1.5.33 keeps how far a function has read a stream, but not the stream.

        After a restart it would skip as many new records as it had read before.
        """
        file = self.folder / "services" / "lambda.json"
        if file.exists():
            kept = json.loads(file.read_text())
            kept["payload"].pop("dynamodb_stream_positions", None)
            file.write_text(json.dumps(kept))


def random_account() -> str:
    """Twelve digits. Names and keys in the stand-in derive from it, so it is nobody's guess."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def random_clients(providers: Iterable[str]) -> dict[str, ClientCredentials]:
    """Our registrations with the simulator."""
    return {
        name: ClientCredentials(
            f"local-{secrets.token_hex(8)}", secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        )
        for name in providers
    }


def random_ingress() -> dict[str, str]:
    """The secrets from which those of webhooks are derived."""
    return {name: secrets.token_urlsafe(32) for name in ("secret", "routingSecret")}
