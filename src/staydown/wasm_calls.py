"""Calls into our WebAssembly modules without looking up their types anew each time.

wasmtime's own Python wrapper asks for the type of a function at every call, which takes 15 to 20
microseconds and more with every argument; a picture needs ten calls and a hash only 100
microseconds of work.
"""

from __future__ import annotations

import ctypes
from typing import Any

import wasmtime
from wasmtime import _ffi as ffi

from staydown.errors import ConfigError


class RawCall:
    """One exported function of whole and 32-bit floating-point numbers.

    Not safe for threads that share it; the lock of its module keeps them apart.

    Args:
        store: the store of the instance.
        function: an export with at most one result.
    """

    def __init__(self, store: wasmtime.Store, function: wasmtime.Func) -> None:
        type_ = function.type(store)
        self._floats = [str(kind) == "f32" for kind in type_.params]
        self._slots = max(len(self._floats), len(type_.results), 1)
        self._values = (ffi.wasmtime_val_raw_t * self._slots)()
        self._store, self._kept = store, function
        self._function = ctypes.byref(function._func)  # noqa: SLF001 - there is no public way
        self._trap = ctypes.POINTER(ffi.wasm_trap_t)()

    def __call__(self, _store: wasmtime.Store, *args: float) -> int:
        """The function's result; 0 where it has none.

        Raises:
            TypeError: another number of arguments.
            ConfigError: the module trapped, which our code never does on its own.
        """
        if len(args) != len(self._floats):
            raise TypeError(f"{len(args)} arguments, want {len(self._floats)}")
        for number, value in enumerate(args):
            if self._floats[number]:
                self._values[number].f32 = value
            else:
                self._values[number].i32 = int(value)
        context: Any = self._store._context()  # noqa: SLF001 - there is no public way
        error = ffi.wasmtime_func_call_unchecked(
            context, self._function, self._values, self._slots, ctypes.byref(self._trap)
        )
        if error or self._trap:
            self._forget(error)
            raise ConfigError("a WebAssembly module stopped; use another build of it")
        return int(self._values[0].i32)

    def _forget(self, error: Any) -> None:
        """Free what a failed call left, so that the next call starts afresh."""
        if error:
            ffi.wasmtime_error_delete(error)
        if self._trap:
            ffi.wasm_trap_delete(self._trap)
            self._trap = ctypes.POINTER(ffi.wasm_trap_t)()
