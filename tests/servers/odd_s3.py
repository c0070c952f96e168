"""What stands in for S3 and is none: it sends on, it is sent on to, it is busy."""

from __future__ import annotations

from servers.threads import QuietHandler


class Elsewhere(QuietHandler):
    """Takes note of the headers that it is shown."""

    asked: list[dict[str, str]]

    def do_GET(self) -> None:
        self.asked.append({name.lower(): value for name, value in self.headers.items()})
        self.answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()


class SendsOn(QuietHandler):
    """Sends everything on."""

    target: str
    status: int

    def do_GET(self) -> None:
        self.answer(self.status, b"", Location=f"{self.target}{self.path}")

    def do_HEAD(self) -> None:
        self.do_GET()


class Busy(QuietHandler):
    """Is busy once."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.answer(503 if len(self.asked) == 1 else 404)

    def do_HEAD(self) -> None:
        self.do_GET()
