"""The brightness of a JPEG at 1/8 or 1/4 of its size, sooner than libjpeg gives it.

The decoder is a small WebAssembly module of our own (``kernel/jpeg``, ADR-0017). It takes sound
baseline files; anything unusual or damaged is left to Pillow.
"""

from __future__ import annotations

import ctypes
import threading
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import wasmtime
from wasmtime import _ffi as ffi

from staydown.decode.pixels import Pixels
from staydown.decode.sniffing import Buffer
from staydown.errors import ConfigError
from staydown.wasm_calls import RawCall

BLOCK, HALF_BLOCK = 8, 4
"""The scales: one mean for each block of 8 x 8 pixels, or four."""

MOST_BYTES = 48 << 20
"""Larger files are left to Pillow; the module's memory ends at 128 MB."""

_RESERVED_BYTES, _GUARD_BYTES = 64 << 20, 1 << 16


class _Module:
    """The module with its memory; one picture at a time."""

    def __init__(self) -> None:
        config = wasmtime.Config()
        # The defaults reserve 4 GB, which a limit on address space forbids.
        ffi.wasmtime_config_memory_reservation_set(config.ptr(), _RESERVED_BYTES)
        ffi.wasmtime_config_memory_reservation_for_growth_set(config.ptr(), _RESERVED_BYTES)
        ffi.wasmtime_config_memory_guard_size_set(config.ptr(), _GUARD_BYTES)
        # Every access is still checked; only the masking against speculative reads goes, as in the
        # fingerprint kernel: the module is our own code. Saves an eighth of the time.
        ffi.wasmtime_config_cranelift_flag_set(
            config.ptr(), b"enable_heap_access_spectre_mitigation", b"false"
        )
        config.cranelift_opt_level = "speed"
        config.parallel_compilation = False
        code = files("staydown.decode").joinpath("jpeg_means.wasm").read_bytes()
        try:
            engine = wasmtime.Engine(config)
            module = wasmtime.Module(engine, code)
            self._store = wasmtime.Store(engine)
            exports: Any = wasmtime.Instance(self._store, module, []).exports(self._store)
        except wasmtime.WasmtimeError as error:
            raise ConfigError(f"the JPEG module cannot start: {error}") from error
        self._memory: Any = exports["memory"]
        self._room, self._decode = (
            RawCall(self._store, exports[name]) for name in ("jm_room", "jm_decode")
        )
        self._lock = threading.Lock()

    def decode(self, data: bytes, width: int, height: int, scale: int) -> Pixels | None:
        out_width, out_height = -(-width // scale), -(-height // scale)
        size, room = len(data), out_width * out_height
        with self._lock:
            start = self._room(self._store, size + room) & 0xFFFFFFFF
            if not start:
                return None
            ctypes.memmove(self._base() + start, data, size)
            try:
                status = self._decode(
                    self._store, start, size, start + size, room, scale == HALF_BLOCK
                )
            except ConfigError:
                return None
            if status:
                return None
            raw = ctypes.string_at(self._base() + start + size, room)
        return np.frombuffer(raw, np.uint8).reshape(out_height, out_width)

    def _base(self) -> int:
        """Address of the memory; it moves when the memory grows."""
        pointer = self._memory.data_ptr(self._store)
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0


@lru_cache(maxsize=1)
def _module() -> _Module:
    return _Module()


def block_means(data: Buffer, width: int, height: int, scale: int = BLOCK) -> Pixels | None:
    """The mean brightness of each block of 8 x 8 pixels, or of its quarters, before orientation.

    Args:
        data: the whole file.
        width: full width in pixels, as its frame header says.
        height: full height in pixels.
        scale: ``BLOCK`` or ``HALF_BLOCK``.

    Returns:
        uint8, shape (ceil(height / scale), ceil(width / scale)); None where the file is anything
        but a sound baseline JPEG, grey or YCbCr, in one scan. At ``BLOCK`` equal to libjpeg's at
        this scale; at ``HALF_BLOCK`` of the four lowest coefficients of a block only, which is
        good for what is made smooth afterwards.

    Cost: 5 to 9 ns a byte of the file.
    """
    if len(data) > MOST_BYTES:
        return None
    return _module().decode(bytes(data), width, height, scale)


def warm_up() -> None:
    """Compile the module; in the sandbox it could not be read any more."""
    _module()
