from __future__ import annotations

import pytest

from staydown.errors import InputError
from staydown.isolate.request import check_request
from staydown.types import SignalType


def test_none_means_the_usual_signals() -> None:
    assert check_request(None, "banking") is None


def test_names_come_back_in_their_fixed_order_and_once() -> None:
    wanted = (SignalType.SHA256, SignalType.PDQ)
    assert check_request(["pdq", SignalType.SHA256, "pdq"], "screening") == wanted
    assert check_request("pdq", "screening") == (SignalType.PDQ,)


def test_unknown_signals_and_modes_are_refused() -> None:
    with pytest.raises(InputError, match="windows/1"):
        check_request(["windows"], "banking")
    with pytest.raises(InputError, match="banking, screening"):
        check_request(None, "fast")
