"""Which variables do the programs read? Each module has rows for its own; the tables and the tests take them from here."""

from __future__ import annotations

from mr_client import confidential, pod, settings
from mr_client.cache import settings as cache_settings
from mr_client.storage import storage_config, wanted
from mr_client.storage.azure import access as azure_access
from mr_client.storage.copy import settings as copy_settings
from mr_client.storage.gcs import access as gcs_access
from mr_client.storage.hdfs import place as hdfs_place
from mr_client.storage.hub import place as hub_place
from mr_client.storage.network import proxies, trusted
from mr_client.storage.s3 import access as s3_access
from mr_client.storage.web import headers as host_headers

__all__ = ["DECLARED"]

DECLARED = (
    settings.VARIABLES
    + copy_settings.VARIABLES
    + wanted.VARIABLES
    + cache_settings.VARIABLES
    + storage_config.VARIABLES
    + s3_access.VARIABLES
    + proxies.VARIABLES
    + trusted.VARIABLES
    + gcs_access.VARIABLES
    + azure_access.VARIABLES
    + host_headers.VARIABLES
    + hub_place.VARIABLES
    + hdfs_place.VARIABLES
    + pod.VARIABLES
    + confidential.VARIABLES
)
