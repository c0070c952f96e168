"""How are files served as a read-only S3 store, at so little cost that the client is what is measured?

nginx answers GET, HEAD and ranges with sendfile. It checks no signature, and its listings are
files written beforehand: one for each folder of the bucket, all keys on one page.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import trustme

__all__ = ["BUCKET", "Endpoint", "free_port", "serving"]

BUCKET = "bench"

_CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {state}/nginx.pid;
error_log {state}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {state}/body;
    proxy_temp_path {state}/proxy;
    fastcgi_temp_path {state}/fastcgi;
    uwsgi_temp_path {state}/uwsgi;
    scgi_temp_path {state}/scgi;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    default_type application/octet-stream;
    map $arg_prefix $listing {{
        default /.state/nothing.xml;
{listings}
    }}
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {state}/server.pem;
        ssl_certificate_key {state}/server.pem;
        root {root};
        location ~ ^/{bucket}/?$ {{
            default_type application/xml;
            if ($request_method = HEAD) {{ return 200; }}
            rewrite ^ $listing break;
        }}
        location / {{ }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the store is."""

    port: int
    tls_port: int
    ca_file: Path
    """Certificate of the private authority that vouches for the TLS port."""

    @property
    def url(self) -> str:
        """Return the address without TLS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """Return the address with TLS."""
        return f"https://127.0.0.1:{self.tls_port}"


@contextmanager
def serving(root: Path) -> Iterator[Endpoint]:
    """Serve ``root/bench/FOLDER/…`` while the context lasts; the folders must be complete.

    Raises:
        SystemExit: nginx is not installed, or does not start.
    """
    # Debian keeps it where only root's PATH leads.
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise SystemExit(
            "nginx is missing, which serves the objects: apt-get install nginx-light, or brew install nginx."
        )
    state = root / ".state"
    state.mkdir(exist_ok=True)
    endpoint = Endpoint(free_port(), free_port(), state / "ca.pem")
    _certify(state, endpoint.ca_file)
    state.joinpath("nothing.xml").write_text(_listing("", []))
    lines = []
    for number, folder in enumerate(sorted(path for path in (root / BUCKET).iterdir() if path.is_dir())):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        state.joinpath(f"{number}.xml").write_text(_listing(f"{folder.name}/", files, root / BUCKET))
        lines.append(f'        "~^{re.escape(folder.name)}(/|%2F|$)" /.state/{number}.xml;')
    configuration = state / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
            state=state,
            root=root,
            bucket=BUCKET,
            port=endpoint.port,
            tls_port=endpoint.tls_port,
            listings="\n".join(lines),
        )
    )
    process = subprocess.Popen([nginx, "-p", state, "-c", configuration, "-e", state / "error.log"])
    try:
        _wait_for(endpoint.tls_port, process, state / "error.log")
        yield endpoint
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _certify(state: Path, ca_file: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(state / "server.pem"))


def _listing(prefix: str, files: list[Path], bucket: Path = Path()) -> str:
    """Return the answer to ListObjectsV2, with the ETags that nginx itself gives."""
    contents = []
    for path in files:
        told = path.stat()
        contents.append(
            f"<Contents><Key>{escape(path.relative_to(bucket).as_posix())}</Key>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{int(told.st_mtime):x}-{told.st_size:x}&quot;</ETag>"
            f"<Size>{told.st_size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(files)}</KeyCount>"
        f"<MaxKeys>100000</MaxKeys><IsTruncated>false</IsTruncated>{''.join(contents)}</ListBucketResult>"
    )


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(500):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"nginx does not start: {log.read_text()[-1000:] if log.exists() else 'it wrote no log.'}")
