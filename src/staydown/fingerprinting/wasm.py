"""The kernel module in wasmtime: pixels go in, signals come out.

One picture at a time goes through the module; a lock keeps threads apart. The module's memory
grows to what the largest picture needed and is used again. Source: ADR-0002.
"""

from __future__ import annotations

import atexit
import ctypes
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import wasmtime
from wasmtime import _ffi as ffi

from staydown.errors import ConfigError, ContentTooLargeError, InputError
from staydown.wasm_calls import RawCall

Pixels = npt.NDArray[np.uint8]

WANT_PDQ, WANT_WINDOWS = 1, 2
MAX_SIDE = 20_000
_CHANNELS = (1, 3, 4)
_RESERVED_BYTES = 128 << 20
_GUARD_BYTES = 1 << 16
_BAD_SHAPE, _TOO_LARGE, _NO_MEMORY = 1, 2, 3

POINT = np.dtype(
    [
        ("x", "<f4"),
        ("y", "<f4"),
        ("sigma", "<f4"),
        ("angle", "<f4"),
        ("response", "<f4"),
        ("rank", "<f4"),
        ("octave", "<i4"),
        ("level", "<i4"),
        ("geometry", "<u4"),
        ("bits", "u1", (32,)),
    ]
)
"""One point as the kernel lays it out; positions and sigma in working pixels."""

BINS = 128
"""Length of a point's descriptor before it is projected to bits."""

SETTINGS: dict[str, tuple[int, float]] = {
    "max_points": (0, 160),
    "doubled": (1, 1),
    "contrast": (2, 0.8),
    "edge": (3, 12.0),
    "size_power": (4, 1.4),
    "quota_side": (5, 4),
    "quota_share": (6, 2.0),
    "peak": (7, 0.8),
    "least_sigma": (8, 1.13),
    "bin_width": (9, 3.0),
    "apart": (10, 0.5),
}
"""Number and default of each setting of the kernel; the defaults define ``windows/1``."""


@dataclass(frozen=True, slots=True)
class FullSize:
    """The size that a picture had before its decoder reduced it.

    Attributes:
        width, height: full size in pixels, after orientation.
        cut_left: the first column stands for fewer full pixels than the others (and not the last),
            because the reduced picture was turned or mirrored.
        cut_top: the same of the first row.
    """

    width: int
    height: int
    cut_left: bool = False
    cut_top: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What the kernel gave for one picture; fields that were not asked for are empty.

    Attributes:
        pdq: 32 bytes, most significant bit first.
        quality: 0..100.
        width, height: of the working copy, pixels.
        points: structured array ``POINT``, shape (n,), strongest first.
        bins: int16, shape (n, 128), 0..4096: descriptors before projection.
        grid: uint8, shape (16, 16).
    """

    pdq: bytes
    quality: int
    width: int
    height: int
    points: npt.NDArray[Any]
    bins: npt.NDArray[np.int16]
    grid: npt.NDArray[np.uint8]


def _config() -> wasmtime.Config:
    """Small reservations, so that the module also works under a limit on address space."""
    config = wasmtime.Config()
    ffi.wasmtime_config_memory_reservation_set(config.ptr(), _RESERVED_BYTES)
    ffi.wasmtime_config_memory_reservation_for_growth_set(config.ptr(), _RESERVED_BYTES)
    ffi.wasmtime_config_memory_guard_size_set(config.ptr(), _GUARD_BYTES)
    # Every access is still checked. Only the masking against speculative reads goes: the module is
    # our own code, not a guest's. Saves a third of the time.
    ffi.wasmtime_config_cranelift_flag_set(
        config.ptr(), b"enable_heap_access_spectre_mitigation", b"false"
    )
    config.cranelift_opt_level = "speed"
    config.parallel_compilation = False
    return config


class Kernel:
    """One instance of the module with its memory."""

    def __init__(self, code: bytes) -> None:
        try:
            self._engine = wasmtime.Engine(_config())
            module = wasmtime.Module(self._engine, code)
            self._store = wasmtime.Store(self._engine)
            exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        except wasmtime.WasmtimeError as error:
            raise ConfigError(f"the fingerprint kernel cannot start: {error}") from error
        self._memory: Any = exports["memory"]
        self._calls = {
            name: RawCall(self._store, export)
            for name, export in exports.items()
            if isinstance(export, wasmtime.Func)
        }
        self._lock = threading.Lock()
        self._changed: set[str] = set()

    def run(
        self,
        pixels: Pixels,
        wanted: int,
        settings: dict[str, float] | None = None,
        full: FullSize | None = None,
    ) -> Outcome:
        """Fingerprint one picture.

        Args:
            pixels: uint8, C-contiguous, shape (h, w) luma, (h, w, 3) RGB or (h, w, 4) RGBA whose
                alpha is ignored; sides 1..20,000.
            wanted: ``WANT_PDQ``, ``WANT_WINDOWS`` or their sum.
            settings: values other than the defaults, by the names in ``SETTINGS``.
            full: what the picture was reduced from; None when it has its full size.

        Raises:
            InputError: another dtype, shape or setting.
            ContentTooLargeError: a side is too long, or the module's memory ends.

        Cost: about 4 ns a pixel, and 20 ms for windows.
        """
        height, width, channels = check_pixels(pixels)
        with self._lock:
            self._tune(settings or {})
            size = full or FullSize(width, height)
            self._status(
                self._call(
                    "sd_begin_reduced",
                    width,
                    height,
                    channels,
                    wanted,
                    size.width,
                    size.height,
                    size.cut_left,
                    size.cut_top,
                )
            )
            self._feed(pixels, width * channels)
            self._status(self._call("sd_finish"))
            return self._outcome(wanted)

    def close(self) -> None:
        """Free the module's memory and code; the kernel cannot be used afterwards."""
        self._calls.clear()
        self._store.close()
        self._engine.close()

    def _call(self, name: str, *args: float) -> int:
        return self._calls[name](self._store, *args)

    def _base(self) -> int:
        """Address of the module's memory; it moves when the memory grows."""
        pointer = self._memory.data_ptr(self._store)
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0

    def _feed(self, pixels: Pixels, row_bytes: int) -> None:
        strip = self._base() + self._call("sd_strip")
        step = self._call("sd_strip_rows")
        source = pixels.ctypes.data
        for row in range(0, len(pixels), step):
            rows = min(step, len(pixels) - row)
            ctypes.memmove(strip, source + row * row_bytes, rows * row_bytes)
            self._status(self._call("sd_push", rows))

    def _take(self, name: str, size_bytes: int) -> bytes:
        return ctypes.string_at(self._base() + (self._call(name) & 0xFFFFFFFF), size_bytes)

    def _outcome(self, wanted: int) -> Outcome:
        pdq, quality, count, width, height, grid = b"", 0, 0, 0, 0, bytes(256)
        if wanted & WANT_PDQ:
            pdq, quality = self._take("sd_pdq", 32), self._call("sd_quality")
        points, bins = b"", b""
        if wanted & WANT_WINDOWS:
            count = self._call("sd_count")
            width, height = self._call("sd_working_width"), self._call("sd_working_height")
            grid = self._take("sd_grid", 256)
            points = self._take("sd_points", count * POINT.itemsize)
            bins = self._take("sd_bins", count * BINS * 2)
        return Outcome(
            pdq,
            quality,
            width,
            height,
            np.frombuffer(points, POINT),
            np.frombuffer(bins, np.int16).reshape(count, BINS),
            np.frombuffer(grid, np.uint8).reshape(16, 16),
        )

    def _tune(self, settings: dict[str, float]) -> None:
        for name in self._changed - settings.keys():
            self._call("sd_set", SETTINGS[name][0], float(SETTINGS[name][1]))
        for name, value in settings.items():
            if name not in SETTINGS:
                raise InputError(f"the kernel has no setting {name!r}")
            self._call("sd_set", SETTINGS[name][0], float(value))
        self._changed = set(settings)

    def _status(self, status: int) -> None:
        if status == _BAD_SHAPE:
            raise InputError("the kernel refused the size of the picture")
        if status == _TOO_LARGE:
            raise ContentTooLargeError(f"the picture has a side over {MAX_SIDE} pixels")
        if status == _NO_MEMORY:
            raise ContentTooLargeError("the picture needs more memory than the kernel may have")
        if status:
            raise InputError(f"the kernel stopped with status {status}")


def check_pixels(pixels: Pixels) -> tuple[int, int, int]:
    """Height, width and channels of a picture.

    Raises:
        InputError: not uint8, not C-contiguous, or another shape than a picture's.
        ContentTooLargeError: a side over 20,000 pixels.
    """
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        raise InputError("pixels must be an array of uint8")
    shape = pixels.shape
    channels = 1 if len(shape) == 2 else shape[2] if len(shape) == 3 else 0
    if channels not in _CHANNELS or (len(shape) == 3 and channels == 1) or 0 in shape:
        raise InputError(f"pixels have shape {shape}, want (h, w), (h, w, 3) or (h, w, 4)")
    if not pixels.flags.c_contiguous:
        raise InputError("pixels must be C-contiguous")
    if max(shape[:2]) > MAX_SIDE:
        raise ContentTooLargeError(f"the picture has a side over {MAX_SIDE} pixels")
    return shape[0], shape[1], channels


@lru_cache(maxsize=1)
def kernel() -> Kernel:
    """The process's kernel, made at the first call."""
    made = Kernel(files("staydown.fingerprinting").joinpath("kernel.wasm").read_bytes())
    # wasmtime's own finalizers fail noisily when the interpreter is already coming apart.
    atexit.register(made.close)
    return made
