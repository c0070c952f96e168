"""Which cases there are, for which protocols, and where one makes no sense: the table's rows, columns and reasons."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CASES", "COLUMNS", "MAKES_NO_SENSE"]

CASES: Mapping[str, str] = {
    "many": "1,001 files are listed",
    "one": "one file comes alone",
    "nested": "folders in folders arrive as they are",
    "odd": "names with space, `%`, `+`, `#`, `?`, quotes, Unicode",
    "empty": "an empty file is a file",
    "wrong": "wrong credentials are told, and not shown",
    "nobody": "no credentials: what to set is said",
    "bucket": "a bucket that is not there is named",
    "key": "a file that is not there is named",
    "neighbour": "a neighbour with the same beginning is left",
    "broken": "an answer that breaks off goes on where it was",
    "rest": "after an interrupted run only the rest is carried",
    "authority": "TLS: a private authority is trusted where it is named, and nowhere else",
    "damaged": "bytes damaged on the way are found out by the store's digest",
}
"""By the name of the test: ``test_NAME``."""

COLUMNS: Mapping[str, str] = {
    "s3": "`s3://`",
    "gs": "`gs://`",
    "az": "`az://`",
    "abfs": "`abfss://`",
    "https": "`https://`",
    "hf": "`hf://`",
    "webhdfs": "`webhdfs://`",
    "file": "`file://`",
    "pvc": "`/mnt/pvc/…`",
}
"""By the name in ``places.py``."""

_ONE_FILE = "An address on the web is that of one file: a web server lists no folders."
_NO_BUCKETS = "There are no buckets: what is missing is a path."
_MOUNTED = "A folder that is mounted is read without credentials of its own."
_NO_CONNECTION = "A folder that is mounted has no connection that could break off or speak TLS."
_NOT_PINNED = (
    "Nothing pins a file of a mounted folder: what an interrupted run left of one may be of another content, "
    "so that it is begun again; files that are complete are kept."
)
_NO_DIGEST = "The store vouches for no digest of the content that could be compared: the size is checked."

MAKES_NO_SENSE: Mapping[tuple[str, str], str] = {
    **{(case, "https"): _ONE_FILE for case in ("many", "nested", "neighbour")},
    **{("bucket", name): _NO_BUCKETS for name in ("https", "webhdfs", "file", "pvc")},
    **{(case, name): _MOUNTED for case in ("wrong", "nobody") for name in ("file", "pvc")},
    **{(case, name): _NO_CONNECTION for case in ("broken", "authority") for name in ("file", "pvc")},
    **{("rest", name): _NOT_PINNED for name in ("file", "pvc")},
    **{("damaged", name): _NO_DIGEST for name in ("webhdfs", "file", "pvc")},
}
"""Why a case is not run for a protocol."""
