"""Parameters in the address, read as HMA reads them: the first of each name counts."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def first_values(request: HttpRequest) -> dict[str, str]:
    """Name -> the first value of this name."""
    return {name: values[0] for name, values in request.GET.lists() if values}


def read_query(request: HttpRequest, model: type[Model]) -> Model:
    """The parameters in the address.

    Raises:
        ValidationError: of pydantic; the answer is 422, as HMA gives it.
    """
    return model.model_validate(first_values(request))


def split_names(text: str | None) -> frozenset[str] | None:
    """Names between commas; None where the caller does not limit them."""
    return frozenset(text.split(",")) if text else None
