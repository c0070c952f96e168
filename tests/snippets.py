"""What do the pages show, and is it so? Blocks of code, read from a page and run in a world of its own.

```` ```python ````   run, in order; the comment after an expression, where it is a value, is what it must be; a
                      function ``test_…`` is called with the fixture ``model_registry``
```` ```console ````  each line after ``$`` is run, and prints what stands below it; ``…`` stands for what may differ
```` ```console server ````  likewise, but it goes on until the page ends; its first line is compared
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mr_client
import mr_registry

__all__ = ["Block", "World", "blocks"]

_FENCE = re.compile(r"^( *)```(\S*) ?(\S*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_ANY = "…"
_VARY = (
    (re.compile(r"(127\.0\.0\.1|localhost):\d{4,5}"), "localhost:PORT"),
    (re.compile(r'"\d{13}"'), '"TIME"'),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"), "TIME"),
    (re.compile(r"\bin \d+\.\d+ s\b"), "in SECONDS"),
    (re.compile(r"/tmp/tmp\w+"), "FOLDER"),  # noqa: S108
)
"""What differs from run to run, and need not be written as ``…``."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code of a page."""

    page: Path
    line: int
    """Of its first line of code, from 1."""
    language: str
    mark: str
    """The word after the language, or nothing."""
    text: str


def blocks(page: Path, start: int = 0, end: int | None = None) -> Iterator[Block]:
    """Yield the fenced blocks of a page, or of the part from ``start`` to ``end`` of its text."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text, start, len(text) if end is None else end):
        indent, language, mark, code = found.groups()
        line = text.count("\n", 0, found.start(4)) + 1
        yield Block(page, line, language, mark, re.sub(f"^{indent}", "", code, flags=re.MULTILINE))


@dataclass
class World:
    """Where the blocks of a page are run: a folder, an environment, and what addresses stand for."""

    folder: Path
    environ: dict[str, str]
    stands_for: dict[str, str] = field(default_factory=dict)
    """What a page writes, and what it means here, such as an address and the server that the test started."""
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    servers: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, block: Block) -> None:
        """Run a block.

        Raises:
            AssertionError: it does not do what the page says.
        """
        if block.language == "python":
            self._python(block)
        else:
            for number, (command, shown) in enumerate(_commands(block.text)):
                where = f"{block.page.name}, line {block.line}, command {number + 1}: {command}"
                if block.mark == "server":
                    self._serve(command, shown, where)
                else:
                    self._command(command, shown, where)

    def close(self) -> None:
        """Stop what was started, and close what was left open."""
        for value in self.names.values():
            if isinstance(value, mr_client.Registry):
                value.close()
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=10)

    def _python(self, block: Block) -> None:
        code = self._meant(block.text)
        lines = code.splitlines()
        for statement in ast.parse(code).body:
            assert statement.end_lineno is not None
            where = f"{block.page.name}, line {block.line + statement.lineno - 1}"
            if not isinstance(statement, ast.Expr):
                exec(compile(ast.Module([statement], []), where, "exec"), self.names)  # noqa: S102
                if isinstance(statement, ast.FunctionDef) and statement.name.startswith("test_"):
                    with mr_registry.serve() as url:
                        self.names[statement.name](model_registry=url)
                continue
            value = eval(compile(ast.Expression(statement.value), where, "eval"), self.names)  # noqa: S307
            _, _, comment = lines[statement.end_lineno - 1][statement.end_col_offset or 0 :].partition("#")
            if _is_value(comment.strip()):
                wanted, real = self._shown(comment.strip()), self._shown(repr(value))
                assert _alike(wanted, real), f"{where}: {real}, and not {wanted}"

    def _command(self, command: str, shown: str, where: str) -> None:
        if given := re.fullmatch(r"export ([A-Za-z_0-9]+)=(.*)", command):
            self.environ[given[1]] = self._meant(given[2]).strip("'\"")
            return
        run = subprocess.run(
            ["/bin/bash", "-c", self._meant(command)],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        printed = self._shown(run.stdout)
        assert _alike(shown, printed), f"{where}\n{printed}"

    def _serve(self, command: str, shown: str, where: str) -> None:
        server = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {self._meant(command)} --port 0"],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.servers.append(server)
        assert server.stdout is not None
        line = server.stdout.readline()
        assert _alike(shown, line), f"{where}\n{line}"
        host = line.split("://")[-1].strip()
        self.stands_for["localhost:8080"] = host

    def _shown(self, text: str) -> str:
        for shown, real in self.stands_for.items():
            text = text.replace(real, shown)
        return text

    def _meant(self, text: str) -> str:
        for shown, real in self.stands_for.items():
            text = text.replace(shown, real)
        return text


def environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return no more of this process's environment than programs need to be found, and what is given."""
    found = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {"PATH": found, "HOME": str(folder), "COLUMNS": "80", "LANG": "C.UTF-8", **given}


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a block with what it prints."""
    first, *others = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not first.strip(), f"a block of console begins with a command, and this one with {first!r}"
    for each in others:
        command, _, shown = re.sub(r"\\\n\s*", "", each).partition("\n")
        yield command, shown


def _is_value(comment: str) -> bool:
    """Return whether a comment is a value as ``repr`` writes it, not words."""
    try:
        tree = ast.parse(comment.replace(_ANY, "_"), mode="eval").body
    except SyntaxError:
        return False
    return not isinstance(tree, ast.Name | ast.Attribute | ast.Compare)


def _alike(shown: str, real: str) -> bool:
    """Return whether what a page shows is what there is; a line that is ``…`` stands for any number of lines."""
    for pattern, said in _VARY:
        shown, real = pattern.sub(said, shown), pattern.sub(said, real)
    lines = [line.rstrip() for line in shown.strip().splitlines()]
    wanted = "".join(
        r"(?:.*\n)*?" if line == _ANY else ".*?".join(re.escape(part) for part in line.split(_ANY)) + r"\n"
        for line in lines
    )
    return re.fullmatch(wanted, "".join(f"{line.rstrip()}\n" for line in real.strip().splitlines())) is not None


def program(name: str) -> str:
    """Return the path of a program beside this Python.

    Raises:
        AssertionError: it is not there.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found is not None, name
    return found
