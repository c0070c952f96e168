"""What the commands print for people, and what they refuse."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

import mr_client
from mr_client import cli
from servers.counted import counted

Call = Callable[..., Result]


@pytest.fixture
def registered(registry: mr_client.Registry) -> mr_client.Registry:
    registry.register("iris", "v1", uri="s3://models/iris/v1", properties={"accuracy": 0.97})
    registry.register("iris", "v2", uri="s3://models/iris/v2")
    registry.register("wine", "v1", uri="s3://models/wine/v1")
    return registry


def test_models_are_a_table_without_the_columns_in_which_nobody_has_anything(
    call: Call, registered: mr_client.Registry
) -> None:
    head, *rows = call("models").stdout.splitlines()

    assert head.split() == ["name", "state", "updated", "id"]
    assert [row.split()[:2] for row in rows] == [["iris", "LIVE"], ["wine", "LIVE"]]


def test_lists_are_filtered_ordered_and_cut(call: Call, registered: mr_client.Registry) -> None:
    ids = [each.id for each in registered.models()]

    assert call("models", "-q", "--where", "name = 'wine'").stdout.split() == [ids[1]]
    assert call("models", "-q", "--order-by", "-id").stdout.split() == ids[::-1]
    assert call("models", "-q", "--limit", "1").stdout.split() == ids[:1]


def test_an_empty_list_is_said_on_stderr_and_is_nothing_to_a_pipe(call: Call, registry: mr_client.Registry) -> None:
    run = call("models")

    assert (run.stdout, run.stderr) == ("", "There are no models.\n")
    assert call("models", "--where", "name = 'x'").stderr == "There are no such models.\n"
    assert json.loads(call("models", "--json").stdout) == []
    assert call("models", "--quiet").stdout == ""


def test_show_is_a_tree(call: Call, registered: mr_client.Registry) -> None:
    lines = call("show", "iris", "v1").stdout.splitlines()

    assert lines[0].startswith("version v1 (LIVE, id ")
    assert "    accuracy: 0.97" in lines
    assert "    uri: s3://models/iris/v1" in lines


def test_show_of_a_model_is_a_tree_down_to_its_files(call: Call, registered: mr_client.Registry) -> None:
    registered.alias("iris", "champion", "v1")
    registered.update("iris", owner="ann", properties={"team": "[red]blue[/]\x1b[2J"})

    lines = call("show", "iris").stdout.splitlines()

    model, first, second = (registered.model("iris"), *registered.versions("iris"))
    assert [line for line in lines if "updated: " not in line and "created: " not in line] == [
        f"model iris (LIVE, id {model.id})",
        "  properties",
        "    team: '[red]blue[/]\\x1b[2J'",
        "  owner: ann",
        "  aliases",
        "    champion: v1",
        f"  version v2 (LIVE, id {second.id})",
        f"    artifact iris (LIVE, id {registered.artifact('iris', 'v2').id})",
        "      uri: s3://models/iris/v2",
        f"  version v1 (LIVE, id {first.id}) @champion",
        "    properties",
        "      accuracy: 0.97",
        f"    artifact iris (LIVE, id {registered.artifact('iris', 'v1').id})",
        "      uri: s3://models/iris/v1",
    ]


def test_show_looks_into_the_newest_versions_and_says_how_many_others_there_are(
    call: Call, read: Callable[..., Any], registered: mr_client.Registry
) -> None:
    lines = call("show", "iris", "--limit", "1").stdout.splitlines()
    found = read("show", "iris", "--limit", "1")["versions"]

    assert [line.split()[1] for line in lines if line.startswith("  version ")] == ["v2"]
    assert lines[-1] == "  and 1 older version: --limit 2 shows all"
    assert [(each["name"], each["artifacts"] is None) for each in found] == [("v2", False), ("v1", True)]


def test_show_asks_few_questions_however_many_versions_there_are(registry: mr_client.Registry) -> None:
    registry.register("iris", "v0", uri="s3://models/iris/v0")
    model = registry.model("iris")
    for number in range(1, 200):
        registry._api.create_version(model, f"v{number}")

    with counted(registry._settings.url) as (asked, calls):
        whole = asked.overview("iris")
        assert len(calls.made) == 12
        asked.overview("iris", "v7")
        assert len(calls.made) == 12 + 3

    assert [each.name for each in whole.versions] == [f"v{number}" for number in reversed(range(200))]
    assert len(whole.artifacts) == 10


def test_quiet_leaves_the_id_the_uri_or_the_path(
    call: Call, registered: mr_client.Registry, trained: Path, tmp_path: Path
) -> None:
    version = registered.version("iris", "v1")
    store, folder = f"file://{tmp_path}/store", tmp_path / "model"

    assert call("show", "iris", "v1", "-q").stdout == f"{version.id}\n"
    assert call("update", "iris", "v1", "--author", "ann", "-q").stdout == f"{version.id}\n"
    assert call("resolve", "model-registry://iris/v1", "-q").stdout == "s3://models/iris/v1\n"
    assert call("alias", "iris", "champion", "v1", "-q").stdout == "v1\n"
    assert call("upload", trained, store, "-q").stdout == f"{store}\n"
    assert call("download", store, folder, "-q").stdout == f"{folder}\n"
    assert call("verify", folder, store, "-q").stdout == f"{folder}\n"
    (folder / "model.bin").unlink()
    assert call("verify", folder, store, "-q", fails=6).stdout == ""


def test_an_upload_is_registered_with_its_digest_and_a_second_time_nothing_is_copied(
    call: Call, registry: mr_client.Registry, trained: Path, tmp_path: Path
) -> None:
    upload = ("upload", trained, f"file://{tmp_path}/store", "--register", "ibm%2Fgranite/v1", "--model-format", "onnx")

    first = call(*upload).stdout.splitlines()
    again = call(*upload, "--exist-ok").stdout.splitlines()

    assert first[0].startswith(f"Uploaded: 2 files, 9 bytes to file://{tmp_path}/store, in ")
    assert first[1].startswith("Registered: version 'v1' of model 'ibm/granite' (id ")
    assert again[0].startswith("Nothing was copied to ")
    assert registry.resolve("ibm/granite", "v1").digest is not None
    assert "or set --exist-ok." in call(*upload, fails=2).stderr


@pytest.mark.parametrize(
    ("given", "value"),
    [("a=0.5", 0.5), ("a=true", True), ("a=[1, 2]", [1, 2]), ("a=v1.2", "v1.2"), ("a=", ""), ("a=b=c", "b=c")],
)
def test_a_property_that_is_json_is_that_and_any_other_a_text(
    call: Call, registry: mr_client.Registry, given: str, value: object
) -> None:
    call("register", "iris", "v1", "--uri", "s3://models/iris", "--property", given)

    assert json.loads(call("show", "iris", "v1", "--json").stdout)["properties"] == {"a": value}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("register iris v1 --uri s3://m/i --property accuracy", "is no NAME=VALUE"),
        ("upload . s3://m/i --model-format onnx", "needs one: give --register"),
        ("upload . s3://m/i --register iris", "is no MODEL/VERSION"),
        ("alias iris champion", "Give ALIAS and VERSION"),
        ("alias iris champion v1 --remove", "Give ALIAS and VERSION"),
        ("download", "Say what is brought where"),
        ("download s3://m/i --to-lock l", "Say what is brought where"),
        ("download s3://m/i folder --from-lock l", "Say what is brought where"),
        ("download --from-lock l folder --allow a", "A lock says which files"),
        ("download s3://m/i folder --to-lock l --offline", "leave --offline out"),
        ("download iris folder", "is no URI"),
        ("download iris", "is no model URI"),
        ("verify folder", "Say what the folder is compared with"),
        ("cache prune --to-size much", "is no number of bytes"),
        ("models --order-by size", "give id, name, created or updated"),
        ("models --registry ftp://there", "is no address of a registry"),
        (
            "models --token-file /nowhere/token",
            "Invalid value for '--token-file': File '/nowhere/token' does not exist.",
        ),
        ("models --order-by size", "--order-by is 'size'"),
        ("update iris", "give --description or --property."),
        ("show a\udcff", "'\\udcff', in what was to be sent to"),
        ("download s3://m/i folder --to-lock folder/l", "would be one of the files in 'folder'"),
    ],
)
def test_arguments_that_mean_nothing_are_refused_in_one_sentence(call: Call, arguments: str, words: str) -> None:
    run = call(*arguments.split(), fails=2)

    assert words in run.stderr.splitlines()[-1]
    assert run.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["modles"], "There is no command 'modles': did you mean models?"),
        (["cache", "purne"], "did you mean prune?"),
        (["zzz"], "There is no command 'zzz'; there are serve, register,"),
        (["render", "inference-servce"], "did you mean inference-service?"),
        (["models", "--jsn"], "--json"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(call: Call, arguments: list[str], words: str) -> None:
    assert words in call(*arguments, fails=2).stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [["\x1b[31m"], ["models", "--\x1b[31m"], ["show", "a", "b", "\x1b[31m"], ["models", "--limit", "\x1b[31m"]],
)
def test_what_was_typed_is_repeated_without_what_steers_a_terminal(call: Call, arguments: list[str]) -> None:
    said = call(*arguments, fails=2).stderr

    assert "\\x1b[31m" in said
    assert "\x1b" not in said


HOSTILE = "ir\x1b[2J\x9bis\u202egpj\u200b"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("models",), 0),
        (("show", HOSTILE), 0),
        (("show", HOSTILE, HOSTILE), 0),
        (("versions", HOSTILE), 0),
        (("resolve", f"model-registry://{quote(HOSTILE)}/{quote(HOSTILE)}"), 0),
        (("show", HOSTILE + "x"), 3),
        (("show", HOSTILE, "x"), 3),
        (("resolve", f"model-registry://{quote(HOSTILE)}/x"), 3),
        (("download", f"model-registry://{quote(HOSTILE)}/{quote(HOSTILE)}", "there"), 3),
    ],
)
def test_what_others_named_steers_no_terminal(
    call: Call, registry: mr_client.Registry, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    registry.register(
        HOSTILE,
        HOSTILE,
        uri=f"file://{tmp_path}/no{quote(HOSTILE)}",
        properties={HOSTILE: HOSTILE},
        description=HOSTILE,
    )

    ran = call(*(str(tmp_path / each) if each == "there" else each for each in arguments), fails=code)

    assert (ran.stdout + ran.stderr).replace("\n", "").isprintable()


def test_a_folder_that_would_steer_a_terminal_is_quoted(call: Call, trained: Path, tmp_path: Path) -> None:
    odd, other = tmp_path / "a\x07b", tmp_path / "c\x07d"

    uploaded, downloaded = call("upload", trained, odd).output, call("download", odd, other).output
    compared = call("verify", other, odd).output

    assert "\x07" not in uploaded + downloaded + compared
    assert "a\\x07b" in uploaded
    assert "c\\x07d" in downloaded
    assert "c\\x07d" in compared


def test_a_lock_has_a_folder_before_anything_is_brought(call: Call, trained: Path, tmp_path: Path) -> None:
    run = call("download", trained, tmp_path / "model", "--to-lock", tmp_path / "nowhere" / "lock", fails=3)

    assert run.stderr.startswith("There is no folder ")
    assert not (tmp_path / "model").exists()


def test_a_change_says_what_it_means(call: Call, registered: mr_client.Registry) -> None:
    first, second = registered.versions("iris")

    def said(*arguments: str) -> str:
        return call(*arguments).stdout.strip()

    assert said("alias", "iris", "champion", "v1") == "Set: alias 'champion' of model 'iris' means version 'v1'."
    assert said("alias", "iris", "champion", "v2").endswith(" means version 'v2', no longer 'v1'.")
    assert said("alias", "iris").splitlines() == ["alias     version", "champion  v2"]
    assert said("alias", "iris", "champion", "--remove") == (
        "Removed: alias 'champion' of model 'iris'; version 'v2', which it meant, stays."
    )
    assert said("archive", "iris", "v1") == (
        f"Archived: version 'v1' of model 'iris' (id {first.id}, ARCHIVED): the model's name alone no longer means it; "
        "nothing was deleted, `mr-client restore` brings it back."
    )
    assert "its versions stay as they are" in said("archive", "iris")
    assert said("restore", "iris", "v1") == (
        f"Restored: version 'v1' of model 'iris' (id {first.id}, LIVE): it is in use again."
    )
    assert said("update", "iris", "v2", "--author", "ann") == (
        f"Updated: version 'v2' of model 'iris' (id {second.id}, LIVE)."
    )


def test_what_goes_beyond_the_words_of_the_library_is_a_bug_and_says_so(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mr_client.Registry, "models", lambda *_: 1 / 0)

    run = call("models", fails=1)

    assert run.stderr.startswith("Traceback")
    assert run.stderr.splitlines()[-1].startswith("Unexpected ZeroDivisionError: division by zero. This is a bug")


def test_an_interrupted_command_says_that_it_goes_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mr_client.Registry, "models", interrupted)

    assert call("models", fails=130).stderr == "Stopped: the same command again goes on where it was.\n"


def test_a_token_is_shown_to_the_registry_it_is_for_and_to_no_other(
    call: Call, tmp_path: Path, registry_url: str
) -> None:
    import mr_registry

    (tmp_path / "token").write_text("hunter2\n")
    with mr_registry.serve(token="hunter2") as guarded:
        theirs = {"MODEL_REGISTRY_BASE_URL": guarded, "MODEL_REGISTRY_TOKEN": "hunter2"}
        assert call("models", **theirs).stdout == ""
        assert call("models", "--registry", guarded, **theirs).stdout == ""
        assert call("models", "--registry", guarded, "--token-file", tmp_path / "token").stdout == ""
        refused = call(
            "models",
            "--registry",
            guarded,
            MODEL_REGISTRY_TOKEN="hunter2",
            MODEL_REGISTRY_BASE_URL=registry_url,
            fails=4,
        )
    assert "hunter2" not in refused.output


def test_patterns_choose_the_files(call: Call, trained: Path, tmp_path: Path) -> None:
    call("download", trained, tmp_path / "some", "--allow", "*.json")
    call("download", trained, tmp_path / "others", "--ignore", "*.json")

    assert [path.name for path in (tmp_path / "some").rglob("*.*")] == ["config.json"]
    assert [path.name for path in (tmp_path / "others").rglob("*.*")] == ["model.bin"]


def test_a_download_without_a_folder_is_there_offline(
    call: Call, registry: mr_client.Registry, trained: Path, tmp_path: Path
) -> None:
    registry.register("iris", "v1", uri=trained.as_uri())
    folder = call("download", "model-registry://iris/v1").stdout

    assert (Path(folder.strip()) / "model.bin").read_bytes() == b"trained"
    again = call("download", "model-registry://iris/v1", "--offline", "--registry", registry._settings.url)
    assert again.stdout == folder
    assert "Removed: 1 model, " in call("cache", "prune", "--everything").stdout
    assert call("cache", "list").stderr == "The cache is empty.\n"


def test_each_command_has_an_example_in_its_help() -> None:
    def helps(command: object, path: list[str]) -> list[tuple[list[str], str]]:
        pages = [(path, CliRunner().invoke(cli.main, [*path, "--help"]).output)]
        for name in getattr(command, "commands", {}):
            pages += helps(command.commands[name], [*path, name])  # type: ignore[attr-defined]
        return pages

    context = cli.main.make_context("mr-client", ["models"])
    pages = [
        page
        for name in cli.main.list_commands(context)
        for page in helps(cli.main.get_command(context, name), [name])
        if page[0] not in (["cache"], ["render"])
    ]

    assert len(pages) == 20
    for path, page in pages:
        assert f"\n    mr-client {' '.join(path)}" in page, path
        assert "..." not in page.partition("\n\n")[0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_completes_the_commands(shell: str) -> None:
    run = CliRunner().invoke(cli.main, [], prog_name="mr-client", env={"_MR_CLIENT_COMPLETE": f"{shell}_source"})

    assert "_MR_CLIENT_COMPLETE" in run.output


@pytest.mark.parametrize("error", [mr_client.errors.TransferError, RuntimeError])
def test_an_error_steers_no_terminal_whoever_wrote_a_part_of_it(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        logging.getLogger("mr_client.asking").warning("see %s", HOSTILE)
        raise error(f"No {HOSTILE}.")

    monkeypatch.setattr(mr_client.Registry, "models", fail)
    said = call("models", fails=getattr(error, "exit_code", 1)).stderr

    assert "Warning: see ir" in said
    assert said.replace("\n", "").isprintable()
