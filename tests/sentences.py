"""What can the programs say? Read in their source, so that no sentence is forgotten.

A sentence is what an error is made with, or what the agent, which goes on after a fault, logs or answers; ``…`` stands
for what is filled in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mr_client import errors

__all__ = ["Sentence", "every_text", "sentences"]

_ALL = Path(errors.__file__).parents[1]
AGENT = _ALL / "mr_model_agent"
SOURCES = (_ALL / "mr_client", _ALL / "mr_storage_initializer", AGENT)
_CLASSES = {name: getattr(errors, name) for name in errors.__all__}
_GOES_ON = ("InvalidModels", "ServerAbsent", "ServerRefused", "ServerSlow")
"""Errors of the agent's own, after which it goes on."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that an error is raised with."""

    text: str
    exit_code: int | None
    """None for one that ends nothing."""
    where: str


def every_text() -> Iterator[str]:
    """Yield every text of the source, those of which sentences are put together among them."""
    for _, tree in _trees():
        within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and id(node) not in within):
                yield from _texts(node, {})


def sentences() -> Iterator[Sentence]:
    """Yield what each error of ``mr_client.errors`` is made with, and what the agent says of faults."""
    for path, tree in _trees():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                for said, code in _said(call, path):
                    for text in _texts(said, _assigned(function, before=call)):
                        if text.replace("…", "").replace("%s", ""):
                            yield Sentence(text, code, f"{path.parent.name}/{path.name}:{call.lineno}")


def _said(call: ast.Call, path: Path) -> Iterator[tuple[ast.expr, int | None]]:
    """Yield what a call says, if it says something of a fault, with the exit code."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=[said, *_]) if name in _CLASSES:
            yield said, _CLASSES[name].exit_code
        case ast.Call(func=ast.Name(id="_fail"), args=[said, ast.Constant(value=int(code)), *_]):
            yield said, code
        case _ if not path.is_relative_to(AGENT):
            return
        case ast.Call(func=ast.Name(id=name), args=[said, *_]) if name in _GOES_ON:
            yield said, None
        case ast.Call(func=ast.Attribute(value=ast.Name(id="logger"), attr="warning" | "error"), args=[said, *_]):
            yield said, None
        case ast.Call(func=ast.Attribute(value=ast.Name(id="problems"), attr="append"), args=[said, *_]):
            yield said, None
        case ast.Call(func=ast.Attribute(attr="_refuse"), args=[_, said]):
            yield said, None
        case ast.Call(func=ast.Attribute(attr="plain"), args=[status, said, *_]) if not _is(status, 200):
            yield said, None


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


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
