"""What stands in front in `make run`: the stand-in's API Gateway, behind the reverse proxy."""

import http.client
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.local.errors import LocalError
from tests.local.proxy import Proxy, Target
from tests.local.warm_up import WarmUp

if TYPE_CHECKING:
    from tests.local.stack import LocalStack

_PAGE = "/settings/integrations"
# What the first page needs comes first, the others warm up while a person looks at it.
_FIRST = ("SettingsPageFunction", "AuthorizerFunction", "ListFunction")


class Gateway:
    """Holds the port from the beginning; answers once `serve` was told of a deployed stack."""

    def __init__(self, port: int, say: Callable[[str], None]) -> None:
        self._say = say
        self._proxy = Proxy(port)
        self._warm_up: WarmUp | None = None

    @property
    def url(self) -> str:
        return self._proxy.url

    def serve(self, stack: "LocalStack") -> None:
        resources = stack.deployment.resources
        api = stack.aws("apigatewayv2").get_api(ApiId=resources["Api"])
        self._proxy.serve(
            Target(
                port=stack.standin.port,
                api=resources["Api"],
                key=stack.standin.proxy_key,
                origins=frozenset(api.get("CorsConfiguration", {}).get("AllowOrigins", [])),
            )
        )
        self._say("Starting the functions.")
        self._start(stack.aws, stack.functions())
        self._wait_for_page(f"see {stack.log_file}.")

    def check(self) -> None:
        """Nothing here ends by itself."""

    def stop(self) -> None:
        self._proxy.stop()
        if self._warm_up:
            self._warm_up.stop()

    def _start(self, client: Callable[[str], Any], named: dict[str, str]) -> None:
        self._warm_up = WarmUp(client)
        first = self._warm_up.start(named[name] for name in _FIRST if name in named)
        self._warm_up.start(named[name] for name in sorted(named) if name not in _FIRST)
        for started in first:
            started.result()

    def _wait_for_page(self, where: str) -> None:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            connection.request("GET", _PAGE)
            status = connection.getresponse().status
        except OSError as error:
            raise LocalError(f"{self.url}{_PAGE} does not answer: {where}") from error
        finally:
            connection.close()
        if status != http.client.OK:
            raise LocalError(f"{self.url}{_PAGE} answers {status}: {where}")
