"""The simulator without its socket: providers, their faults, and the log, behind one lock.

A provider is an object with routes. The engine finds the route, applies a fault if one was
ordered, and writes the call down before the answer leaves, so that a test which has its answer,
or has given up waiting for it, finds the call in the log.
"""

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

from tests.simulator import datasets, pages
from tests.simulator.faults import ANY_OPERATION, Fault, Faults, UnknownFault
from tests.simulator.journal import Call, Mint
from tests.simulator.oauth import ClientCredentials, Context
from tests.simulator.webhooks import Deliver, Delivered, Notifies, Postman, Sent, over_http
from tests.simulator.wire import Answer, Request

type Handler = Callable[[Request, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    operation: str
    handle: Handler


class Provider(Notifies, Protocol):
    """What one file in `providers/` offers. In a route's path `{name}` stands for any segment.
    `tick` is for what it does of its own accord, when time has passed.
    """

    id: str
    name: str
    settings: Any  # a frozen dataclass that checks its own values

    def tick(self) -> None: ...
    def routes(self) -> Mapping[tuple[str, str], Route]: ...
    def endpoints(self, base: str) -> dict[str, str]: ...
    def unknown(self, request: Request) -> Answer: ...
    def refusal(self, error: str) -> Answer: ...
    def rate_limited(self, seconds: int) -> Answer: ...
    def remove(self, account: str) -> bool: ...
    def dataset(self, resource: str, account: str) -> datasets.Dataset: ...
    def state(self) -> dict[str, Any]: ...
    def shown(self) -> Iterable[pages.Shown]: ...


class UnknownProvider(LookupError):
    """Not among the providers this simulator was started with."""


class UnknownSetting(ValueError):
    """A setting that no addressed provider has, or a value it cannot take."""


class Engine:
    def __init__(
        self,
        makers: Mapping[str, Callable[[Context], Provider]],
        clients: Mapping[str, ClientCredentials],
        redirect_prefix: str | None,
        clock: Callable[[], float],
        deliver: Deliver = over_http,
    ) -> None:
        self.deliver = deliver
        self._makers, self._clients = makers, clients
        self._redirect_prefix, self._clock = redirect_prefix, clock
        self._lock = threading.RLock()
        self._mint = Mint()
        for unknown in clients.keys() - makers.keys():
            raise UnknownProvider(unknown)
        self.reset()

    def reset(self) -> None:
        """Everything as at the start, but for the memory of the secrets that were issued."""
        with self._lock:
            self._advanced = 0.0
            self._log: list[Call] = []
            self._faults = Faults()
            self._postman = Postman(self._deliver, self.now)
            self._providers = {
                name: self._makers[name](
                    Context(
                        client=client,
                        mint=self._mint,
                        now=self.now,
                        redirect_prefix=self._redirect_prefix,
                        call=self._postman.call,
                    )
                )
                for name, client in self._clients.items()
            }

    def now(self) -> float:
        return self._clock() + self._advanced

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._advanced += seconds
            for provider in self._providers.values():
                provider.tick()
            self._postman.retry_due()

    def notifications(self, name: str, event: str, account: str, **details: Any) -> list[Sent]:
        """What a provider would send of an event, signed as of now."""
        with self._lock:
            return self.provider(name).notifications(event, account, **details)

    def post(self, name: str, sent: Sent) -> Delivered:
        """Send it, and again on the provider's schedule if it is not taken."""
        return self._postman.post(self.provider(name), sent)

    def _deliver(self, sent: Sent) -> Delivered:
        return self.deliver(sent)

    def answers(self) -> list[tuple[Sent, Delivered]]:
        return list(self._postman.answers)

    def provider(self, name: str) -> Provider:
        try:
            return self._providers[name]
        except KeyError:
            raise UnknownProvider(name) from None

    def play(self, name: str, request: Request) -> tuple[Answer, Fault | None]:
        """The provider's answer, and the fault by which it must still be delivered."""
        with self._lock:
            provider = self.provider(name)
            found = _find(provider.routes(), request)
            if found is None:
                return provider.unknown(request), None
            route, request = found
            fault = self._faults.take(name, route.operation)
            call = Call(provider=name, operation=route.operation, at=self.now())
            if fault is None or fault.takes_effect:
                answer = route.handle(request, call)
            else:
                answer = self._instead(fault, provider)
            call.outcome, call.status = answer.outcome, answer.status
            call.fault = fault.kind if fault else None
            self._log.append(call)
            return answer, fault

    def _instead(self, fault: Fault, provider: Provider) -> Answer:
        match fault.kind:
            case "rate_limited":
                return provider.rate_limited(fault.value)
            case "ok_false":
                return provider.refusal(fault.value)
        return fault.replacement()

    def order(self, fault: Fault) -> None:
        with self._lock:
            routes = self.provider(fault.provider).routes().values()
            if fault.operation not in {ANY_OPERATION, *(route.operation for route in routes)}:
                raise UnknownFault(f"{fault.provider} has no operation {fault.operation!r}")
            self._faults.add(fault)

    def forgive(self) -> None:
        with self._lock:
            self._faults = Faults()

    def faults(self) -> list[Fault]:
        with self._lock:
            return self._faults.pending()

    def configure(self, name: str | None, changes: Mapping[str, Any]) -> None:
        """Change settings of one provider, or of every one that has them."""
        with self._lock:
            addressed = [self.provider(name)] if name else list(self._providers.values())
            for setting in changes:
                if not any(hasattr(provider.settings, setting) for provider in addressed):
                    raise UnknownSetting(f"no setting is called {setting!r}")
            for provider in addressed:
                own = {key: changes[key] for key in changes if hasattr(provider.settings, key)}
                try:
                    provider.settings = dataclasses.replace(provider.settings, **own)
                except TypeError as bad:
                    raise UnknownSetting(str(bad)) from bad

    def remove(self, name: str, account: str) -> bool:
        with self._lock:
            return self.provider(name).remove(account)

    def change(self, name: str, account: str, resource: str, order: Mapping[str, Any]) -> Any:
        with self._lock:
            return datasets.change(self.provider(name).dataset(resource, account), order)

    def log(self) -> list[Call]:
        with self._lock:
            return [dataclasses.replace(call) for call in self._log]

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {name: provider.state() for name, provider in self._providers.items()}

    def overview(self) -> Answer:
        with self._lock:
            return pages.overview((one.name, one.shown()) for one in self._providers.values())

    def issued_secrets(self) -> frozenset[str]:
        with self._lock:
            return self._mint.issued()


def _find(
    routes: Mapping[tuple[str, str], Route], request: Request
) -> tuple[Route, Request] | None:
    exact = routes.get((request.method, request.path))
    if exact:
        return exact, request
    for (method, path), route in routes.items():
        named = _named(path, request.path) if method == request.method else None
        if named is not None:
            return route, dataclasses.replace(request, named=named)
    return None


def _named(pattern: str, path: str) -> dict[str, str] | None:
    """What the names in the pattern stand for; None where the path is another."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    named = {}
    for name, segment in zip(wanted, given, strict=True):
        if name.startswith("{") and segment:
            named[name.strip("{}")] = unquote(segment)
        elif name != segment:
            return None
    return named
