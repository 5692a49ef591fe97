"""Every failure that crosses a module boundary, and who can mend it.

    HubError
    ├── InvalidRequest            the caller sent something wrong
    │   ├── UnknownField, UnknownProvider, UnknownScope, ReturnToNotAllowed
    ├── Unauthenticated, Forbidden, NotFound
    ├── Conflict
    │   ├── IdempotencyConflict, AccountMismatch, AccountInUse
    │   ├── InsufficientScope, IntegrationDisconnected
    │   └── ReauthRequired, Quarantined
    ├── ProviderUnconfigured      the deployer has not set the provider up
    ├── TooManyFlows, RateLimited come back later
    ├── ProviderError             the provider refused what we asked
    │   ├── GrantRefused          … the grant itself: only a person's new consent helps
    │   ├── ApprovalRequired      … an administrator there must approve first
    │   ├── ClientRefused         … our registration: the deployer must act
    │   └── SubscriptionGone      … a webhook subscription it no longer knows
    ├── ProviderUnavailable       the provider did not answer usefully; later it may
    │   └── ProviderTimeout
    ├── TemporarilyUnavailable    one of our own parts did not answer; later it will
    ├── Unreadable                sealed bytes did not authenticate: quarantine, never retry
    └── Misconfigured             a deployment that must not start

`code` is the API's word (spec section 2), `transient` says whether trying again can help: it
decides a queue's retry as well as an answer's. `callback_error` is the word a browser goes back
with when it ends a flow. `effect_unknown`: what was asked for may have
happened all the same. The HTTP status of each code is one table in `hub.api`. A message tells a
person what to do next; it never repeats what a provider sent.
"""


class HubError(Exception):
    code = "internal"
    transient = False
    effect_unknown = False
    callback_error = "authorization_failed"
    message = "Something went wrong on our side. Try again; if it stays, contact support."

    def __init__(self, message: str | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.retry_after = retry_after


class InvalidRequest(HubError):
    code = "invalid_request"
    message = "The request is not in the form this endpoint takes."


class UnknownField(InvalidRequest):
    code = "unknown_field"


class UnknownProvider(InvalidRequest):
    code = "unknown_provider"
    message = "There is no such provider. GET /api/integrations/providers lists them."


class UnknownScope(InvalidRequest):
    code = "unknown_scope"
    message = "This provider does not offer one of the scopes asked for."


class ReturnToNotAllowed(InvalidRequest):
    code = "return_to_not_allowed"
    message = "returnTo is not on this deployment's list of return addresses."


class Unauthenticated(HubError):
    code = "unauthenticated"
    message = "Your session has ended. Sign in to Targetym again."


class Forbidden(HubError):
    code = "forbidden"
    message = "Your role may not do this. Ask an administrator of your organization."


class NotFound(HubError):
    code = "not_found"
    message = "There is no such integration in your organization."


class Conflict(HubError):
    code = "conflict"
    message = "Something else changed this integration at the same moment. Look and try again."


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"
    message = "This Idempotency-Key was used for another request. Use a new one."


class AccountMismatch(Conflict):
    code = "account_mismatch"
    callback_error = "account_mismatch"
    message = "That was another account than the one connected. Nothing was changed."


class AccountInUse(Conflict):
    """Another integration holds the external account, and only one may."""

    callback_error = "account_in_use"
    message = "This account is connected already, and its provider allows one connection only."


class InsufficientScope(Conflict):
    code = "insufficient_scope"
    callback_error = "insufficient_scope"
    message = "A permission this needs was not granted. Reconnect and grant every permission."


class ReauthRequired(Conflict):
    code = "reauth_required"
    message = "The connection must be authorized again. Use Reconnect."


class Quarantined(ReauthRequired):
    """Stored credentials did not open and the integration was taken out of use. Raises an alarm."""


class IntegrationDisconnected(Conflict):
    code = "integration_disconnected"
    message = "This integration is disconnected. Reconnect it first."


class ProviderUnconfigured(HubError):
    code = "provider_unconfigured"
    message = "This provider is not set up in this deployment. Ask your Targetym administrator."


class TooManyFlows(HubError):
    code = "too_many_flows"
    message = "Too many connection attempts were started. Wait a few minutes, then try once more."


class RateLimited(HubError):
    code = "rate_limited"
    transient = True
    callback_error = "provider_unavailable"
    message = "The provider asks us to slow down. Try again later."


class ProviderError(HubError):
    code = "provider_error"
    callback_error = "provider_error"
    message = "The provider refused the request."


class GrantRefused(ProviderError):
    """The token or the code is no longer good: revoked, expired, already used."""

    callback_error = "authorization_failed"


class ApprovalRequired(ProviderError):
    """An administrator of the external workspace must approve first."""

    callback_error = "approval_required"
    message = "An administrator at the provider must approve Targetym first."


class ClientRefused(ProviderError):
    """The provider does not accept our client id, secret or redirect URI."""

    callback_error = "authorization_failed"
    message = "The provider does not accept this deployment. Contact your Targetym administrator."


class SubscriptionGone(ProviderError):
    """The provider no longer knows a webhook subscription: it must be made anew."""


class ProviderUnavailable(HubError):
    code = "provider_unavailable"
    transient = True
    effect_unknown = True
    callback_error = "provider_unavailable"
    message = "The provider does not answer as it should at the moment. Try again later."


class ProviderTimeout(ProviderUnavailable):
    code = "timeout"
    message = "The provider took too long to answer. Check there before you try again."


class TemporarilyUnavailable(HubError):
    code = "temporarily_unavailable"
    transient = True
    message = "This is temporarily not possible on our side. Try again in a moment."


class Unreadable(HubError):
    """A sealed value failed authentication or its key is gone (TS-01, TS-05, TS-10)."""


class Misconfigured(HubError):
    """The deployment's parameters contradict each other; the text is for the deployer."""
