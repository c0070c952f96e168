"""The agent as a whole: what is named is served, whatever goes wrong meanwhile."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

import mr_client
import mr_registry
from mr_client.errors import InvalidSettings, TransferError
from mr_client.storage.disk.files import writing
from mr_model_agent import agent as agents
from mr_model_agent import bringing
from mr_model_agent.folder import ModelFolder
from mr_model_agent.models_json import ModelSpec
from servers.agent_pod import Pod, until
from servers.config_map import entry
from servers.disks import small_disk
from servers.s3 import S3Server
from servers.web import WebServer


def test_what_is_named_is_brought_and_loaded(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent():
        pod.settled(a="1", b="2")
        until(lambda: pod.ready)

        assert pod.names() == {"a", "b"}
        assert pod.metric("mr_agent_models_loaded") == pod.metric("mr_agent_models_wanted") == 2


def test_a_model_is_added_while_others_stay_as_they_are(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        pod.config.models(a=pod.model("a"), b=pod.model("b", m="2"))
        pod.settled(a="1", b="2")

    assert pod.server.calls == [("load", "a"), ("load", "b")]


def test_a_changed_spec_is_brought_beside_and_then_loaded_again(pod: Pod) -> None:
    pod.config.models(a=pod.model("old", m="1", left="x"))
    with pod.agent():
        pod.settled(a="1")
        pod.config.models(a=pod.model("new", m="2"))
        pod.settled(a="2")
        until(lambda: pod.metric("mr_agent_models_loaded") == 1)

    assert pod.server.calls == [("load", "a"), ("load", "a")]
    assert all(pod.server.there), "the server could read the model all the time"
    assert set(pod.server.loaded["a"]) == {"m"}


def test_what_is_taken_away_is_unloaded_first_and_then_deleted(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent():
        pod.settled(a="1", b="2")
        pod.config.models(b=pod.model("b"))
        until(lambda: pod.names() == {"b"})

    assert pod.server.calls[-1] == ("unload", "a")
    assert pod.server.there[-1], "its files were there until it was unloaded"
    assert pod.loaded() == {"b": "2"}


def test_a_model_that_cannot_be_unloaded_keeps_its_files_until_it_is(pod: Pod) -> None:
    pod.server.statuses["unload", "a"] = [500, 500]
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        pod.config.models()
        until(lambda: not pod.names())

    assert pod.server.calls == [("load", "a"), *[("unload", "a")] * 3]
    assert pod.server.there[1:] == [True, True, True]


def test_a_model_whose_change_was_never_loaded_is_unloaded_too_before_it_goes(pod: Pod) -> None:
    pod.config.models(a=pod.model("old", m="1"))
    with pod.agent():
        until(lambda: pod.metric("mr_agent_models_loaded") == 1)
        pod.server.statuses["load", "a"] = [500] * 10_000
        pod.config.models(a=pod.model("new", m="2"))
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_refused",step="load"}') >= 1)
        pod.config.models()
        until(lambda: not pod.names())

    assert pod.loaded() == {}, "the former one was loaded all the time"
    assert pod.server.calls[-1] == ("unload", "a")


def test_a_models_json_that_stays_as_it_is_is_followed_once(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mr_model_agent")
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(interval=0.01):
        pod.settled(a="1")
        pod.config.text((pod.config.folder / "models.json").read_text())
        pod.config.models(b=pod.model("b", m="2"))
        pod.settled(b="2")

    assert caplog.text.count("1 models are wanted") == 2


def test_one_model_that_fails_holds_up_no_other_and_is_tried_until_it_is_there(
    pod: Pod, caplog: pytest.LogCaptureFixture
) -> None:
    pod.config.models(**{f"bad{n}": f"file://{pod.files}/late" for n in range(4)}, a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        until(lambda: pod.ready)
        until(lambda: pod.metric('mr_agent_failures_total{fault="not_found",step="bring"}') > 8)
        assert pod.metric('mr_agent_model_failing{model="bad0"}') > 0
        pod.model("late", m="2")
        pod.settled(a="1", **{f"bad{n}": "2" for n in range(4)})
        until(lambda: pod.metric('mr_agent_model_failing{model="bad0"}') == 0)

    assert "bad0: cannot bring from file://" in caplog.text


def test_another_wish_is_not_kept_waiting_for_what_failed_before(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    pod.config.models(a=f"file://{pod.files}/lost")
    with pod.agent():
        until(lambda: pod.metric('mr_agent_model_failing{model="a"}') >= 3)
        pod.config.models(a=f"file://{pod.files}/other")
        until(lambda: "/other, tried again" in caplog.text)

    first = next(record for record in caplog.records if "/other, tried again" in record.getMessage())
    assert getattr(first, "step")["failures"] == 1  # noqa: B009 - which no type checker knows


def test_steps_are_done_in_order_for_a_model_and_the_last_wish_counts(pod: Pod) -> None:
    pod.server.held["a"] = threading.Event()
    pod.config.models(a=pod.model("1", m="1"), b=pod.model("b", m="b"))
    with pod.agent():
        pod.settled(b="b")
        for number in ("2", "3", "4"):
            pod.config.models(a=pod.model(number, m=number), b=pod.model("b"), **{f"seen{number}": pod.model("b")})
            pod.server.wait_for("load", f"seen{number}")
        pod.server.held["a"].set()
        until(lambda: pod.loaded().get("a") == "4")

    assert pod.server.calls.count(("load", "a")) == 2, "what nobody wants any more is not brought"


def test_models_are_worked_at_at_once_as_many_as_is_said(pod: Pod) -> None:
    hold = threading.Event()
    pod.server.held.update(a=hold, b=hold)
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"), c=pod.model("c", m="3"))
    with pod.agent(parallel=3):
        pod.settled(c="3")
        hold.set()
        pod.settled(a="1", b="2", c="3")


# -- a server that fails ----------------------------------------------------------------------


def test_a_server_that_answers_500_is_told_again(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    pod.server.statuses["load", "a"] = [500, 503]
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        assert pod.metric('mr_agent_failures_total{fault="server_refused",step="load"}') == 2
        assert pod.metric('mr_agent_step_seconds_count{step="bring"}') == 1, "its files are not brought again"

    assert (
        f"a: cannot load, tried again in 0.02 s: The server at {pod.server.url} answers 500 to load 'a'" in caplog.text
    )
    assert "'no such luck'" in caplog.text


def test_a_server_that_is_not_up_yet_is_waited_for_and_the_pod_is_not_ready(
    pod: Pod, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = "http://127.0.0.1:1"
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(server_url=nobody):
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_absent",step="load"}') >= 3)
        assert not pod.ready
    with pod.agent():
        pod.settled(a="1")
        until(lambda: pod.ready)

    assert caplog.text.count(f"The server at {nobody} does not answer") == 1, "once is enough"


def test_a_model_of_the_first_set_that_is_taken_away_is_not_waited_for(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(server_url="http://127.0.0.1:1"):
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_absent",step="load"}') >= 1)
        assert not pod.ready
        pod.config.models()
        until(lambda: pod.ready)


def test_a_server_that_is_not_up_is_asked_more_often_than_others_are(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_LONGEST_ABSENT", 0.01)
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(server_url="http://127.0.0.1:1", longest=60.0):
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_absent",step="load"}') >= 10)


def test_a_server_that_began_anew_is_told_again(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent(check_interval=0.01):
        until(lambda: pod.metric("mr_agent_models_loaded") == 2)
        with pod.server.told:
            pod.server.loaded.clear()
        pod.settled(a="1", b="2")
        assert pod.metric('mr_agent_step_seconds_count{step="bring"}') == 2


def test_a_model_that_the_server_takes_too_long_to_load_holds_up_no_other_and_is_told_again(
    pod: Pod, caplog: pytest.LogCaptureFixture
) -> None:
    pod.server.held["slow"] = threading.Event()
    pod.config.models(slow=pod.model("slow", m="1"), a=pod.model("a", m="2"))
    with pod.agent(load_timeout=0.2):
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_slow",step="load"}') >= 2)
        assert pod.loaded() == {"a": "2"}
        assert pod.ready, "the server is up: it is this model that it cannot load"
        pod.server.held["slow"].set()
        pod.settled(slow="1", a="2")

    assert "has not answered 'v2/repository/models/slow/load' in 0.2 s" in caplog.text


def test_what_was_not_ready_when_it_was_asked_for_is_unloaded_before_it_goes(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        until(lambda: pod.metric("mr_agent_models_loaded") == 1)
    pod.server.says_ready = False
    pod.server.statuses["load", "a"] = [500] * 10_000
    with pod.agent():
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_refused",step="load"}') >= 1)
        pod.config.models()
        until(lambda: not pod.names())

    assert pod.server.calls[-1] == ("unload", "a")
    assert pod.loaded() == {}


def test_what_is_loaded_and_not_ready_any_more_is_unloaded_before_it_goes(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(check_interval=0.01):
        until(lambda: pod.server.questions >= 2)
        pod.server.statuses["load", "a"] = [500] * 10_000
        pod.server.says_ready = False
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_refused",step="load"}') >= 1)
        pod.config.models()
        until(lambda: not pod.names())

    assert pod.server.calls[-1] == ("unload", "a")


def test_a_load_that_fails_is_counted_even_if_another_model_is_wanted_meanwhile(pod: Pod) -> None:
    pod.server.held["a"] = threading.Event()
    pod.server.statuses["load", "a"] = [500]
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent():
        pod.settled(b="2")
        pod.config.models(a=pod.model("new", m="3"), b=pod.model("b"), c=pod.model("c", m="4"))
        pod.settled(b="2", c="4")
        pod.server.held["a"].set()
        pod.settled(a="3", b="2", c="4")
        assert pod.metric('mr_agent_failures_total{fault="server_refused",step="load"}') == 1


def test_a_server_that_never_says_what_is_ready_is_not_told_again_and_again(pod: Pod) -> None:
    pod.server.says_ready = False
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(check_interval=0.01):
        until(lambda: pod.server.questions >= 5)

    assert pod.server.calls == [("load", "a")]


# -- after a restart --------------------------------------------------------------------------


def test_after_a_restart_nothing_is_brought_or_loaded_again(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
    (pod.files / "a" / "m").unlink()
    with pod.agent():
        until(lambda: pod.ready)
        assert pod.metric("mr_agent_models_loaded") == 1
        assert pod.metric('mr_agent_step_seconds_count{step="bring"}') == 0

    assert pod.server.calls == [("load", "a")]


def test_after_a_restart_a_server_that_began_anew_is_told_what_is_there(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
    pod.server.loaded.clear()
    with pod.agent():
        pod.settled(a="1")


def test_what_was_swapped_but_not_loaded_before_a_restart_is_loaded(pod: Pod) -> None:
    pod.config.models(a=pod.model("old", m="1"))
    with pod.agent():
        pod.settled(a="1")
        pod.server.statuses["load", "a"] = [500] * 10_000
        pod.config.models(a=pod.model("new", m="2"))
        until(lambda: pod.metric('mr_agent_failures_total{fault="server_refused",step="load"}') >= 1)
    assert pod.loaded() == {"a": "1"}
    pod.server.statuses.clear()
    with pod.agent():
        pod.settled(a="2")


def test_what_changed_and_what_went_during_a_restart_is_put_right(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent():
        pod.settled(a="1", b="2")
    pod.config.models(a=pod.model("new", m="3"))
    with pod.agent():
        pod.settled(a="3")
        until(lambda: pod.names() == {"a"})


def test_what_the_go_agent_has_brought_is_loaded_and_not_brought_again(pod: Pod) -> None:
    for name in ("a", "gone"):
        (pod.models / name).mkdir(parents=True)
        (pod.models / name / "m").write_text("from Go")
        spec = {"storageUri": f"s3://nowhere/{name}", "framework": "sklearn", "memory": "1Gi"}
        (pod.models / name / f"SUCCESS.{'0' * 64}").write_text(json.dumps(spec))
    (pod.models / "half").mkdir()
    (pod.models / "half" / "m").write_text("ha")
    pod.config.models(a="s3://nowhere/a", half=pod.model("half", m="whole"))
    with pod.agent():
        pod.settled(a="from Go", half="whole")
        until(lambda: pod.names() == {"a", "half"})


def test_what_is_loaded_stays_when_its_model_vanishes_from_the_registry(pod: Pod, registry_url: str) -> None:
    pod.environ["MODEL_REGISTRY_BASE_URL"] = registry_url
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=pod.model("iris", m="1"), model_format="sklearn")
    pod.config.models(a="model-registry://iris/v1")
    with pod.agent():
        pod.settled(a="1")
    with mr_registry.serve() as empty, pod.agent():
        pod.environ["MODEL_REGISTRY_BASE_URL"] = empty
        until(lambda: pod.ready)
        pod.config.models(a="model-registry://iris/v1", b=pod.model("b", m="2"))
        pod.settled(a="1", b="2")
        pod.config.models(a="model-registry://iris/v2", b=pod.model("b"))
        until(lambda: pod.metric('mr_agent_failures_total{fault="not_found",step="bring"}') >= 1)
        assert pod.loaded() == {"a": "1", "b": "2"}
        assert pod.names() == {"a", "b"}


# -- a models.json that is wrong --------------------------------------------------------------


@pytest.mark.parametrize("text", ['[{"modelName": "a", "mod', "no JSON at all", '{"a": 1}', "\x00"])
def test_a_models_json_that_cannot_be_read_changes_nothing_and_is_said_once(
    pod: Pod, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(interval=0.01):
        pod.settled(a="1")
        pod.config.text(text)
        until(lambda: pod.metric("mr_agent_config_problems_total") == 1)
        assert pod.loaded() == {"a": "1"}
        pod.config.models(b=pod.model("b", m="2"))
        pod.settled(b="2")

    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(said) == 1
    assert "what is there stays as it is" in said[0]


def test_bad_entries_keep_what_is_there_and_hold_up_no_other(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent():
        pod.settled(a="1", b="2")
        twice = [entry("a", pod.model("x", m="x")), entry("a", pod.model("y", m="y"))]
        bad = [entry("../../etc", "s3://m/x"), {"modelName": "b"}, *twice, entry("c", pod.model("c", m="3"))]
        pod.config.text(json.dumps(bad))
        pod.settled(a="1", b="2", c="3")
        assert pod.metric("mr_agent_config_problems_total") == 1
    with pod.agent():  # nor are they taken for gone after a restart
        until(lambda: pod.ready)
        assert pod.names() == {"a", "b", "c"}

    assert '"../../etc", which is no name' in caplog.text
    assert "'b', has no storageUri" in caplog.text
    assert "names the model 'a' 2 times" in caplog.text


def test_nothing_goes_while_nobody_has_said_what_is_wanted(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
    pod.config.text("half [")
    with pod.agent():
        until(lambda: pod.metric("mr_agent_config_problems_total") == 1)
        assert not pod.ready
    (pod.config.folder / "models.json").unlink()
    with pod.agent():
        until(lambda: pod.metric("mr_agent_config_problems_total") == 1)
        assert not pod.ready

    assert pod.server.calls == [("load", "a")]
    assert pod.names() == {"a"}


def test_a_config_map_that_is_deleted_takes_no_model_away_and_is_followed_when_it_is_there_again(
    pod: Pod, caplog: pytest.LogCaptureFixture
) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent(interval=0.05):
        pod.settled(a="1")
        shutil.rmtree(pod.config.folder)
        until(lambda: pod.metric("mr_agent_config_problems_total") == 1)
        pod.config.models(a=pod.model("a"), b=pod.model("b", m="2"))
        pod.settled(a="1", b="2")

    assert "models.json is not there: it is waited for, and what is there stays as it is" in caplog.text
    assert pod.server.calls == [("load", "a"), ("load", "b")]


def test_a_config_map_that_comes_late_is_seen(pod: Pod) -> None:
    pod.config.folder.rmdir()
    with pod.agent(interval=0.05):
        assert not pod.ready
        pod.config.models(a=pod.model("a", m="1"))
        pod.settled(a="1")


def test_no_model_at_all_is_a_first_set_that_is_there(pod: Pod) -> None:
    pod.config.models()
    with pod.agent():
        until(lambda: pod.ready)


# -- stores that fail, and stores that are there ----------------------------------------------


def test_a_full_disk_is_said_and_counted_and_others_go_on(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    with small_disk() as disk:
        pod.server.folder = disk
        pod.config.models(big=pod.model("big", m="1" * 2 * 1024**2), a=pod.model("a", m="1"))
        with pod.agent(model_dir=disk):
            pod.settled(a="1")
            until(lambda: pod.metric('mr_agent_failures_total{fault="disk_full",step="bring"}') >= 1)
            pod.config.models(a=pod.model("a"))
            until(lambda: pod.metric("mr_agent_models_wanted") == 1)
            pod.config.models(a=pod.model("a"), b=pod.model("b", m="2"))
            pod.settled(a="1", b="2")

    assert "big: cannot bring from file://" in caplog.text
    assert "are free" in caplog.text


def test_a_disk_too_full_to_note_what_is_loaded_is_no_reason_to_load_it_again(
    pod: Pod, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: ModelFolder, name: str, uri: str | None) -> None:
        if uri is not None:
            with writing(folder.path):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ModelFolder, "note_loaded", full)
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        until(lambda: pod.metric("mr_agent_models_loaded") == 1)
        pod.config.models(a=pod.model("a"), b=pod.model("b", m="2"))
        pod.settled(a="1", b="2")

    assert pod.server.calls == [("load", "a"), ("load", "b")]
    assert "a: loaded, and will be loaded once more after a restart" in caplog.text


def test_a_disk_without_room_for_a_change_keeps_the_former_one_served(pod: Pod) -> None:
    with small_disk() as disk:
        pod.server.folder = disk
        pod.config.models(a=pod.model("old", m="1" * 600 * 1024))
        with pod.agent(model_dir=disk):
            pod.server.wait_for("load", "a")
            pod.config.models(a=pod.model("new", m="2" * 600 * 1024))
            until(lambda: pod.metric('mr_agent_failures_total{fault="disk_full",step="bring"}') >= 2)
            assert (disk / "a" / "m").read_bytes()[:1] == b"1"
            pod.config.models(a=pod.model("small", m="3"))
            pod.settled(a="3")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_by_whatever_name_is_counted_as_such(number: int) -> None:
    with pytest.raises(TransferError) as raised, writing(Path("/mnt")):
        raise OSError(number, os.strerror(number))

    assert bringing.fault(raised.value) == "disk_full"


def test_models_come_from_the_registry_the_web_and_s3(
    pod: Pod, registry_url: str, web: WebServer, s3: S3Server
) -> None:
    bucket = f"agent-{os.urandom(6).hex()}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe(f"{bucket}/iris/m", b"s3")
    web.content["/m"] = b"web"
    pod.environ |= {"MODEL_REGISTRY_BASE_URL": registry_url, **s3.environ}
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"s3://{bucket}/iris")
    pod.config.models(registered="model-registry://iris", s3=f"s3://{bucket}/iris/m", web=f"{web.url}/m")
    with pod.agent():
        pod.settled(registered="s3", s3="s3", web="web")


def test_what_was_begun_of_a_source_that_has_become_another_is_not_mixed_with_it(pod: Pod, registry_url: str) -> None:
    uri = pod.model("a", m="1", other="x")
    pod.config.models(a=uri)
    folder = ModelFolder(pod.models)
    folder.prepare()
    begun = folder.incoming(ModelSpec("a", uri))
    begun.mkdir(parents=True)
    (begun / "of-an-older-version").touch()
    with pod.agent():
        pod.settled(a="1")

    assert set(pod.server.loaded["a"]) == {"m", "other"}


def test_a_bug_for_one_model_is_logged_with_its_trace_and_others_go_on(
    pod: Pod, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(uri: str, folder: Path, **others: object) -> object:
        if "odd" in uri:
            raise ZeroDivisionError("never thought of")
        return mr_client.flow.fetch(uri, folder, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(bringing, "fetch", fetch)
    pod.config.models(odd=pod.model("odd", m="1"), a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        until(lambda: pod.metric('mr_agent_failures_total{fault="unexpected",step="bring"}') >= 1)

    assert "ZeroDivisionError: never thought of" in caplog.text
    assert "Traceback" in caplog.text


def test_a_signature_in_a_uri_is_in_no_log_line(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    pod.config.models(a="http://127.0.0.1:1/m?X-Amz-Signature=secret", b=pod.model("b", m="1"))
    pod.environ["MR_ATTEMPTS"] = "1"
    with pod.agent():
        pod.settled(b="1")
        until(lambda: pod.metric('mr_agent_model_failing{model="a"}') >= 1)
        assert "secret" not in pod.get("/metrics")[1]

    assert "a: cannot bring from http://127.0.0.1:1/m" in caplog.text
    assert "secret" not in caplog.text


def test_a_variable_that_means_nothing_is_refused_before_anything_is_done(pod: Pod) -> None:
    pod.environ["MR_WORKERS"] = "many"

    with pytest.raises(InvalidSettings, match="MR_WORKERS"), pod.agent():
        pass
    assert not pod.models.exists()


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://h", "http://", "http://u:p@h", "http://h:x"])
def test_a_server_url_that_is_none_is_refused(pod: Pod, url: str) -> None:
    with pytest.raises(InvalidSettings, match="--server-url is no address"), pod.agent(server_url=url):
        pass


def test_a_port_that_is_taken_is_said(pod: Pod) -> None:
    with pod.agent():
        taken = pod.ports[0]
        with pytest.raises(TransferError, match=f"Port {taken}"), pod.agent(port=taken, model_dir=pod.files / "other"):
            pass


# -- two agents -------------------------------------------------------------------------------


def test_a_second_agent_waits_until_the_first_has_ended(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    other = Pod(pod.config, pod.models, pod.files, pod.server, pod.environ, pod.settings)
    first = pod.agent()
    first.__enter__()
    pod.settled(a="1")

    def end() -> None:
        until(lambda: f"another agent is at work in {pod.models}: waiting for it to end" in caplog.text)
        first.__exit__(None, None, None)

    ends = threading.Thread(target=end)
    ends.start()
    with other.agent():
        ends.join(30)
        until(lambda: other.ready)

    assert pod.server.calls == [("load", "a")]


def test_a_second_agent_that_waits_in_vain_says_so_and_touches_nothing(pod: Pod) -> None:
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")
        left = pod.models / ".mr-agent" / "outgoing" / "left"
        left.mkdir()
        with pytest.raises(TransferError, match="Another process has been at work"), pod.agent(patience=0.0):
            pass
        assert left.exists()


def test_a_folder_that_knows_no_locks_is_worked_in_all_the_same(
    pod: Pod, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    pod.config.models(a=pod.model("a", m="1"))
    with pod.agent():
        pod.settled(a="1")

    assert f"{pod.models} knows no locks" in caplog.text
