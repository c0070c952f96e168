"""Which flags of KServe's Go agent mean something here?

They are those of kserve/kserve, ``cmd/agent/main.go``; KServe's webhook passes them to whatever image it is told
to run as the agent.
"""

from __future__ import annotations

from collections.abc import Mapping

from mr_client.errors import UsageError

__all__ = ["FLAGS", "SWITCHES", "check_go_flags"]

_LOGGER = (
    *("log-url", "workers", "source-uri", "log-mode", "log-store-path", "log-store-format", "log-marshaller-url"),
    *("log-marshaller-port", "log-batch-size", "log-batch-interval", "inference-service", "namespace", "endpoint"),
    *("component", "metadata-headers", "metadata-annotations", "logger-ca-cert-file"),
)
FLAGS = (*_LOGGER, "max-batchsize", "max-latency", "probe-period")
"""Taken with a value."""
SWITCHES = ("enable-batcher", "logger-tls-skip-verify")
"""Taken with a value after ``=``, or with none."""


def check_go_flags(given: Mapping[str, str | None], *, puller: bool) -> tuple[str, ...]:
    """Return the flags that were given and change nothing here, as they are written.

    Args:
        given: the value of each flag of ``FLAGS`` and ``SWITCHES``; None for one that was not given.
        puller: what ``--enable-puller`` says.

    Raises:
        UsageError: what is asked for would not be done: nobody would miss it before it is needed.
    """
    if not puller:
        raise UsageError(
            "--enable-puller=false leaves this program nothing to do: take the flag away, or the container out of the pod."
        )
    if given.get("log-url"):
        raise UsageError(
            "--log-url asks for requests to be logged, which this program does not do: use KServe's own agent for it, or "
            "take the logger out of the InferenceService."
        )
    if (given.get("enable-batcher") or "false").lower() not in ("false", "f", "0"):
        raise UsageError(
            "--enable-batcher asks for requests to be put together, which this program does not do: use KServe's own agent "
            "for it, or take the batcher out of the InferenceService."
        )
    return tuple(f"--{name}" for name in (*FLAGS, *SWITCHES) if given.get(name) is not None)
