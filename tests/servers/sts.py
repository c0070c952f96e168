"""A server that gives a role's credentials to whoever shows a token, as AWS's STS does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from servers.threads import QuietHandler, serving

ANSWER = b"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAOFTHEROLE</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>of-the-role</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


@dataclass
class STS:
    """Where it is, and what was asked."""

    endpoint: str = ""
    asked: list[str] = field(default_factory=list)


class _Handler(QuietHandler):
    sts: STS

    def do_POST(self) -> None:
        self.sts.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)


@contextmanager
def sts() -> Iterator[STS]:
    """Run a server."""
    server = STS()
    with serving(_Handler, sts=server) as server.endpoint:
        yield server
