"""A container: one invocation's engines, whose every call to the outside is a turn given up and
may be struck by a fault. What really came of a call is noted in the history.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from hub import jobs, parked, queue, refresh_records, vault
from hub.audit import Audit
from hub.disconnection import Disconnection
from hub.errors import Conflict, HubError, ProviderError, ProviderUnavailable
from hub.grant_records import Origin
from hub.grants import Grants
from hub.http_types import Answer, Request
from hub.jobs import RefreshJob, StoreJob
from hub.models import Account, Caller, Grant, Integration, OAuthState, Role, Secret, Token, Tokens
from hub.provider_health import ProviderHealth
from hub.providers._provider import Access
from hub.refresh_attempt import Means
from hub.refresh_dispatch import Dispatcher
from hub.refresh_records import Renewed
from hub.refreshing import Refreshing
from hub.revocations import Revocations
from hub.sealing import KeyCache
from hub.store import health
from hub.store.database import Database
from hub.store.leases import Lease
from hub.token_source import TokenSource
from tests.races.cloud import JOBS_URL, MASTER_KEY_ID, REFRESHES_URL
from tests.races.simulation.faults import Faults
from tests.races.simulation.providers import LIFE, SCOPES, Played, misfortune
from tests.taps import PROVIDER, Killed, Step

if TYPE_CHECKING:
    from tests.races.simulation.stage import Stage

ORGANIZATION = "org-simulated"
API_SECONDS, WORKER_SECONDS = 28, 90
DONE = "done"
_AGAIN = 60.0
_ORIGIN = Origin(ip_address="203.0.113.7", user_agent="a browser", request_id="request")


class Container:
    """`lease` is the last one it took, as it stands in the table."""

    def __init__(self, stage: "Stage", faults: Faults) -> None:
        self.stage, self.faults = stage, faults
        self.turns, self.history = stage.turns, stage.history
        self.number = next(stage.numbers)
        self.dead = False
        self.steps: list[Step] = []
        self.lease: dict[str, Any] = {}
        self.sqs: Any = _Tapped(self, "sqs", stage.sqs)
        self.database = Database(_Tapped(self, "dynamodb", stage.dynamodb), stage.tables)  # type: ignore[arg-type]
        self.keys = KeyCache(_Tapped(self, "kms", stage.kms), MASTER_KEY_ID, self.turns.clock)  # type: ignore[arg-type]
        self.audit = Audit(by="container", purpose="test", write=lambda _event, _fields: None)
        self.means = Means(
            database=self.database,
            keys=self.keys,
            access=self.access,
            health=ProviderHealth(self.database, self.turns.clock, lambda _id, _cause: None),
            park=self.park,
            send_again=self.send_again,
            clock=self.turns.clock,
            sleep=self.turns.sleep,
            draw=self.turns.lots.random,
        )
        refreshing = Refreshing(self.means)
        self.source = TokenSource(self.database, self.keys, refreshing, self.turns.clock)

    def run(self, name: str, act: Callable[["Container"], object]) -> str:
        """Do something; give what became of it."""
        try:
            act(self)
            outcome = DONE
        except Killed:
            outcome = "killed"
        except (HubError, ClientError, BotoCoreError) as error:
            outcome = type(error).__name__
        self.history.note("finished", who=self.number, act=name, outcome=outcome)
        return outcome

    def step(self, step: Step, call: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
        self.steps.append(step)
        self.turns.call()
        try:
            return self.faults.strike(self.turns, step, call)
        except Killed:
            self.dead = True
            raise

    # What refreshing works with

    def access(self, provider_id: str) -> Access:
        played = self.stage.providers[provider_id]
        return played.access(partial(self.send, played))

    def send(self, played: Played, request: Request, **options: Any) -> Answer:
        if "refresh_token" not in (request.form or {}):
            return played.send(request, **options)
        token = (request.form or {})["refresh_token"]
        note = partial(self.history.note, who=self.number, token=token, **self.lease)
        note("sent")

        def call() -> Answer:
            if self.faults.unlucky and not played.conduct:
                played.conduct.append(misfortune(self.turns.lots, much=self.faults.unlucky))
            return played.send(request, **options)

        try:
            answer: Answer = self.step(Step(PROVIDER, "token"), call)
        except HubError as error:
            note("got", outcome=type(error).__name__)
            raise
        note("got", outcome=str(answer.status))
        return answer

    def park(self, integration: Integration, lease: Lease, renewed: Renewed) -> None:
        job = refresh_records.parked(integration, lease, renewed)
        with suppress(ClientError, BotoCoreError):
            queue.send(self.sqs, JOBS_URL, job.to_item())

    def send_again(self, integration: Integration, seconds: int) -> None:
        job, outcome = refresh_job(integration), DONE
        try:
            queue.send_batch(self.sqs, REFRESHES_URL, [(job, seconds)])
        except (ClientError, BotoCoreError) as error:
            outcome = type(error).__name__
        self.history.note("finished", who=self.number, act="send again", outcome=outcome)

    # What functions do

    def read(self, integration_id: str) -> str:
        """Give an access token, as whoever calls a provider's API gets it."""
        found = vault.find(self.database, ORGANIZATION, integration_id)
        opened = self.source.usable(found, self.audit, self.turns.now + API_SECONDS)
        return self._served(integration_id, opened.tokens)

    def refresh(self, integration_id: str) -> str:
        found = vault.find(self.database, ORGANIZATION, integration_id)
        opened = self.source.renew_now(found, self.audit, self.turns.now + API_SECONDS)
        return self._served(integration_id, opened.tokens)

    def use(self, subject: str) -> str:
        """Call the provider's API, with other tokens if it refuses these."""
        found = vault.find(self.database, ORGANIZATION, subject)
        ends = self.turns.now + API_SECONDS
        opened = self.source.usable(found, self.audit, ends)
        grants = self.stage.played(subject).grants
        if grants.find(opened.tokens.main.access.reveal()) is None:
            opened = self.source.after_refusal(opened, self.audit, ends)
        return self._served(subject, opened.tokens)

    def _served(self, integration_id: str, tokens: Tokens) -> str:
        access = tokens.main.access.reveal()
        expires = tokens.main.expires_at
        self.history.note("served", integration=integration_id, access=access, expires=expires)
        return access

    def dispatch(self) -> None:
        stopped = health.stopped(self.database, self.stage.providers)
        Dispatcher(
            self.database,
            self.sqs,
            REFRESHES_URL,
            clock=self.turns.clock,
            draw=self.turns.lots.random,
        ).dispatch(stopped)

    def work(self, body: str) -> None:
        """Do as the refresh worker does: what it cannot even note comes again."""
        job = jobs.read_refresh(body)
        try:
            found = vault.look(self.database, job.organization_id, job.integration_id)
            if found:
                self.source.renew_due(found, self.audit, self.turns.now + WORKER_SECONDS)
        except (Conflict, ProviderError, ProviderUnavailable):
            return
        except (HubError, Killed):
            self.stage.refreshes.send(body, _AGAIN)
            raise

    def do_job(self, body: str) -> None:
        job = jobs.read(body)
        if isinstance(job, StoreJob):
            parked.store(self.database, job)
            return
        Revocations(
            self.database,
            self.keys,
            self.access,
            self.audit,
            clock=self.turns.clock,
            leave=lambda *_: None,  # nothing is subscribed to here
        ).settle(job, last_try=False)

    def connect(self, played: Played, account: str) -> str:
        pair = played.consent(account)
        state = OAuthState(
            id=uuid4().hex,
            provider_id=played.id,
            organization_id=ORGANIZATION,
            user_id="ada",
            redirect_uri="",
            return_to="",
            scopes=SCOPES,
            binding_hash="",
            sealed_verifier=b"",
            wrapped_key=b"",
            expires_at=0,
        )
        token = Token(
            access=Secret(pair.access.value),
            refresh=Secret(pair.refresh.value) if pair.refresh else None,
            expires_at=int(self.turns.now) + LIFE,
        )
        grant = Grant(
            tokens=Tokens(main=token),
            scopes=frozenset(SCOPES),
            account=Account(id=account, name=account),
        )
        grants = Grants(
            self.database,
            self.keys,
            self.audit,
            clock=self.turns.clock,
            draw=self.turns.lots.random,
        )
        opening = grants.prepare(state)
        granted = grants.record(state, opening, self.access(played.id), grant, _ORIGIN)
        assert granted.integration is not None
        return granted.integration.id

    def reconnect(self, integration_id: str) -> None:
        self.connect(self.stage.played(integration_id), self.stage.accounts[integration_id])

    def disconnect(self, integration_id: str) -> None:
        caller = Caller(organization_id=ORGANIZATION, user_id="ada", role=Role.ADMIN)
        Disconnection(
            self.database, self.keys, lambda _event, _fields: None, self.turns.clock
        ).disconnect(caller, integration_id, request_id="request")


def refresh_job(integration: Integration) -> RefreshJob:
    return RefreshJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )


class _Tapped:
    def __init__(self, container: Container, service: str, client: Any) -> None:
        self._container, self._service, self._client = container, service, client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        here, step = self._container, Step(self._service, operation)

        def call(**asked: Any) -> Any:
            answer = getattr(self._client, operation)(**asked)
            here.history.written(here, operation, asked, answer)
            return answer

        return lambda **asked: here.step(step, partial(call, **asked))
