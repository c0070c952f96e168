"""``mr-client`` as it is installed: what its shell, its terminal and its pipes see."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import mr_client
from end_to_end.conftest import PROGRAMS
from servers.web import WebServer

PROGRAM = PROGRAMS / "mr-client"


@pytest.fixture
def environ(registry_url: str, tmp_path: Path) -> dict[str, str]:
    """What a person has set, with a model in their registry whose name is not ASCII."""
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("schön-日本", "v1", uri=f"file://{tmp_path}/store")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "model.bin").write_bytes(b"trained")
    return {"MODEL_REGISTRY_BASE_URL": registry_url, "LANG": "C.UTF-8", "TERM": "xterm", "COLUMNS": "60"}


def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], env=environ, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
    )


def on_a_terminal(*arguments: str | Path, **environ: str) -> str:
    """Return what a terminal shows of it, with its escapes."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = subprocess.Popen([PROGRAM, *arguments], env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        pass  # Linux says so that nobody holds the other end any more
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode()


def test_exit_codes_and_the_last_line_are_those_of_the_pod(environ: dict[str, str], tmp_path: Path) -> None:
    lock, folder = tmp_path / "lock", tmp_path / "model"
    uri = "model-registry://sch%C3%B6n-%E6%97%A5%E6%9C%AC"

    first = run("download", uri, folder, "--to-lock", lock, **environ)
    (folder / "model.bin").write_bytes(b"TRAINED")
    codes = {
        0: first,
        2: run("show", **environ),
        3: run("show", "iris", **environ),
        4: run("resolve", "model-registry://169.254.169.254:80/iris/v1", **environ),
        5: run("models", "--registry", "127.0.0.1:9", **environ),
        6: run("verify", folder, "--from-lock", lock, **environ),
    }

    assert {code: each.returncode for code, each in codes.items()} == {code: code for code in codes}, codes
    assert first.stderr == ""
    assert first.stdout.startswith("Ready: 1 file, 7 bytes in ")
    for code in (3, 4, 5, 6):
        assert len(codes[code].stderr.splitlines()) == 1
    assert codes[5].stderr.endswith("start one here with `mr-client serve`; --registry URL names another.\n")
    assert codes[6].stdout == "different  model.bin: its sha256 is another\n"


def test_a_terminal_has_a_table_in_bold_and_a_bar_and_with_no_color_nothing_but_text(
    environ: dict[str, str], tmp_path: Path
) -> None:
    bold = on_a_terminal("models", **environ)
    plain = on_a_terminal("models", NO_COLOR="1", **environ)
    tree = on_a_terminal("show", "schön-日本", **environ)
    bar = on_a_terminal("download", f"file://{tmp_path}/store", tmp_path / "model", **environ)

    assert "\x1b[1m" in bold
    assert "\x1b" not in plain
    assert "schön-日本" in plain
    assert re.search("\x1b\\[1mmodel schön-日本 .LIVE, id [0-9]+.\x1b", tree)
    assert "\x1b[1mversion " in tree
    assert "100%" in bar


def test_a_pipe_has_no_bar_and_no_escapes(environ: dict[str, str], tmp_path: Path) -> None:
    done = run("download", f"file://{tmp_path}/store", tmp_path / "model", **environ)

    assert done.stderr == ""
    assert done.stdout.isprintable() or done.stdout.count("\n") == 1
    assert "\x1b" not in done.stdout


def test_a_terminal_that_cannot_show_a_name_has_it_escaped(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [PROGRAM, "models"],
        env={**environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "schön-\\u65e5\\u672c" in done.stdout.decode("latin-1")


def test_a_reader_that_has_read_enough_is_no_error(environ: dict[str, str]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        done = subprocess.run(
            [PROGRAM, "models"], env=environ, stdout=theirs, stderr=subprocess.PIPE, check=False, timeout=60
        )
    finally:
        os.close(theirs)

    assert done.stderr == b""


def test_without_rich_a_terminal_has_plain_text(environ: dict[str, str], tmp_path: Path) -> None:
    # What an installation without the extra looks like.
    (tmp_path / "rich.py").write_text("raise ImportError")

    shown = on_a_terminal("models", PYTHONPATH=str(tmp_path), **environ)

    assert "schön-日本" in shown
    assert "\x1b" not in shown


def test_markup_and_escapes_in_names_are_text_on_a_terminal(environ: dict[str, str]) -> None:
    with mr_client.Registry(environ["MODEL_REGISTRY_BASE_URL"], environ={}) as registry:
        registry.register(
            "[red]iris[/]", "v\x1b[31m1", uri="s3://models/iris", properties={"a\x07": "\x1b]0;title\x07"}
        )

    shown = on_a_terminal("show", "[red]iris[/]", **environ | {"NO_COLOR": "1", "COLUMNS": "40"})

    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "model [red]iris[/] (LIVE, id " in shown
    assert "artifact [red]iris[/] (LIVE, id " in shown
    assert "s3://models/iris" in shown


def test_a_download_that_is_interrupted_says_so_and_goes_on_where_it_was(
    environ: dict[str, str], web: WebServer, tmp_path: Path
) -> None:
    mib = 2**20
    web.content["/model.bin"] = os.urandom(mib) * 40
    web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    web.stop_after = 26 * mib
    web.hold.clear()
    environ |= {"MR_WORKERS": "2", "MR_RANGE_SIZE": "10Mi"}
    command: list[str | Path] = [PROGRAM, "download", f"{web.url}/model.bin", tmp_path / "model"]
    running = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert web.held.wait(60)

    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=10)  # a store that says nothing is waited for for longer
    web.stop_after = 10**9
    web.hold.set()
    again = run("download", f"{web.url}/model.bin", tmp_path / "model", **environ)

    assert (running.returncode, out) == (130, "")
    assert said == "Stopped: the same command again goes on where it was.\n"
    assert again.returncode == 0, again.stderr
    assert " of it were there) in " in again.stdout
    assert (tmp_path / "model" / "model.bin").read_bytes() == web.content["/model.bin"]


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("mr-client mod", "models"),
        ("mr-client download --to", "--to-lock --token-file"),
        ("mr-client render in", "inference-service"),
        ("mr-client render inference-service --protocol grpc", "grpc-v1 grpc-v2"),
    ],
)
def test_bash_completes_commands_options_and_values(words: str, completed: str) -> None:
    script = """
        eval "$(_MR_CLIENT_COMPLETE=bash_source mr-client)"
        COMP_WORDS=($1) COMP_CWORD=$(($2 - 1))
        _mr_client_completion mr-client
        echo "${COMPREPLY[*]}"
    """
    environ = {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    bash = ["bash", "-c", script, "bash", words, str(len(words.split()))]
    done = subprocess.run(bash, env=environ, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == f"{completed}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["download", "--help"], ["render", "--help"]])
def test_help_loads_neither_the_registry_s_client_nor_a_store_s(arguments: list[str]) -> None:
    code = "import sys\nfrom mr_client.cli import main\ntry:\n main(sys.argv[1:])\nfinally:\n print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60
    )

    assert not {"httpx", "fsspec", "rich", "mr_rest", "urllib3"} & set(done.stdout.split())
