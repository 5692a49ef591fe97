"""This deployment's registrations at providers: one SSM parameter each, JSON, a deployer's."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hub import parameters, providers, runtime
from hub.errors import Misconfigured, ProviderUnconfigured
from hub.models import Secret
from hub.providers._provider import Access, Provider
from hub.providers._values import Client, Endpoints

if TYPE_CHECKING:
    from hub.http_client import HttpClient

_WORD: Final = re.compile(r"[_-]{0,9}[A-Za-z0-9][A-Za-z0-9._-]{0,90}")
_VALUE: Final = re.compile(r"[!-z|~]{1,500}")  # whatever is printed, without spaces and braces
_OVERRIDES: Final = ("authorizationUrl", "tokenUrl", "revocationUrl", "apiUrl")


def get_access(provider_id: str) -> Access:
    """Give a provider within reach. Raises as `get_client` does, and UnknownProvider."""
    provider = providers.get(provider_id)
    client = get_client(provider)
    http = _http_client(client.endpoints.called_hosts)
    return Access(provider=provider, client=client, send=http.send)


@cache
def _http_client(hosts: frozenset[str]) -> "HttpClient":
    from hub.http_client import HttpClient  # noqa: PLC0415  # brings requests

    return HttpClient(hosts, plain_hosts=runtime.settings().plain_hosts, clock=runtime.clock)


def get_client(provider: Provider) -> Client:
    """Read this deployment's registration at the provider.

    Raises ProviderUnconfigured, TemporarilyUnavailable, Misconfigured.
    """
    text = parameters.read(parameter_of(provider.id))
    try:
        content = json.loads(text or "")
        client_id, client_secret = content["clientId"], content["clientSecret"]
    except (ValueError, KeyError, TypeError):
        raise ProviderUnconfigured(how_to_set_up(provider)) from None
    if not client_id or not client_secret:
        raise ProviderUnconfigured(how_to_set_up(provider))
    own = _settings(provider, content)
    return Client(
        id=client_id,
        secret=Secret(client_secret),
        endpoints=_endpoints(provider.endpoints, content, own),
        settings=own,
    )


def _settings(provider: Provider, content: Mapping[str, Any]) -> Mapping[str, str]:
    """Read the provider's own settings. One that becomes part of a URL must be a plain word."""
    own = {name: str(content.get(name) or usual) for name, usual in provider.settings.items()}
    urls = " ".join([*_urls(provider.endpoints), *(str(content.get(name)) for name in _OVERRIDES)])
    for name, value in own.items():
        allowed = _WORD if f"{{{name}}}" in urls else _VALUE
        if value and not allowed.fullmatch(value):
            raise Misconfigured(f"The setting {name} of {provider.name} is not a plain word.")
    return own


def _urls(standard: Endpoints) -> tuple[str, ...]:
    named = (standard.authorization, standard.token, standard.revocation, standard.api)
    return (*named, *standard.apis.values())


def _endpoints(
    standard: Endpoints, content: Mapping[str, Any], own: Mapping[str, str]
) -> Endpoints:
    """Replace the provider's endpoints by the deployer's overrides (never a tenant's, OA-09), and
    in both what stands in braces by our settings there.
    """

    def url(name: str, usual: str) -> str:
        found = str(content.get(name) or usual)
        for setting, value in own.items():
            found = found.replace(f"{{{setting}}}", value)
        if found and not runtime.settings().local and not found.startswith("https://"):
            raise Misconfigured("A provider's endpoint override must be https.")
        return found

    authorization, token, revocation, api = _OVERRIDES
    return Endpoints(
        authorization=url(authorization, standard.authorization),
        token=url(token, standard.token),
        revocation=url(revocation, standard.revocation),
        api=url(api, standard.api),
        apis={name: url(api, usual) for name, usual in standard.apis.items()},
    )


def parameter_of(provider_id: str) -> str:
    return f"/targetym/{runtime.settings().stage}/providers/{provider_id}"


def how_to_set_up(provider: Provider) -> str:
    """Tell an administrator which parameter sets the provider up."""
    return (
        f"{provider.name} is not set up in this deployment. An administrator of Targetym stores "
        f'{{"clientId": "…", "clientSecret": "…"}} in the parameter {parameter_of(provider.id)}.'
    )


def configured(provider_ids: Iterable[str]) -> set[str]:
    """Tell which providers this deployment has registrations for, without reading a secret.

    Raises TemporarilyUnavailable.
    """
    names = {parameter_of(each): each for each in provider_ids}
    return {names[each] for each in parameters.existing(list(names))}
