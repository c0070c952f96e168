"""Where is the registry kept, and who may touch it when?

One SQLite connection, guarded by a lock, used in transactions only. The schema's version is in `user_version`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mr_registry import patterns
from mr_registry.errors import DatabaseError, Unavailable

_APPLICATION_ID = 0x4D524547  # "MREG": tells a registry from any other SQLite file
_BUSY_SECONDS = 5.0

# One entry a version: the statements that lead to it from the version before. Never change an entry, add one.
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # AUTOINCREMENT, because an id must never come back with another meaning.
        """CREATE TABLE contexts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            parent_id INTEGER REFERENCES contexts (id),
            name TEXT NOT NULL,
            external_id TEXT UNIQUE,
            create_time INTEGER NOT NULL,
            update_time INTEGER NOT NULL,
            fields TEXT NOT NULL,
            properties TEXT NOT NULL
        )""",
        # coalesce, because two NULLs differ and two models of one name would both get in.
        "CREATE UNIQUE INDEX contexts_name ON contexts (kind, name, coalesce(parent_id, 0))",
        "CREATE INDEX contexts_parent ON contexts (parent_id)",
        "CREATE INDEX contexts_kind ON contexts (kind)",
        "CREATE INDEX contexts_create_time ON contexts (kind, create_time)",
        "CREATE INDEX contexts_update_time ON contexts (kind, update_time)",
        """CREATE TABLE artifacts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            external_id TEXT UNIQUE,
            create_time INTEGER NOT NULL,
            update_time INTEGER NOT NULL,
            fields TEXT NOT NULL,
            properties TEXT NOT NULL
        )""",
        "CREATE INDEX artifacts_kind ON artifacts (kind)",
        "CREATE INDEX artifacts_create_time ON artifacts (create_time)",
        "CREATE INDEX artifacts_update_time ON artifacts (update_time)",
        # Kind and name, which never change, are repeated here: names are unique below each parent,
        # and an artifact may have several.
        """CREATE TABLE attributions (
            context_id INTEGER NOT NULL REFERENCES contexts (id),
            artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (context_id, artifact_id),
            UNIQUE (context_id, kind, name)
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE executions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            parent_id INTEGER NOT NULL REFERENCES contexts (id),
            name TEXT NOT NULL,
            external_id TEXT UNIQUE,
            create_time INTEGER NOT NULL,
            update_time INTEGER NOT NULL,
            fields TEXT NOT NULL,
            properties TEXT NOT NULL
        )""",
        "CREATE UNIQUE INDEX executions_name ON executions (kind, name, parent_id)",
        "CREATE INDEX executions_parent ON executions (parent_id)",
        # Columns as in the other tables, so that lists are made in one way. No two entries are kept from being alike.
        """CREATE TABLE history (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            parent_id INTEGER NOT NULL REFERENCES contexts (id),
            name TEXT NOT NULL,
            external_id TEXT,
            create_time INTEGER NOT NULL,
            update_time INTEGER NOT NULL,
            fields TEXT NOT NULL,
            properties TEXT NOT NULL
        )""",
        "CREATE INDEX history_parent ON history (parent_id)",
        "CREATE INDEX history_kind ON history (kind)",
        "CREATE INDEX history_create_time ON history (kind, create_time)",
        "CREATE INDEX history_update_time ON history (kind, update_time)",
    ),
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A connection inside a transaction, and the time that rows written in it bear, in milliseconds."""

    connection: sqlite3.Connection
    now: int


@dataclass(frozen=True, slots=True)
class Database:
    """An open registry, for any number of threads."""

    _connection: sqlite3.Connection
    _clock: Callable[[], int]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a transaction that sees one state of the registry throughout."""
        with self._transaction("BEGIN") as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Give a transaction that nobody else writes beside; an exception leaves nothing of it behind."""
        with self._transaction("BEGIN IMMEDIATE") as transaction:
            yield transaction

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        with self._lock:
            try:
                self._connection.execute(begin)
                with _committing(self._connection):
                    yield Transaction(self._connection, self._clock())
            except (sqlite3.OperationalError, sqlite3.ProgrammingError) as exc:
                # Locked by another process, disk full, or closed because the server is stopping.
                raise Unavailable(f"the registry's database does not answer: {exc}") from exc

    def close(self) -> None:
        """Close the registry; a registry in memory is gone then."""
        with self._lock:
            self._connection.close()


def open_database(
    database: str | os.PathLike[str], clock: Callable[[], int] | None = None, *, orphans: bool = False
) -> Database:
    """Open a registry, a file or ":memory:", and bring its schema to this version.

    With `orphans` a resource may be stored whose parent does not exist.
    Raises DatabaseError where the file is no registry, is of a newer version, or cannot be opened.
    """
    name = os.fspath(database)
    try:
        connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, name)
            connection.execute(f"PRAGMA foreign_keys = {'OFF' if orphans else 'ON'}")
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as exc:
        raise DatabaseError(
            f"Cannot use {name!r} as the registry's database ({exc}): give a file that can be written, or a new name."
        ) from exc
    return Database(connection, clock or _milliseconds)


def _prepare(connection: sqlite3.Connection, name: str) -> None:
    _check_owner(connection, name)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.create_function("matches", 3, patterns.matches, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    with _committing(connection):
        # Asked again now that nobody else can write: two processes may open a new file at once.
        version = _check_owner(connection, name)
        for statements in _MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _check_owner(connection: sqlite3.Connection, name: str) -> int:
    """Return the version of a registry's schema, zero for an empty file."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and application != _APPLICATION_ID:
        raise DatabaseError(f"{name!r} is the database of another program: give the registry a file of its own.")
    if version > len(_MIGRATIONS):
        raise DatabaseError(
            f"{name!r} was written by a newer version (schema {version}, known up to {len(_MIGRATIONS)}): "
            "upgrade mr-client, or give another file."
        )
    return int(version) if tables else 0


@contextmanager
def _committing(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite ends some transactions itself, on a full disk for instance.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
