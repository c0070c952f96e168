"""README's tables, made of what the code declares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from mr_client import cache_settings, confidential, pod, settings
from mr_client.storage import (
    azure_access,
    copy_settings,
    credentials,
    gcs_access,
    hdfs_place,
    host_headers,
    hub_place,
    wanted,
)
from mr_client.variables import table

README = Path(__file__).parents[1] / "README.md"


def rendered(text: str) -> str:
    """Return README's text with the tables that the code gives."""
    of_copies = copy_settings.VARIABLES + wanted.VARIABLES + cache_settings.VARIABLES
    of_clouds = credentials.VARIABLES + gcs_access.VARIABLES + azure_access.VARIABLES
    of_others = host_headers.VARIABLES + hub_place.VARIABLES + hdfs_place.VARIABLES
    of_pods = pod.VARIABLES + confidential.VARIABLES
    rows = table(settings.VARIABLES + of_copies + of_clouds + of_others + of_pods)
    between = re.compile(r"(?<=<!-- variables -->\n).*?(?=<!-- /variables -->)", re.DOTALL)
    written, found = between.subn(lambda _: f"\n{rows}\n", text)
    assert found == 1, "README.md has no section <!-- variables --> … <!-- /variables -->"
    return written


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--check"]:
        sys.exit(None if rendered(text) == text else "README.md is not as the code has it: run scripts/tables")
    README.write_text(rendered(text), encoding="utf-8")
