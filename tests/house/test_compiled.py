"""Compiled functions take the address of what their caller holds, and of nothing they made."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
MARKS = {"compiled", "inlined"}


def compiled_functions() -> list[tuple[str, ast.FunctionDef]]:
    found = []
    for path in sorted(SRC.rglob("*.py")):
        text = path.read_text()
        if "@compiled" in text or "@inlined" in text:
            found += [
                (path.stem, node)
                for node in ast.parse(text).body
                if isinstance(node, ast.FunctionDef)
                and any(isinstance(d, ast.Name) and d.id in MARKS for d in node.decorator_list)
            ]
    return found


def addressed(function: ast.FunctionDef) -> set[str]:
    """Names of the arrays whose address is taken; numba frees a local one after its last name."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr == "ctypes":
            of = node.value
            while isinstance(of, ast.Subscript):
                of = of.value
            names.add(ast.unparse(of))
    return names


@pytest.mark.parametrize(
    "function", [pytest.param(f, id=f"{stem}.{f.name}") for stem, f in compiled_functions()]
)
def test_no_address_is_taken_of_an_array_that_the_function_made(function: ast.FunctionDef) -> None:
    given = {argument.arg for argument in function.args.args}
    assert addressed(function) <= given


def test_there_are_such_functions() -> None:
    assert set().union(*(addressed(f) for _, f in compiled_functions()))
