"""What can the programs say? Read in their source, so that no sentence is forgotten.

A sentence is what an error is made with; ``…`` stands for what is filled in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mr_client import errors

__all__ = ["Sentence", "every_text", "sentences"]

SOURCES = (Path(errors.__file__).parent, Path(errors.__file__).parents[1] / "mr_storage_initializer")
_CLASSES = {name: getattr(errors, name) for name in errors.__all__}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that an error is raised with."""

    text: str
    exit_code: int
    where: str


def every_text() -> Iterator[str]:
    """Yield every text of the source, those of which sentences are put together among them."""
    for _, tree in _trees():
        within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and id(node) not in within):
                yield from _texts(node, {})


def sentences() -> Iterator[Sentence]:
    """Yield what each error of ``mr_client.errors`` is made with."""
    for path, tree in _trees():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id in _CLASSES and call.args:
                    for text in _texts(call.args[0], _assigned(function, before=call)):
                        yield Sentence(text, _CLASSES[call.func.id].exit_code, f"{path.name}:{call.lineno}")


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for folder in SOURCES:
        for path in sorted(folder.rglob("*.py")):
            yield path, ast.parse(path.read_text())


def _assigned(function: ast.FunctionDef, before: ast.AST) -> dict[str, ast.expr]:
    """Return what the names of a function were given last, before a line of it."""
    return {
        node.targets[0].id: node.value
        for node in sorted(
            (each for each in ast.walk(function) if isinstance(each, ast.Assign)), key=lambda each: each.lineno
        )
        if isinstance(node.targets[0], ast.Name) and node.lineno < getattr(before, "lineno", 0)
    }


def _texts(node: ast.expr | ast.AST, assigned: dict[str, ast.expr]) -> Iterator[str]:
    """Yield the texts that an expression may be; nothing for one that is put together elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Constant(value=bytes(data)):
            yield data.decode(errors="replace")
        case ast.JoinedStr():
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        case ast.BoolOp():
            for each in node.values:
                yield from _texts(each, assigned)
        case ast.IfExp():
            yield from _texts(node.body, assigned)
            yield from _texts(node.orelse, assigned)
        case ast.Call(args=[argument, *_]) if isinstance(node.func, ast.Name) and node.func.id == "str":
            yield from _texts(argument, assigned)
        case ast.Call(func=ast.Attribute(value=ast.JoinedStr() as text)):  # f"…".lstrip()
            yield from _texts(text, assigned)
        case ast.Name():
            if node.id in assigned:
                yield from _texts(assigned[node.id], {})
