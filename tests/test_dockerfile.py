"""What holds of the image by its Dockerfile alone; ``tests/end_to_end/test_image.py`` runs the one that is built."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

import mr_client

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
Instruction = tuple[str, str]


def stages() -> list[list[Instruction]]:
    """Return each stage's instructions, the word and the rest; what is before the first FROM is left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found: list[list[Instruction]] = []
    for line in filter(None, (line.strip() for line in joined.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, re.sub(r"\s+", " ", rest).strip()))
    return found


def final(word: str) -> list[str]:
    return [rest for name, rest in stages()[-1] if name == word]


def runs() -> Iterator[str]:
    return (rest for stage in stages() for word, rest in stage if word == "RUN")


def test_it_runs_as_a_number_that_is_not_roots() -> None:
    [user] = final("USER")

    assert re.fullmatch("[1-9][0-9]*:[1-9][0-9]*", user)


def test_its_entry_is_the_program_and_kserves_arguments_follow() -> None:
    [entry] = final("ENTRYPOINT")

    assert json.loads(entry) == ["mr-storage-initializer"]
    assert json.loads(entry)[0] in PROJECT["scripts"]
    assert final("CMD") == []
    assert any("PATH=/opt/mr-client/bin:" in rest for rest in final("ENV"))


def test_the_last_stage_installs_nothing_and_takes_the_bases_pip_away() -> None:
    [run] = final("RUN")

    assert not re.search(r"\b(apt-get|pip3?|uv|venv|curl|wget)\b (install|download|-)", run)
    assert re.search(r"rm -rf .*ensurepip.*site-packages/pip\*", run)
    assert [rest.split()[0] for rest in final("COPY")] == ["--from=dependencies", "--from=program"]
    assert all("/tools" not in rest for rest in final("COPY"))
    assert final("ADD") == []


def test_whatever_is_installed_is_held_against_its_hash() -> None:
    installs = [part for run in runs() for part in run.split("&&") if " install " in part]

    assert len(installs) == 3
    for part in installs:
        assert "--require-hashes" in part or ("--no-deps --no-index" in part and part.strip().endswith("/wheel/*.whl"))
        assert "--no-cache-dir" in part


def test_all_stages_stand_on_the_base_that_is_asked_for() -> None:
    bases = [stage[0][1].split()[0] for stage in stages()]

    assert bases == ["${BASE}", "dependencies", "${BASE}"]
    [default] = re.findall(r"^ARG BASE=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert re.fullmatch(r"python:3\.1[1-9]-slim-\w+", default)


def test_no_part_is_of_one_processor() -> None:
    text = (ROOT / "Dockerfile").read_text() + (ROOT / "scripts" / "lean.py").read_text()

    assert not re.search("x86_64|amd64", text.partition("ARG BASE")[2])


def test_compiled_modules_do_not_depend_on_a_files_time() -> None:
    compiling = [part for run in runs() for part in run.split("&&") if "compileall" in part]

    assert len(compiling) == 3
    assert all("--invalidation-mode unchecked-hash" in part for part in compiling)


def test_its_labels_are_the_projects() -> None:
    [labels] = final("LABEL")
    said = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', labels))

    assert said == {
        "title": PROJECT["name"],
        "description": PROJECT["description"],
        "licenses": PROJECT["license"],
        "version": "${VERSION}",
        "revision": "${REVISION}",
        "created": "${CREATED}",
    }
    assert mr_client.__version__ not in (ROOT / "Dockerfile").read_text()


def test_what_is_sent_to_the_builder_is_what_it_copies_and_no_more() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    sent = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        name for stage in stages()[:-1] for word, rest in stage if word == "COPY" for name in rest.split()[:-1]
    } | set(re.findall(r"type=bind,source=([^, ]+)", " ".join(runs())))

    assert rules[0] == "*"
    assert sent == copied
    assert all((ROOT / name).exists() for name in sent)
    assert not any(fnmatch(name, secret) for name in sent for secret in (".git*", "tests*", ".env*", "*.pem"))


def test_services_that_nobody_asks_and_tests_of_libraries_are_left_out(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.13" / "site-packages"
    gone = ["botocore/data/ec2/1/service-2.json.gz", "fsspec/tests/a.py", "azure/core/tests/deep/tests/b.py"]
    kept = [
        "botocore/data/s3/1/service-2.json.gz",
        "botocore/data/endpoints.json",
        "fsspec/testing.py",
        "x.dist-info/RECORD",
    ]
    for name in gone + kept:
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()

    subprocess.run([sys.executable, ROOT / "scripts" / "lean.py", tmp_path], check=True)

    assert {path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file()} == set(kept)


TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> "{log}"
case "$1" in info) exit {works} ;; esac
"""


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"docker": 0, "podman": 0, "buildah": 0}, "docker"),
        ({"docker": 1, "podman": 0, "buildah": 0}, "podman"),  # a client without its daemon
        ({"docker": 1, "buildah": 0}, "buildah"),
    ],
)
def test_the_first_tool_that_works_builds_with_the_version_and_the_arguments(
    tmp_path: Path, there: dict[str, int], taken: str
) -> None:
    done, log = built(tmp_path, there, "--tag", "me/mr:1", "--platform", "linux/arm64")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "me/mr:1\n"
    last = log.read_text().splitlines()[-1]
    assert last.startswith(f"{taken} build --tag me/mr:1 --build-arg VERSION={mr_client.__version__} ")
    assert last.endswith(" --platform linux/arm64 .")


@pytest.mark.parametrize(("tool", "named"), [("docker", "--tag"), ("podman", "--manifest"), ("buildah", "--manifest")])
def test_several_platforms_make_a_manifest_list(tmp_path: Path, tool: str, named: str) -> None:
    _, log = built(tmp_path, {tool: 0}, "--tag", "mr:1", "--platform", "linux/amd64,linux/arm64")

    assert log.read_text().splitlines()[-1].startswith(f"{tool} build {named} mr:1 ")


def test_where_no_tool_works_it_says_so(tmp_path: Path) -> None:
    done, _ = built(tmp_path, {"docker": 1, "podman": 125})

    assert done.returncode == 1
    assert done.stderr == "The image was not built: none of docker, podman and buildah is there and works.\n"


def test_what_cannot_be_tried_is_said_aloud(tmp_path: Path) -> None:
    done, _ = built(tmp_path, {}, "--try")

    assert done.returncode == 0
    assert done.stderr.startswith("THE IMAGE WAS NOT BUILT, NOR TRIED: it takes what is not here: ")
    assert "buildah" in done.stderr


def built(folder: Path, there: dict[str, int], *arguments: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run ``scripts/build image`` where these tools are there, and ``info`` ends with these codes."""
    log = folder / "log"
    tools = folder / "bin"
    tools.mkdir()
    for name in ("bash", "sh", "env", "dirname", "basename", "sed", "git", "id", "mktemp"):
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    for name, code in there.items():
        (tools / name).write_text(TOOL.format(log=log, works=code))
        (tools / name).chmod(0o755)
    command: list[str | Path] = [ROOT / "scripts" / "build", "image", *arguments]
    done = subprocess.run(command, env={"PATH": str(tools)}, capture_output=True, text=True, check=False)
    return done, log
