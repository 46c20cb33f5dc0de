from __future__ import annotations

import pytest
import wasmtime

from staydown.errors import ConfigError
from staydown.wasm_calls import RawCall

_MODULE = """
(module
  (memory (export "memory") 1)
  (func (export "take") (param i32 f32) (result i32)
    local.get 0 (i32.trunc_f32_s (f32.mul (local.get 1) (f32.const 2))) i32.add)
  (func (export "nothing"))
  (func (export "choose") (param i32) (result i32)
    local.get 0 (if (then unreachable)) i32.const 7)
  (func (export "stop") unreachable))
"""


@pytest.fixture
def calls() -> dict[str, RawCall]:
    """The functions of a small module."""
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    module = wasmtime.Module(engine, _MODULE)
    exports = wasmtime.Instance(store, module, []).exports(store)
    return {
        name: RawCall(store, export)
        for name, export in exports.items()
        if isinstance(export, wasmtime.Func)
    }


@pytest.mark.parametrize(("whole", "real"), [(1, 2.5), (-7, 0.0), (2**31 - 1, -1.0), (True, 1)])
def test_whole_and_real_numbers_go_in_and_the_result_comes_out(
    calls: dict[str, RawCall], whole: int, real: float
) -> None:
    assert calls["take"](None, whole, real) == int(whole) + int(2 * real)


def test_wrong_number_of_arguments_is_refused(calls: dict[str, RawCall]) -> None:
    with pytest.raises(TypeError, match="want 2"):
        calls["take"](None, 1)
    calls["nothing"](None)


def test_trap_is_a_plain_error(calls: dict[str, RawCall]) -> None:
    for _ in range(2):
        with pytest.raises(ConfigError, match="stopped"):
            calls["stop"](None)


def test_a_call_after_a_trap_starts_afresh(calls: dict[str, RawCall]) -> None:
    with pytest.raises(ConfigError):
        calls["choose"](None, 1)
    assert calls["choose"](None, 0) == 7
