"""``hf://``: models of the Hugging Face hub, against a stub that the hub's own library takes for one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from mr_client.errors import FilesNotFound, InvalidSettings, InvalidURI, MRClientError, NotAllowed, VerificationFailed
from mr_client.flow import fetch, preview
from mr_client.receipt import Receipt
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from servers.hub import Hub, hub_server

RANGES = CopySettings(range_size=1024 * 1024, checkpoint=256 * 1024)
FILES = {
    "config.json": b"{}",
    "model.bin": os.urandom(2_500_000),
    "onnx/model.bin": os.urandom(1000),
    "onnx/a b#?.json": b"1",
    "onnx2/model.bin": b"other",
    "empty": b"",
}


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_server() as hub:
        hub.commit("main", FILES)
        yield hub


def bring(hub: Hub, uri: str, target: Path, **environ: str) -> Receipt:
    return fetch(uri, target, environ={"HF_ENDPOINT": hub.url, **environ}, copy=RANGES)


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_model_arrives_over_several_pages_and_its_large_files_are_checked(hub: Hub, target: Path) -> None:
    receipt = bring(hub, "hf://acme/iris", target)

    assert found(target) == FILES
    assert sum("/tree/" in path for _, path, _ in hub.asked) == 3
    assert receipt.files == len(FILES)


def test_the_stub_is_a_hub_to_the_hubs_own_library(hub: Hub) -> None:
    api = HfApi(endpoint=hub.url, token=False)

    listed = {
        each.path: each.size
        for each in api.list_repo_tree("acme/iris", recursive=True, revision=hub.commits["main"])
        if hasattr(each, "size")
    }

    assert listed == {name: len(body) for name, body in FILES.items()}
    assert api.repo_info("acme/iris", revision="main").sha == hub.commits["main"]


@pytest.mark.parametrize("spelling", ["hf://acme/iris:v1", "hf://acme/iris@v1"])
def test_a_revision_is_spelled_as_kserve_does_and_as_the_hub_does(hub: Hub, target: Path, spelling: str) -> None:
    commit = hub.commit("v1", {"old": b"old"})

    receipt = bring(hub, spelling, target)

    assert found(target) == {"old": b"old"}
    assert (receipt.requested, receipt.source) == (spelling, f"hf://acme/iris@{commit}")


def test_a_branch_with_a_slash_is_one_revision(hub: Hub, target: Path) -> None:
    hub.commit("refs/pr/1", {"a": b"pr"})
    hub.commit("dev/b", {"a": b"dev"})

    bring(hub, "hf://acme/iris@refs/pr/1", target / "pr")
    bring(hub, "hf://acme/iris@dev%2Fb", target / "dev")

    assert found(target) == {"pr/a": b"pr", "dev/a": b"dev"}


def test_a_folder_does_not_match_its_neighbour_and_a_file_comes_alone(hub: Hub, target: Path) -> None:
    bring(hub, "hf://acme/iris/onnx", target / "folder")
    bring(hub, "hf://acme/iris@main/onnx/model.bin", target / "file")

    assert set(found(target / "folder")) == {"model.bin", "a b#?.json"}
    assert found(target / "file") == {"model.bin": FILES["onnx/model.bin"]}


def test_all_of_it_is_of_the_commit_that_was_listed(hub: Hub, target: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    commit = hub.commits["main"]

    bring(hub, "hf://acme/iris", target)

    bytes_of = [path for _, path, _ in hub.asked if "/resolve/" in path]
    assert bytes_of
    assert all(f"/resolve/{commit}/" in path for path in bytes_of)
    assert f"hf://acme/iris is at commit {commit}" in caplog.text


def test_what_is_there_does_not_come_twice_and_what_changed_does(hub: Hub, target: Path) -> None:
    bring(hub, "hf://acme/iris", target)
    hub.commit("main", {**FILES, "config.json": b"[]"})

    again = bring(hub, "hf://acme/iris", target)

    assert again.fetched == 2
    assert (target / "config.json").read_bytes() == b"[]"


def test_the_token_is_shown_to_the_hub_and_not_to_its_cdn(hub: Hub, target: Path) -> None:
    hub.token = "hf_hunter2"

    bring(hub, "hf://acme/iris", target, HF_TOKEN="hf_hunter2")

    shown = {(server, headers.get("authorization")) for server, _, headers in hub.asked}
    assert shown == {("hub", "Bearer hf_hunter2"), ("cdn", None)}


def test_the_former_name_of_the_token_is_read_and_the_new_one_wins(hub: Hub) -> None:
    assert locate("hf://a/b", {"HUGGING_FACE_HUB_TOKEN": "old"}).options["token"] == "old"
    assert locate("hf://a/b", {"HF_TOKEN": "new", "HUGGING_FACE_HUB_TOKEN": "old"}).options["token"] == "new"


def test_what_kserve_always_injects_does_no_harm(hub: Hub, target: Path) -> None:
    always = {
        "HF_HUB_ENABLE_HF_TRANSFER": "1",
        "HF_XET_HIGH_PERFORMANCE": "1",
        "HF_XET_NUM_CONCURRENT_RANGE_GETS": "8",
    }

    assert bring(hub, "hf://acme/iris", target, **always).files == len(FILES)


def test_bytes_that_are_not_those_of_the_hub_are_refused(hub: Hub, target: Path) -> None:
    hub.corrupt = True

    with pytest.raises(VerificationFailed, match="SHA256"):
        bring(hub, "hf://acme/iris/model.bin", target)
    assert not (target / "model.bin").exists()


def test_a_hub_that_is_busy_is_asked_again(hub: Hub, target: Path) -> None:
    hub.statuses = [429]

    assert bring(hub, "hf://acme/iris/empty", target).files == 1


@pytest.mark.parametrize(
    ("uri", "needs", "environ", "kind", "says"),
    [
        ("hf://acme/rose", None, {}, FilesNotFound, "No model 'acme/rose' .* check the name, and set HF_TOKEN"),
        ("hf://acme/rose", None, {"HF_TOKEN": "x"}, FilesNotFound, "check that the token of HF_TOKEN may read it"),
        ("hf://acme/iris@v9", None, {}, FilesNotFound, "has no revision 'v9' .* name a branch, a tag or a commit"),
        ("hf://acme/iris/no/such", None, {}, FilesNotFound, "No file is at 'hf://acme/iris@[0-9a-f]{40}/no/such'"),
        ("hf://acme/iris", "secret", {}, FilesNotFound, "set HF_TOKEN if it is private"),
        ("hf://acme/iris", "secret", {"HF_TOKEN": "hunter2"}, NotAllowed, "HF_TOKEN is no good there: make a new"),
        ("hf://acme/iris", None, {"HF_HUB_OFFLINE": "1"}, InvalidSettings, "unset it, or give a folder"),
        ("hf://acme/iris", None, {"HF_ENDPOINT": "hunter2"}, InvalidSettings, "HF_ENDPOINT is no address"),
        ("hf://acme/iris", None, {"HF_ENDPOINT": "http://169.254.169.254"}, NotAllowed, "never asked"),
        ("hf://iris", None, {}, InvalidURI, "names no model of the hub: write hf://OWNER/MODEL"),
        ("hf://datasets/iris", None, {}, InvalidURI, "names no model of the hub"),
        ("hf://acme/iris@", None, {}, InvalidURI, "names no model of the hub"),
    ],
)
def test_what_cannot_be_had_says_what_to_do(
    hub: Hub,
    target: Path,
    uri: str,
    needs: str | None,
    environ: dict[str, str],
    kind: type[MRClientError],
    says: str,
) -> None:
    hub.token = needs

    with pytest.raises(kind, match=says) as raised:
        bring(hub, uri, target, **environ)

    assert "hunter2" not in str(raised.value)
    assert not target.exists()


def test_a_gated_model_says_where_to_ask_for_access(hub: Hub, target: Path) -> None:
    hub.gated = True

    with pytest.raises(NotAllowed, match=rf"gated or private: ask for access at {hub.url}/acme/iris .* HF_TOKEN"):
        bring(hub, "hf://acme/iris", target)


def test_a_preview_names_the_commit(hub: Hub, target: Path) -> None:
    seen = preview("hf://acme/iris", target, environ={"HF_ENDPOINT": hub.url})

    assert seen.source == f"hf://acme/iris@{hub.commits['main']}"
