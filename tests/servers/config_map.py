"""A ConfigMap's volume, changed as the kubelet changes it: a new folder, and a link put in place by a rename."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class ConfigMap:
    """A volume with ``models.json`` in it, or none yet."""

    folder: Path
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def models(self, **uris: str) -> None:
        """Name these models, and no others."""
        self.text(json.dumps([entry(name, uri) for name, uri in uris.items()]))

    def text(self, content: str) -> None:
        """Have ``models.json`` hold this."""
        version = self.folder / f"..2026_{next(self._numbers)}"
        version.mkdir(parents=True)
        (version / "models.json").write_text(content)
        (self.folder / "..data_tmp").symlink_to(version.name)
        (self.folder / "..data_tmp").rename(self.folder / "..data")
        if not (self.folder / "models.json").is_symlink():
            (self.folder / "models.json").symlink_to("..data/models.json")


def entry(name: str, uri: str) -> dict[str, object]:
    """Return an entry as KServe writes it."""
    return {"modelName": name, "modelSpec": {"storageUri": uri, "framework": "sklearn", "memory": "1Gi"}}
