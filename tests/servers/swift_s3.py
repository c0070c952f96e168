"""OpenStack Swift with its S3 API: ``python swift_s3.py FOLDER PROXY ACCOUNT CONTAINER OBJECT``.

A real S3 server that pip installs: it checks signatures, answers 206, 412 and 416, and pages its
listings. The four numbers are free ports on loopback. It needs Linux and a file system with
extended attributes. SIGTERM ends all of it.
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

# Loaded once, before the four processes part: it is most of what a start takes.
from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies
from swift.common.wsgi import run_wsgi
from swift.obj import server as object_server

ACCESS_KEY, SECRET_KEY = "test:tester", "testing"
KINDS = ("proxy", "account", "container", "object")

SWIFT = """\
[swift-hash]
swift_hash_path_prefix = demo
swift_hash_path_suffix = demo
[storage-policy:0]
name = one
default = yes
"""

STORAGE = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {conf}
devices = {disk}
mount_check = false
disable_fallocate = true
user = {user}
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {conf}
user = {user}
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy slo symlink proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers =
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
dns_compliant_bucket_names = true
check_bucket_owner = false
# Pages of a listing are small, so that a test sees several.
max_bucket_listing = 20
[filter:tempauth]
use = egg:swift#tempauth
user_{user_name} = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:symlink]
use = egg:swift#symlink
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""


def configure(folder: Path, ports: dict[str, int]) -> Path:
    """Write the configuration and three rings of one device each; return its folder."""
    conf, disk = folder / "conf", folder / "disk"
    conf.mkdir(parents=True)
    (disk / "d1").mkdir(parents=True)
    user = pwd.getpwuid(os.getuid()).pw_name
    (conf / "swift.conf").write_text(SWIFT)
    (conf / "proxy-server.conf").write_text(
        PROXY.format(
            port=ports["proxy"], conf=conf, user=user, user_name=ACCESS_KEY.replace(":", "_"), secret=SECRET_KEY
        )
    )
    for kind in KINDS[1:]:
        (conf / f"{kind}-server.conf").write_text(
            STORAGE.format(kind=kind, port=ports[kind], conf=conf, disk=disk, user=user)
        )
        ring = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
        ring.add_dev(
            {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": ports[kind], "device": "d1", "weight": 1.0, "meta": ""}
        )
        ring.rebalance()
        ring.get_ring().save(str(conf / f"{kind}.ring.gz"))
    return conf


def serve(kind: str, conf: Path) -> int:
    """Run one of the four servers until it ends."""
    utils.set_swift_dir(str(conf))
    reload_storage_policies()
    more = {"global_conf_callback": object_server.global_conf_callback} if kind == "object" else {}
    return int(run_wsgi(str(conf / f"{kind}-server.conf"), f"{kind}-server", **more) or 0)


def main() -> None:
    """Run the program."""
    folder = Path(sys.argv[1]).resolve()
    conf = configure(folder, dict(zip(KINDS, map(int, sys.argv[2:6]), strict=True)))
    children: list[int] = []
    for kind in KINDS:
        if (child := os.fork()) == 0:
            sys.exit(serve(kind, conf))
        children.append(child)

    def stop(number: int = 0, frame: FrameType | None = None) -> NoReturn:
        for child in children:
            try:
                os.kill(child, signal.SIGTERM)
            except ProcessLookupError:
                continue
        sys.exit(0 if number else 1)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    os.wait()  # one that ends by itself ends them all
    stop()


if __name__ == "__main__":
    main()
