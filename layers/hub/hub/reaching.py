"""A provider's client with an integration's tokens in it."""

from typing import Any

from hub.models import Tokens
from hub.providers._provider import Access
from hub.providers._values import Connection


def connection(access: Access, tokens: Tokens) -> Connection:
    return Connection(
        token=tokens.main.access,
        account_id=tokens.account_id,
        send=access.send,
        endpoints=access.client.endpoints,
        settings=access.client.settings,
    )


def client(access: Access, tokens: Tokens) -> Any:
    return access.provider.make_client(connection(access, tokens))
