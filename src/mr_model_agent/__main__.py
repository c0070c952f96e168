"""``mr-model-agent``: argv and environment → the agent → exit code."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import click

import mr_client
from mr_client.errors import MRClientError
from mr_client.logs import ending, logging_to, step
from mr_client.pod import PodSettings
from mr_client.reports.resolution import error_line
from mr_model_agent.go_flags import FLAGS, SWITCHES, check_go_flags

logger = logging.getLogger(__name__)

_PORT = click.IntRange(0, 65535)
_SECONDS = click.FloatRange(0, min_open=True)


def run() -> NoReturn:
    """Run ``main`` as a whole process: the program's entry."""
    _heed_sigterm()
    main()
    raise AssertionError("click ends the process")


def _go_flags(command: Any) -> Any:
    """Add the flags of the Go agent that are only taken, out of sight."""
    for name in FLAGS:
        command = click.option(f"--{name}", hidden=True)(command)
    for name in SWITCHES:
        command = click.option(f"--{name}", is_flag=False, flag_value="true", hidden=True)(command)
    return command


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--config-dir", type=click.Path(path_type=Path), default="/mnt/configs", help="Folder of models.json.")
@click.option(
    "--model-dir",
    type=click.Path(path_type=Path),
    default="/mnt/models",
    help="Folder that the server reads models from.",
)
@click.option("--server-url", help="The model server.  [default: http://localhost:COMPONENT-PORT]", show_default=False)
@click.option("--component-port", type=click.IntRange(1, 65535), default=8080, help="Port of the model server.")
@click.option("--port", type=_PORT, default=9081, help="Port that hands requests on to the server; 0 takes a free one.")
@click.option(
    "--admin-port", type=_PORT, default=9092, help="Port of /metrics, /readyz and /livez; 0 takes a free one."
)
@click.option("--parallel", type=click.IntRange(1, 64), default=2, help="Models to work at at once.")
@click.option("--longest-wait", type=_SECONDS, default=60.0, help="Seconds between two tries, at most.")
@click.option("--load-timeout", type=_SECONDS, default=600.0, help="Seconds that the server may take to load a model.")
@click.option("--interval", type=_SECONDS, default=2.0, help="Seconds after which models.json is looked at unasked.")
@click.option(
    "--check-interval", type=_SECONDS, default=10.0, help="Seconds after which the server is asked what it still has."
)
@click.option("--enable-puller", type=bool, is_flag=False, flag_value="true", default=True, hidden=True)
@_go_flags
@click.version_option(mr_client.__version__, prog_name="mr-model-agent")
def main(
    config_dir: Path,
    model_dir: Path,
    server_url: str | None,
    component_port: int,
    port: int,
    admin_port: int,
    parallel: int,
    longest_wait: float,
    load_timeout: float,
    interval: float,
    check_interval: float,
    enable_puller: bool,
    **go_flags: str | None,
) -> None:
    """Bring the models that CONFIG-DIR/models.json names to MODEL-DIR, and have a V2 server load them.

    The registry and the credentials come from the environment, as KServe sets it. The flags of KServe's Go agent are
    taken, too; those of its logger and batcher change nothing, or are refused where they ask for either.

    \b
    Exit codes: 0 after SIGTERM, 1 unexpected, 2 usage, 4 a folder that may not be written, 5 another fault.

    \b
    Example:
      mr-model-agent --config-dir /mnt/configs --model-dir /mnt/models
    """
    settings = PodSettings()
    try:
        settings = PodSettings.from_env(os.environ)
        ignored = check_go_flags(
            {name.replace("_", "-"): value for name, value in go_flags.items()}, puller=enable_puller
        )
        # Here, since it needs the extra [agent].
        from mr_model_agent.run import AgentSettings, run_agent

        chosen = AgentSettings(
            config_dir=config_dir,
            model_dir=model_dir,
            server_url=server_url or f"http://localhost:{component_port}",
            port=port,
            admin_port=admin_port,
            parallel=parallel,
            interval=interval,
            check_interval=check_interval,
            longest=longest_wait,
            load_timeout=load_timeout,
        )
        with logging_to(sys.stderr, settings.log_format, settings.log_level):
            if ignored:
                logger.info(
                    "%s of the Go agent mean nothing here", ", ".join(ignored), extra=step("ignored", flags=ignored)
                )
            run_agent(chosen, environ=os.environ, stop=threading.Event())
    except MRClientError as error:
        _fail(error_line(error), error.exit_code, settings)
    except ModuleNotFoundError as error:
        if error.name not in ("prometheus_client", "watchfiles"):
            raise
        _fail(f"mr-model-agent needs {error.name}: pip install 'mr-client[agent]'.", 2, settings)


def _fail(sentence: str, code: int, settings: PodSettings) -> NoReturn:
    click.echo(ending(settings.log_format, sentence, level="error", step="failed", exit_code=code), err=True)
    sys.exit(code)


def _heed_sigterm() -> None:
    """Leave at once when told to: what is unfinished has no name yet, and the next run goes on with it."""

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        os._exit(0)

    # Blocked in this thread and those it begins, so that the one that waits for it has it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=wait, name="mr-sigterm", daemon=True).start()


if __name__ == "__main__":
    run()
