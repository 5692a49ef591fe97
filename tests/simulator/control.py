"""The control surface for tests: `/_control/…`, JSON in and out.

A web page must neither read nor drive it: a foreign Host, an Origin, or a browser's word that
the request comes from another site is refused, and no answer allows another origin. What it
shows of codes and tokens is their fingerprint.
"""

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from tests.simulator.engine import Engine, UnknownProvider, UnknownSetting
from tests.simulator.faults import Fault, UnknownFault
from tests.simulator.wire import JSON, Answer, Malformed, Request

PREFIX = "/_control"
NAMES = frozenset({"provider", "operation", "kind", "account", "event", "resource", "id"})
MOST_TIMES = 1000
MOST_OBJECTS = 100_000
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1"})


class BadOrder(ValueError):
    """An order that says too little, too much, or the wrong thing."""


def local_host(request: Request, names: Collection[str] = LOCAL_NAMES) -> bool:
    """A name that was rebound to loopback still stands in the Host header."""
    return request.headers.get("host", "").partition(":")[0].lower() in names


def from_a_page(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site", "none")
    return "origin" in request.headers or site not in {"none", "same-origin"}


def control(engine: Engine, request: Request) -> Answer:
    if not local_host(request) or from_a_page(request):
        return _refused(HTTPStatus.FORBIDDEN, "This is for programs on this machine alone.")
    action = request.path.removeprefix(PREFIX).strip("/")
    if request.method == "GET" and action in _READS:
        return _json(_READS[action](engine))
    if request.method != "POST" or action not in _ORDERS:
        return _refused(HTTPStatus.NOT_FOUND, f"There is no {request.method} {request.path}.")
    try:
        return _json(_ORDERS[action](engine, _order(request)))
    except (BadOrder, UnknownFault, UnknownSetting) as bad:
        return _refused(HTTPStatus.BAD_REQUEST, str(bad))
    except UnknownProvider as bad:
        return _refused(HTTPStatus.BAD_REQUEST, f"No provider is called {bad}.")


def _order(request: Request) -> dict[str, Any]:
    if request.content_type != JSON:
        raise BadOrder("Orders are application/json.")
    try:
        order = request.json()
    except Malformed as bad:
        raise BadOrder("The order is not JSON.") from bad
    if not isinstance(order, dict):
        raise BadOrder("An order is a JSON object.")
    for name in NAMES & order.keys():
        if not isinstance(order[name], str):
            raise BadOrder(f"{name} is text.")
    return order


def _add_fault(engine: Engine, order: dict[str, Any]) -> Any:
    required, allowed = {"provider", "operation", "kind"}, {"times", "value"}
    if not required <= order.keys() <= required | allowed:
        raise BadOrder("A fault has provider, operation, kind, and may have times and value.")
    engine.order(Fault.checked(**order))
    return None


def _settings(engine: Engine, order: dict[str, Any]) -> Any:
    engine.configure(order.pop("provider", None), order)
    return None


def _clock(engine: Engine, order: dict[str, Any]) -> Any:
    seconds = order.get("advance", -1)
    if order.keys() != {"advance"} or type(seconds) not in {int, float} or seconds < 0:
        raise BadOrder("The clock takes advance, in seconds, forwards.")
    engine.advance(seconds)
    return {"now": engine.now()}


def _reset(engine: Engine, order: dict[str, Any]) -> Any:
    if order:
        raise BadOrder("A reset takes nothing.")
    engine.reset()
    return None


def _uninstall(engine: Engine, order: dict[str, Any]) -> Any:
    if order.keys() != {"provider", "account"}:
        raise BadOrder("Uninstalling takes provider and account.")
    return {"removed": engine.remove(order["provider"], order["account"])}


def _notify(engine: Engine, order: dict[str, Any]) -> Any:
    """Send a webhook now, as often as wanted."""
    try:
        name, event, account = order.pop("provider"), order.pop("event"), order.pop("account")
    except KeyError as missing:
        raise BadOrder("A notification has provider, event and account.") from missing
    times = order.pop("times", 1)
    if type(times) is not int or not 1 <= times <= MOST_TIMES:
        raise BadOrder(f"times is a number from 1 to {MOST_TIMES}.")
    made = engine.notifications(name, event, account, **order)
    return {"statuses": [engine.post(name, sent).status for sent in made * times]}


def _objects(engine: Engine, order: dict[str, Any]) -> Any:
    """Change what an account holds: create, update, delete or list objects, expire cursors."""
    try:
        provider, account, resource = (order[each] for each in ("provider", "account", "resource"))
    except KeyError as missing:
        raise BadOrder("Objects are of a provider, an account and a resource.") from missing
    count = order.get("count", 1)
    if type(count) is not int or not 1 <= count <= MOST_OBJECTS:
        raise BadOrder(f"count is a number from 1 to {MOST_OBJECTS}.")
    try:
        return engine.change(provider, account, resource, order)
    except (LookupError, ValueError) as bad:
        raise BadOrder(f"The {resource} cannot be changed so: {bad}.") from bad


_READS: Mapping[str, Callable[[Engine], Any]] = {
    "log": lambda engine: [call.shown() for call in engine.log()],
    "state": lambda engine: engine.state(),
}
_ORDERS: Mapping[str, Callable[[Engine, dict[str, Any]], Any]] = {
    "faults": _add_fault,
    "settings": _settings,
    "clock": _clock,
    "reset": _reset,
    "uninstall": _uninstall,
    "notify": _notify,
    "objects": _objects,
}


def _json(content: Any) -> Answer:
    if content is None:
        return Answer(status=HTTPStatus.NO_CONTENT)
    return Answer.json(content, headers=(("X-Content-Type-Options", "nosniff"),))


def _refused(status: int, words: str) -> Answer:
    return Answer.json({"error": words}, status=status)
