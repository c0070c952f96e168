"""Which variables do the programs read? Each module has rows for its own; the tables and the tests take them from here."""

from __future__ import annotations

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

__all__ = ["DECLARED"]

DECLARED = (
    settings.VARIABLES
    + copy_settings.VARIABLES
    + wanted.VARIABLES
    + cache_settings.VARIABLES
    + credentials.VARIABLES
    + gcs_access.VARIABLES
    + azure_access.VARIABLES
    + host_headers.VARIABLES
    + hub_place.VARIABLES
    + hdfs_place.VARIABLES
    + pod.VARIABLES
    + confidential.VARIABLES
)
