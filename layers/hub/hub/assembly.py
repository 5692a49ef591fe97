"""The engines that several functions share, put together from what a function has at run time."""

import time
from functools import cache
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from hub import keyrings, queue, refresh_records, registrations, runtime, subscribing
from hub.audit import Audit
from hub.errors import TemporarilyUnavailable
from hub.jobs import RefreshJob, SyncJob
from hub.models import Integration
from hub.provider_health import ProviderHealth
from hub.refresh_attempt import Means
from hub.refresh_records import Renewed
from hub.refreshing import Refreshing
from hub.store.health import Cause
from hub.store.leases import Lease
from hub.subscribing import Subscriptions
from hub.subscription_making import Secrets
from hub.token_source import TokenSource

if TYPE_CHECKING:
    from hub.syncing import Syncing

_LONGEST_DELAY: Final = 900  # seconds that a queue may keep a message


def audit(by: str, purpose: str) -> Audit:
    return Audit(by=by, purpose=purpose, write=runtime.write_audit)


@cache
def means() -> Means:
    health = ProviderHealth(runtime.database(), runtime.clock, _report)
    return Means(
        database=runtime.database(),
        keys=runtime.key_cache(),
        access=registrations.get_access,
        health=health,
        park=_park,
        send_again=_send_again,
        clock=runtime.clock,
        sleep=time.sleep,
        draw=runtime.draw,
    )


@cache
def refreshing() -> Refreshing:
    return Refreshing(means())


@cache
def token_source() -> TokenSource:
    return TokenSource(runtime.database(), runtime.key_cache(), refreshing(), runtime.clock)


@cache
def subscriptions() -> Subscriptions:
    return Subscriptions(
        subscribing.Means(
            database=runtime.database(),
            access=registrations.get_access,
            source=token_source(),
            audit=audit("jobs_worker", "subscribe"),
            base_url=runtime.settings().base_url,
            secrets=_webhook_secrets,
            clock=runtime.clock,
            draw=runtime.draw,
        )
    )


@cache
def syncing() -> "Syncing":
    from hub import sync_run, syncing  # noqa: PLC0415  # one worker alone syncs

    return syncing.Syncing(
        sync_run.Means(
            database=runtime.database(),
            access=registrations.get_access,
            source=token_source(),
            audit=audit("sync_worker", "sync"),
            send_again=_sync_again,
            describe=_sync_broken,
            clock=runtime.clock,
            draw=runtime.draw,
        )
    )


def _webhook_secrets() -> Secrets:
    ingress, *earlier = keyrings.ingress_secrets()
    return Secrets(ingress=ingress, earlier=tuple(earlier), routing=keyrings.routing_secret())


def _report(provider_id: str, cause: Cause) -> None:
    """Raise the alarm that a provider is left alone for a while."""
    runtime.logger().error("provider.stopped", provider=provider_id, cause=cause.value)
    runtime.metrics().add_metric("ProvidersStopped", MetricUnit.Count, 1)


def _park(integration: Integration, lease: Lease, renewed: Renewed) -> None:
    job = refresh_records.parked(integration, lease, renewed)
    try:
        queue.send(runtime.aws("sqs"), runtime.variable("JOBS_QUEUE_URL"), job.to_item())
    except (ClientError, BotoCoreError):  # whoever asked may still have a token that is good
        runtime.logger().error("refresh.lost", integration_id=integration.id)
    else:
        runtime.logger().error("refresh.parked", integration_id=integration.id)


def _sync_broken(resource_id: str, error: BaseException) -> None:
    runtime.logger().error("sync.broken", resource=resource_id, **runtime.describe(error))


def _sync_again(integration: Integration, seconds: int) -> None:
    """Have a worker go on then. What could not be sent, or is to wait for longer than a queue can,
    the schedule finds.
    """
    if seconds > _LONGEST_DELAY:
        return
    job = SyncJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )
    url = runtime.variable("SYNC_QUEUE_URL")
    try:
        queue.send_batch(runtime.aws("sqs"), url, [(job, seconds)])
    except (ClientError, BotoCoreError, TemporarilyUnavailable):
        runtime.logger().warning("sync.unsent", integration_id=integration.id)


def _send_again(integration: Integration, seconds: int) -> None:
    """Have a worker try again then. What could not be sent, the schedule finds later."""
    job = RefreshJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )
    url = runtime.variable("REFRESH_QUEUE_URL")
    try:
        queue.send_batch(runtime.aws("sqs"), url, [(job, seconds)])
    except (ClientError, BotoCoreError, TemporarilyUnavailable):
        runtime.logger().warning("refresh.unsent", integration_id=integration.id)
