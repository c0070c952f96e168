"""Killed before any change that it makes to the disk, the agent loses nothing, and the next one puts all right."""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path

import pytest

from servers.agent_pod import Pod
from servers.mortal_agent import mortal_agent


def marked(folder: Path) -> bool:
    """Return whether all of a model is there, as its mark says, which is the last to be written."""
    return any(path.stat().st_size for path in folder.glob("SUCCESS.*"))


def state(pod: Pod) -> dict[str, list[str]]:
    """Return what the agent has on disk of its own, and which models."""
    own = pod.models / ".mr-agent"
    found = {each: sorted(path.name for path in (own / each).glob("*")) for each in ("incoming", "outgoing", "loaded")}
    return {**found, "models": sorted(path.name for path in pod.models.glob("[!.]*"))}


@pytest.mark.skipif(sys.platform != "linux", reason="forks, which other systems' libraries do not take well")
def test_wherever_it_is_killed_nothing_is_lost_or_left_over(pod: Pod, tmp_path: Path) -> None:
    """One model is changed, one taken away, and one added, by an agent that is killed before its n-th change."""
    before, pristine = tmp_path / "before", tmp_path / "pristine"
    pod.model("old", m="1"), pod.model("gone", m="2")
    with mortal_agent(pod.config.folder, pod.models, pod.server.url) as agents:
        pod.config.models(a=pod.model("old"), b=pod.model("gone"))
        first = {"incoming": [], "outgoing": [], "loaded": ["a", "b"], "models": ["a", "b"]}
        assert agents.run(-1, lambda: state(pod) == first and pod.loaded() == {"a": "1", "b": "2"})
        shutil.copytree(pod.models, before)
        loaded = dict(pod.server.loaded)
        pod.model("new", m="3", n="3"), pod.model("added", m="4")
        shutil.copytree(pod.files, pristine)
        pod.config.models(a=pod.model("new"), c=pod.model("added"))
        last = {"incoming": [], "outgoing": [], "loaded": ["a", "c"], "models": ["a", "c"]}

        def settled() -> bool:
            return state(pod) == last and pod.loaded() == {"a": "3", "c": "4"}

        for number in itertools.count():
            shutil.rmtree(pod.models)
            shutil.copytree(before, pod.models)
            shutil.rmtree(pod.files)
            shutil.copytree(pristine, pod.files)
            pod.server.loaded, pod.server.calls, pod.server.there = dict(loaded), [], []
            if agents.run(number, settled):
                break
            for name in pod.names():
                assert marked(pod.models / name), f"killed before change {number}, {name} is half there"
            for name, source in (("a", "new"), ("c", "added")):
                if any(marked(each) for each in (pod.models / ".mr-agent" / "incoming" / name).glob("*")):
                    shutil.rmtree(pod.files / source)  # what was fetched whole is not asked for again
            assert agents.run(-1, settled), f"killed before change {number}"
            assert all(pod.server.there), f"killed before change {number}, files went before the server let go of them"
            assert all(pod.server.calls.count(each) <= 2 for each in pod.server.calls), pod.server.calls

    assert number > 20, "it was killed at all these points"
