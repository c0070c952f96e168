"""A pod of one container, as hard as a cluster makes them: an image's root file system that nobody writes."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DESTINATION = "/mnt/models"
"""Where KServe mounts what is to be filled."""
SECRETS = "/var/secrets"
"""Where a pod's tokens and certificates are."""

# In a mount namespace of its own, which ends with it. A runtime, too, makes the folders that it mounts upon.
_ENTER = """
cd "$1"
mkdir -p ".$3" ".$5"
mount --bind . .
cd "$1" # what is mounted there now
mount --rbind /dev dev
mount -t proc proc proc
mount --bind "$2" ".$3"
mount --bind "$4" ".$5"
mount -o remount,ro,bind ".$5"
mount -o remount,ro,bind .
uid=$6
shift 6
exec chroot --userspec="$uid:0" --groups= . "$@"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """An image that ``scripts/build image --try`` has built and unpacked."""

    root: Path
    oci: Path
    """Its OCI layout, as a registry would have it."""

    @property
    def manifest(self) -> Any:
        """Which layers it has."""
        [entry] = json.loads((self.oci / "index.json").read_bytes())["manifests"]
        return json.loads(self.blob(entry["digest"]).read_bytes())

    @property
    def described(self) -> Any:
        """Its config, and how it came to be."""
        return json.loads(self.blob(self.manifest["config"]["digest"]).read_bytes())

    def blob(self, digest: str) -> Path:
        """Return the file that has this digest."""
        return self.oci.joinpath("blobs", *digest.split(":"))

    def run(
        self, arguments: list[str], pod: Path, environ: Mapping[str, str], *, command: list[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it as a pod does: a uid that no one has, group 0, no HOME, nothing to write but the destination.

        Args:
            arguments: of the entry point.
            pod: a folder. In it, ``models`` becomes ``DESTINATION``, ``secrets`` becomes ``SECRETS``.
            environ: what the pod has beside the image's own environment.
            command: instead of the entry point.
        """
        config = self.described["config"]
        for name in ("models", "secrets"):
            (pod / name).mkdir(parents=True, exist_ok=True)
        (pod / "models").chmod(0o777)  # as an emptyDir
        uid = str(random.randint(100_000, 2_000_000_000))
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", _ENTER, "sh", str(self.root)]
        mounts = [str(pod / "models"), DESTINATION, str(pod / "secrets"), SECRETS]
        return subprocess.run(
            [*enter, *mounts, uid, *(command or config["Entrypoint"]), *arguments],
            env={**dict(each.split("=", 1) for each in config["Env"]), **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def image_at_hand() -> Image | None:
    """Return the image that ``scripts/build image --try`` has just built; None where it has not."""
    folder = os.environ.get("MR_IMAGE")
    return Image((Path(folder) / "root").resolve(), Path(folder) / "oci") if folder else None
