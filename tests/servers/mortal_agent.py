"""An agent that is killed before a change of the disk that a test names, as often as a test likes.

Run as a program it has loaded all that an agent needs, and forks one for each line it reads: after how many changes
below the folder of models it is to be killed; -1 for never.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mr_client.flow import fetch
from mr_model_agent.run import AgentSettings, run_agent
from servers.agent_pod import until

_CHANGES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod"})


@dataclass
class MortalAgent:
    """Starts agents, one after the other."""

    process: subprocess.Popen[str]

    def run(self, changes: int, settled: Callable[[], bool]) -> bool:
        """Run one until it is killed, or all is as it should be: then it is killed, too. Return whether it came so far."""
        answers = self.process.stdout
        assert self.process.stdin is not None
        assert answers is not None
        self.process.stdin.write(f"{changes}\n")
        self.process.stdin.flush()
        number, done = int(answers.readline()), False

        def over() -> bool:
            nonlocal done
            done = settled()
            return done or bool(select.select([answers], [], [], 0)[0])

        try:
            until(over)
        finally:
            if not select.select([answers], [], [], 0)[0]:
                os.kill(number, signal.SIGKILL)
        assert answers.readline().strip() == str(-signal.SIGKILL)
        return done


@contextmanager
def mortal_agent(config_dir: Path, model_dir: Path, server_url: str) -> Iterator[MortalAgent]:
    """Be able to start agents meanwhile."""
    with subprocess.Popen(
        [sys.executable, __file__, config_dir, model_dir, server_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as process:
        yield MortalAgent(process)
        process.stdin.close()  # type: ignore[union-attr]


def _live(config_dir: str, model_dir: str, server_url: str, changes: int) -> None:
    left, lock = [changes], threading.Lock()

    def before(event: str, arguments: tuple[object, ...]) -> None:
        path = arguments[0] if arguments else None
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
                return
        elif event not in _CHANGES:
            return
        if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(model_dir):
            with lock:
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1

    sys.addaudithook(before)
    settings = AgentSettings(
        Path(config_dir), Path(model_dir), server_url, port=0, admin_port=0, parallel=1, longest=0.05
    )
    run_agent(settings, environ={"MR_SYNC": "false"}, stop=threading.Event())


def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:  # so that all is loaded that is loaded when it is needed
        fetch(f"file://{__file__}", Path(folder), environ={})
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            try:
                _live(sys.argv[1], sys.argv[2], sys.argv[3], int(line))
            finally:
                os._exit(1)
        print(number, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    _main()
