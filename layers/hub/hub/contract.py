"""What a handler declares of itself: the OpenAPI document is made from it, and from nothing else.

Declaring costs nothing at run time: `make openapi` reads it, and pydantic makes schemas of types.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from hub.errors import HubError
from hub.values import Value


class Form(Enum):
    """The form of a success: one value, one of what will be done (202), a page of them, a redirect
    (303), or a document as is.
    """

    VALUE = "value"
    ACCEPTED = "accepted"
    PAGE = "page"
    REDIRECT = "redirect"
    DOCUMENT = "document"


class Security(Enum):
    """Who may call: people by their session (a JWT), or services by their role (AWS_IAM)."""

    SESSION = "session"
    ROLE = "role"


class Declared(Value):
    """`data` is the type inside the envelope, `query` a TypedDict of parameters, `body` a model,
    `posted` a TypedDict of the fields of a page's form.
    `takes_actions`: the body is one action's input, and the answer that action's.
    """

    data: Any = None
    form: Form = Form.VALUE
    query: type[Any] | None = None
    body: type[Any] | None = None
    body_required: bool = True
    posted: type[Any] | None = None
    takes_actions: bool = False
    security: Security = Security.SESSION
    errors: tuple[type[HubError], ...] = ()


def declares[Handler: Callable[..., Any]](declared: Declared) -> Callable[[Handler], Handler]:
    """Attach the declaration to a handler."""

    def mark(handler: Handler) -> Handler:
        handler.declared = declared  # type: ignore[attr-defined]  # only the generator reads it
        return handler

    return mark
