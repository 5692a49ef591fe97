"""JSON bodies that people post, checked before anything else happens. The only user of pydantic,
imported by the functions that take such bodies and by no other (cold start).
"""

import dataclasses
import json
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.alias_generators import to_camel

from hub.errors import InvalidRequest, UnknownField


class Body(BaseModel):
    """A body as the API writes it: camelCase, exact types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


def read[Model: BaseModel](model: type[Model], raw: bytes) -> Model:
    """Read a body. Raises UnknownField, InvalidRequest; neither repeats what was sent."""
    try:
        parsed = json.loads(raw, object_pairs_hook=_unique, parse_constant=_no_constant)
        _refuse_unknown(model, parsed)
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _explained(model, error) from None
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not a JSON object, or names a field twice.") from None


def read_dataclass(kind: type[Any], raw: bytes) -> Any:
    """Read a body into a provider's own dataclass of typed fields, nested ones included."""
    return _built(kind, read(model_of(kind), raw))


def _built(kind: type[Any], body: BaseModel) -> Any:
    hints = get_type_hints(kind)
    values = {name: getattr(body, name) for name in type(body).model_fields}
    return kind(
        **{
            name: _built(hints[name], value) if isinstance(value, BaseModel) else value
            for name, value in values.items()
        }
    )


_models: dict[type[Any], type[Body]] = {}


def model_of(kind: type[Any]) -> type[Body]:
    """Give the model of a dataclass, made once."""
    if kind not in _models:
        _models[kind] = _make_model(kind)
    return _models[kind]


def _make_model(kind: type[Any]) -> type[Body]:
    hints = get_type_hints(kind, include_extras=True)
    fields: dict[str, Any] = {
        field.name: (
            _field_of(hints[field.name]),
            ... if field.default is dataclasses.MISSING else field.default,
        )
        for field in dataclasses.fields(kind)
    }
    return create_model(kind.__name__, __base__=Body, **fields)


def _field_of(hint: Any) -> Any:
    nested = isinstance(hint, type) and dataclasses.is_dataclass(hint)
    return model_of(hint) if nested else hint


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _no_constant(_: str) -> None:
    raise ValueError


def _known(model: type[BaseModel]) -> dict[str, Any]:
    """Give the fields as people write them, with what each takes."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _refuse_unknown(model: type[BaseModel], parsed: Any) -> None:
    """Raise UnknownField. Not left to pydantic, which lets a field's Python name pass in JSON."""
    if not isinstance(parsed, dict):
        return
    known = _known(model)
    if not parsed.keys() <= known.keys():
        raise UnknownField(f"Unknown field. This endpoint takes: {', '.join(known)}.")
    for name, value in parsed.items():
        if isinstance(known[name], type) and issubclass(known[name], BaseModel):
            _refuse_unknown(known[name], value)


def _explained(model: type[BaseModel], error: ValidationError) -> InvalidRequest:
    """Say which of the known fields is wrong and why, in pydantic's words without the input."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if name in _known(model):
        return InvalidRequest(f"Field {name}: {first['msg']}.")
    return InvalidRequest("The body must be a JSON object.")
