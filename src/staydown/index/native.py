# ruff: noqa: ARG001 - numba hands every generator the same arguments, used or not
"""The few machine words that numba does not offer by itself, as compiler intrinsics.

Addresses are plain int64 numbers. Whoever passes one has checked that the bytes behind it exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from staydown.index.tables import NEAR_LANES

Fn = TypeVar("Fn", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}

_I16, _I32, _I64 = ir.IntType(16), ir.IntType(32), ir.IntType(64)


def compiled(function: Fn) -> Fn:
    """Compile with numba, cached on disk where that is possible.

    Without a place to write the cache, numba refuses to cache; the function then compiles anew
    in each process. The cache notices a change of the function's own file alone: whoever changes a
    function that is inlined into another file removes the ``__pycache__`` folders.
    """
    try:
        made = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        made = numba.njit(**_OPTIONS)(function)
    return made  # type: ignore[no-any-return]


def inlined(function: Fn) -> Fn:
    """Compile into each caller: for the small steps of a loop, where a call would cost much."""
    return numba.njit(forceinline=True, **_OPTIONS)(function)  # type: ignore[no-any-return]


def _pointer(builder: Any, address: Any, target: Any) -> Any:
    return builder.inttoptr(address, target.as_pointer())


def _loader(width: int) -> Any:
    def load(typing_context: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            value = builder.load(_pointer(builder, args[0], ir.IntType(width)), align=1)
            return value if width == 64 else builder.zext(value, _I64)

        return types.int64(types.int64), codegen

    return load


def _load_u64(typing_context: Any, address: Any) -> Any:
    """The unsigned 64-bit word at an address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_pointer(builder, args[0], _I64), align=1)

    return types.uint64(types.int64), codegen


def _prefetch(typing_context: Any, address: Any) -> Any:
    """Ask for the cache line at an address; harmless where nothing is mapped."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(builder, args[0], ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, _I32, _I32, _I32])
        call = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(
            builder.module, kind, "llvm.prefetch.p0"
        )
        builder.call(call, [pointer, _I32(0), _I32(3), _I32(1)])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


def _storer(width: int) -> Any:
    def store(typing_context: Any, address: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            target = ir.IntType(width)
            low = args[1] if width == 64 else builder.trunc(args[1], target)
            builder.store(low, _pointer(builder, args[0], target), align=1)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), codegen

    return store


def _popcount(typing_context: Any, word: Any) -> Any:
    """How many bits of a 64-bit word are set."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


def _lowest_bit(typing_context: Any, word: Any) -> Any:
    """The number of the lowest set bit; 64 for zero."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.IntType(1)(0))

    return types.int64(types.int64), codegen


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    narrow = builder.trunc(value, _I16)
    single = builder.insert_element(ir.Constant(vector, ir.Undefined), narrow, _I32(0))
    zeros = ir.Constant(ir.VectorType(_I32, vector.count), [_I32(0)] * vector.count)
    return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), zeros)


def _near_words(typing_context: Any, address: Any, word: Any, limit: Any) -> Any:
    """Compare 32 stored 16-bit words with one: bit k is set where word k is within the limit."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(_I16, NEAR_LANES)
        stored = builder.load(_pointer(builder, args[0], vector), align=2)
        differing = builder.xor(stored, _splat(builder, args[1], vector))
        name = f"llvm.ctpop.v{NEAR_LANES}i16"
        count = builder.module.globals.get(name) or ir.Function(
            builder.module, ir.FunctionType(vector, [vector]), name
        )
        near = builder.icmp_unsigned(
            "<=", builder.call(count, [differing]), _splat(builder, args[2], vector)
        )
        return builder.zext(builder.bitcast(near, _I32), _I64)

    return types.int64(types.int64, types.int64, types.int64), codegen


load_u32: Any = intrinsic(_loader(32))
load_i64: Any = intrinsic(_loader(64))
load_u64: Any = intrinsic(_load_u64)
store_u8: Any = intrinsic(_storer(8))
store_u16: Any = intrinsic(_storer(16))
store_u32: Any = intrinsic(_storer(32))
store_i64: Any = intrinsic(_storer(64))
prefetch: Any = intrinsic(_prefetch)
popcount: Any = intrinsic(_popcount)
lowest_bit: Any = intrinsic(_lowest_bit)
near_words: Any = intrinsic(_near_words)
