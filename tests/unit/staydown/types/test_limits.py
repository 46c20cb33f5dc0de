from __future__ import annotations

from dataclasses import fields

import pytest

from staydown.errors import ConfigError
from staydown.types.limits import Limits


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", [0, -1, True, "5", None])
def test_limits_must_be_numbers_above_zero(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_dict_form_comes_back_equal() -> None:
    limits = Limits(wall_s=3.5, pixels=7)
    assert Limits.from_dict(limits.to_dict()) == limits


def test_unknown_limit_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a limit"):
        Limits.from_dict({"wings": 2})
