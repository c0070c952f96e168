"""Names in a container of Swift that no object was written for: ``python swift_listing.py FOLDER CONTAINER < NAMES``.

Swift lists what its container's database says. Written there at once, a thousand names take a second; as objects, each of
them would be brought to the disk, which takes half a minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def listed_in_swift(folder: Path, container: str, names: list[str]) -> None:
    """Have the server whose data is in ``folder`` list ``names``, each empty."""
    # In a process of its own: Swift changes the process that it is imported into.
    command = [sys.executable, __file__, str(folder), container]
    subprocess.run(command, input=json.dumps(names), text=True, check=True)


def _main(folder: Path, container: str, names: list[str]) -> None:
    from swift.common.utils import Timestamp
    from swift.container.backend import ContainerBroker

    empty = "d41d8cd98f00b204e9800998ecf8427e"
    found = 0
    for file in folder.glob("*/disk/d1/containers/*/*/*/*.db"):
        broker = ContainerBroker(str(file))
        if broker.get_info()["container"] != container:
            continue
        found += 1
        now = Timestamp.now().internal
        broker.merge_items(
            [
                {
                    "name": name,
                    "created_at": now,
                    "size": 0,
                    "content_type": "application/octet-stream",
                    "etag": empty,
                    "deleted": 0,
                    "storage_policy_index": 0,
                    "ctype_timestamp": now,
                    "meta_timestamp": now,
                }
                for name in names
            ]
        )
    assert found == 1, f"{found} databases of {container!r} are in {str(folder)!r}"


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], json.load(sys.stdin))
