"""What a function has at run time: settings, AWS clients, logger. Each is made once, at first use
and never at import (AW-17), and nothing else reads the environment.
"""

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from hub.audit import Audit
from hub.errors import HubError, Misconfigured
from hub.store.database import Database
from hub.values import Value

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

    from hub.flows import Flows
    from hub.sealing import KeyCache

LOCAL: Final = "local"
AWS_CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=16,  # as many as the dispatcher of syncs has threads
    retries={"mode": "standard", "total_max_attempts": 3},
)
HASTY_CONFIG: Final = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
_WIRE_LOGGERS: Final = ("boto3", "botocore", "urllib3")
_TABLES: Final = (
    "integrations",
    "credentials",
    "keys",
    "states",
    "consents",
    "external_accounts",
    "outbox",
    "idempotency",
    "provider_health",
    "webhooks",
    "syncs",
    "sync_logs",
    "records",
)

clock = time.time
draw = SystemRandom().random

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Settings(Value):
    stage: str
    base_url: str
    return_urls: tuple[str, ...]
    stand_in: str | None

    @property
    def local(self) -> bool:
        return self.stage == LOCAL

    @property
    def secure(self) -> bool:
        """Tell whether browsers reach this deployment over https."""
        return self.base_url.startswith("https://")

    @property
    def plain_hosts(self) -> frozenset[str]:
        """Give the hosts that may be called over http: this machine, and where AWS is played,
        which is how a container calls this machine.
        """
        return _LOOPBACK.union(filter(None, [self.stand_in])) if self.local else frozenset()


def variable(name: str) -> str:
    """Read one of the function's variables. Raises Misconfigured, naming it."""
    value = os.environ.get(name, "")
    if not value:
        raise Misconfigured(f"The variable {name} is not set; template.yaml sets it.")
    return value


def optional(name: str) -> str:
    return os.environ.get(name, "")


@cache
def settings() -> Settings:
    """Read and check what every function needs.

    Raises Misconfigured: outside stage `local`, nothing may be plain http or lead to a stand-in.
    """
    stage, base_url = variable("STAGE"), variable("PUBLIC_BASE_URL")
    parts = urlsplit(base_url)
    if parts.path or parts.query or parts.fragment or not parts.hostname:
        raise Misconfigured("PublicBaseUrl is scheme, host and port, without a path.")
    plain = parts.scheme != "https"
    if plain and not (stage == LOCAL and parts.hostname in _LOOPBACK):
        raise Misconfigured("PublicBaseUrl must be https, but for localhost in stage local.")
    endpoint = optional("AWS_ENDPOINT_URL")
    if endpoint and stage != LOCAL:
        raise Misconfigured("LocalEndpoint may be set in stage local only.")
    return_urls = tuple(url for url in optional("RETURN_TO_URLS").split(",") if url)
    if stage != LOCAL and not all(url.startswith("https://") for url in return_urls):
        raise Misconfigured("ReturnToUrls must all be https.")
    return Settings(
        stage=stage,
        base_url=base_url,
        return_urls=return_urls,
        stand_in=urlsplit(endpoint).hostname,
    )


@cache
def logger() -> "Logger":
    """Give our logger. The libraries' own ones tell what goes over the wire, keys and tokens
    included, as soon as a function's log level is set to DEBUG; so they stay at INFO.
    """
    from aws_lambda_powertools import Logger  # noqa: PLC0415  # webhooks have no time for it

    for library in _WIRE_LOGGERS:
        logging.getLogger(library).setLevel(logging.INFO)
    return Logger()


@cache
def metrics() -> "Metrics":
    """Give our metrics, under one dimension for all functions: an alarm then costs one metric and
    not one for each function. Which it was, the log says.
    """
    from aws_lambda_powertools import Metrics  # noqa: PLC0415  # as above

    return Metrics(service="hub")


def entry(handler: Handler) -> Handler:
    """Make a function's entry point: with the logger's context and with metrics. A deployment
    that contradicts itself does not even start.

    Lambda logs the text of what a function raises; the text of what nobody expected may quote
    anything, so it does not get there. Nor does the event, whatever the environment says.
    """
    settings()

    def measured(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001  # said without its text, and raised
            logger().error("function.broken", **describe(error))
            raise HubError from None
        finally:
            if metrics().metric_set:
                metrics().flush_metrics()

    return logger().inject_lambda_context(clear_state=True, log_event=False)(measured)


def ends(context: Any) -> float:
    """Give when this invocation is over, by our clock."""
    left: int = context.get_remaining_time_in_millis()
    return clock() + left / 1000


def count_unreadable() -> None:
    """Raise the alarm that stored credentials did not open."""
    metrics().add_metric("CredentialsUnreadable", "Count", 1)


def write_audit(event: str, fields: Mapping[str, str]) -> None:
    """Put a line of the audit into the function's log, which adds the request's id."""
    logger().info(event, extra=fields)


def describe(error: BaseException) -> dict[str, Any]:
    """Give what a log may know of an unexpected error: its type and where, never its text, which
    may quote whatever was being handled.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "where": [f"{frame.name}:{frame.lineno}" for frame in frames[-5:]],
    }


@cache
def aws(service: Any) -> Any:
    """Give the one client of an AWS service, with short timeouts and few attempts (AW-11)."""
    settings()
    return boto3.client(service, config=HASTY_CONFIG if optional("HASTY") else AWS_CONFIG)


@cache
def database() -> Database:
    """Give the tables that this function's template entry names."""
    named = {table: optional(f"{table.upper()}_TABLE") for table in _TABLES}
    return Database(aws("dynamodb"), {table: name for table, name in named.items() if name})


@cache
def key_cache() -> "KeyCache":
    from hub.sealing import KeyCache  # noqa: PLC0415  # brings cryptography

    return KeyCache(aws("kms"), variable("MASTER_KEY_ID"), clock)


@cache
def flows() -> "Flows":
    from hub.flows import Flows  # noqa: PLC0415  # brings cryptography
    from hub.grants import Grants  # noqa: PLC0415

    audit = Audit(by="callback", purpose="connect", write=write_audit)
    return Flows(
        database=database(),
        keys=key_cache(),
        grants=Grants(database(), key_cache(), audit, clock=clock, draw=draw),
        audit=audit,
        base_url=settings().base_url,
        return_urls=settings().return_urls,
        clock=clock,
    )
