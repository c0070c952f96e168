"""Something is under a key where nothing was: is it what we have sent, or somebody else's?

A request whose answer was lost is sent again, and then finds what it has written itself. So what is
there is compared, by the digest that its store tells; who cannot be told apart is somebody else.
"""

from __future__ import annotations

from mr_client.errors import AlreadyExists, FilesNotFound, NotAllowed, TransferError, TransferInterrupted
from mr_client.storage.digests import digest as digests
from mr_client.storage.stored import Store, StoredFile
from mr_client.storage.upload.body import Content

__all__ = ["check_own", "taken"]


def check_own(store: Store, key: str, shown: str, content: Content, etag: str | None = None) -> None:
    """Return where what is there is this very content, whoever has written it.

    Args:
        store: asked for its digest.
        key: what the store calls it, as in ``StoredFile``.
        shown: what to call it in an error.
        content: what was sent; open, and all of it was taken.
        etag: that of this very content, where it is known.

    Raises:
        AlreadyExists: it is another one, or its store does not tell.
        TransferInterrupted: it is gone again, or the store does not answer.
    """
    try:
        there = store.look(StoredFile(key, content.file.name, content.file.size))
    except FilesNotFound as error:
        raise TransferInterrupted(f"{shown!r} was taken for a moment, and is free again.") from error
    except TransferInterrupted:
        raise
    except (NotAllowed, TransferError) as error:
        raise taken(shown) from error
    if not (etag and (there.etag or "").strip('"') == etag) and not _is_own(store, there, content):
        raise taken(shown)


def taken(shown: str) -> AlreadyExists:
    """Return the error that says that somebody else was faster."""
    return AlreadyExists(
        f"{shown!r} was not there when this upload began, and is now: somebody else writes to that place, so name another "
        "one, such as a new version's; files that this upload has written stay."
    )


def _is_own(store: Store, there: StoredFile, content: Content) -> bool:
    if there.size != content.file.size:
        return False
    if not there.size:
        return True
    wanted = digests.best(store.digests(there))
    if wanted is None:
        return False
    if content.has(wanted):
        return True
    confirmed = store.confirmed(there, wanted) if wanted.assumed else None
    return confirmed is not None and content.has(confirmed)
