"""The file that a registry is kept in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import mr_registry
from mr_registry.api import application
from mr_registry.contract import BASE_PATH
from mr_registry.database import _MIGRATIONS, open_database
from mr_registry.errors import Unavailable
from mr_registry.kinds import ARTIFACTS, METRIC_HISTORY, MODEL_VERSIONS, Collection
from mr_registry.paging import Cursor, Page
from mr_registry.records import Selection, select


def test_a_file_keeps_what_was_registered(tmp_path: Path) -> None:
    """After the application is gone, and in WAL mode."""
    file = tmp_path / "registry.db"
    with TestClient(mr_registry.create_app(file), base_url=f"http://registry{BASE_PATH}") as first:
        model = first.post("/registered_models", json={"name": "iris"}).json()

    with TestClient(mr_registry.create_app(str(file)), base_url=f"http://registry{BASE_PATH}") as second:
        assert second.get("/registered_models/1").json() == model
        assert second.post("/registered_models", json={"name": "next"}).json()["id"] == "2"
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_a_file_of_an_older_version_is_brought_to_this_one(tmp_path: Path) -> None:
    """With all that it holds."""
    file = tmp_path / "registry.db"
    with sqlite3.connect(file) as connection:
        for statement in _MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute("INSERT INTO contexts VALUES (7, 'RegisteredModel', NULL, 'iris', NULL, 1, 1, '{}', '{}')")
        connection.execute(f"PRAGMA application_id = {0x4D524547}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()

    with TestClient(mr_registry.create_app(file), base_url=f"http://registry{BASE_PATH}") as client:
        assert client.get("/registered_model?name=iris").json()["id"] == "7"
        assert client.post("/experiments", json={"name": "e"}).json()["id"] == "8"
        assert client.get("/experiment_runs/metric_history").json()["size"] == 0


def test_two_registries_in_memory_are_two(registry: TestClient, model: str) -> None:
    """Nothing is shared."""
    with TestClient(mr_registry.create_app(), base_url=f"http://registry{BASE_PATH}") as other:
        assert other.get("/registered_models").json()["size"] == 0


def test_two_programs_may_use_one_file(tmp_path: Path) -> None:
    """Each sees what the other wrote."""
    file = tmp_path / "registry.db"
    base = f"http://registry{BASE_PATH}"
    with (
        TestClient(mr_registry.create_app(file), base_url=base) as one,
        TestClient(mr_registry.create_app(file), base_url=base) as two,
    ):
        one.post("/registered_models", json={"name": "iris"})

        assert two.post("/registered_models", json={"name": "iris"}).status_code == 409
        assert two.get("/registered_models").json()["size"] == 1


def test_a_transaction_that_writes_keeps_other_writers_out_from_its_beginning(tmp_path: Path) -> None:
    """Else what it read might be changed by another program before it writes."""
    file = tmp_path / "registry.db"
    database = open_database(file)
    other = sqlite3.connect(file, timeout=0, isolation_level=None)

    with database.writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    with database.reading():
        other.execute("BEGIN IMMEDIATE")
    other.close()
    database.close()


def test_an_application_closes_its_database() -> None:
    """With the end of its lifespan."""
    database = open_database(":memory:")
    with TestClient(application(database)):
        pass

    with pytest.raises(Unavailable, match="closed"), database.reading():
        pass


_VALUES = "(kind, name, create_time, update_time, fields, properties) VALUES ('', '', 0, 0, '', '')"


@pytest.mark.parametrize(
    ("insert", "delete"),
    [
        ("INSERT INTO contexts " + _VALUES, "DELETE FROM contexts"),
        ("INSERT INTO artifacts " + _VALUES, "DELETE FROM artifacts"),
    ],
    ids=["contexts", "artifacts"],
)
def test_an_id_never_comes_back(insert: str, delete: str) -> None:
    """Not even where the row of the highest one was taken out by hand."""
    database = open_database(":memory:")
    with database.writing() as transaction:
        for expected in (1, 2):
            assert transaction.connection.execute(insert).lastrowid == expected
            transaction.connection.execute(delete)
    database.close()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """With what to do, and untouched."""
    file = tmp_path / "registry.db"
    open_database(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(mr_registry.DatabaseError, match=r"newer version \(schema 99, known up to 2\).*upgrade"):
        mr_registry.create_app(file)


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """Nothing is added to it."""
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()

    with pytest.raises(mr_registry.DatabaseError, match="another program"):
        mr_registry.create_app(file)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """And left as it is."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to be looked at as one" * 100)

    with pytest.raises(mr_registry.DatabaseError, match=r"notes\.txt"):
        mr_registry.create_app(file)
    assert file.read_text().startswith("not a database")


def test_a_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """The error is an OSError with one sentence."""
    with pytest.raises(OSError, match=r"Cannot use .* as the registry's database"):
        mr_registry.create_app(tmp_path / "missing" / "registry.db")


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """And the next one works."""
    database = open_database(tmp_path / "registry.db")
    insert = (
        "INSERT INTO contexts (kind, name, create_time, update_time, fields, properties) "
        "VALUES ('RegisteredModel', 'x', 0, 0, '{}', '{}')"
    )

    with pytest.raises(sqlite3.IntegrityError), database.writing() as transaction:
        transaction.connection.executemany(insert, [()] * 2)

    with database.writing() as transaction:
        assert transaction.connection.execute("SELECT count(*) FROM contexts").fetchone() == (0,)
        transaction.connection.execute(insert)
    with database.reading() as transaction:
        assert transaction.connection.execute("SELECT count(*) FROM contexts").fetchone() == (1,)
    database.close()


@pytest.mark.parametrize("statement", ["INSERT INTO contexts", "INSERT OR IGNORE INTO contexts"])
def test_the_schema_itself_keeps_names_unique(statement: str) -> None:
    """Also for models, which have no parent."""
    database = open_database(":memory:")
    values = "(kind, name, create_time, update_time, fields, properties) VALUES ('RegisteredModel', 'x', 0, 0, '', '')"

    with database.writing() as transaction:
        transaction.connection.execute(f"{statement} {values}")
        if "IGNORE" in statement:
            transaction.connection.execute(f"{statement} {values}")
            assert transaction.connection.execute("SELECT count(*) FROM contexts").fetchone() == (1,)
        else:
            with pytest.raises(sqlite3.IntegrityError):
                transaction.connection.execute(f"{statement} {values}")
    database.close()


def test_the_schema_itself_refuses_orphans() -> None:
    """Unless the database is opened for them."""
    insert = "INSERT INTO contexts (kind, parent_id, name, create_time, update_time, fields, properties) "
    insert += "VALUES ('ModelVersion', 7, 'x', 0, 0, '', '')"
    strict, lenient = open_database(":memory:"), open_database(":memory:", orphans=True)

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), strict.writing() as transaction:
        transaction.connection.execute(insert)
    with lenient.writing() as transaction:
        transaction.connection.execute(insert)
    strict.close()
    lenient.close()


@pytest.mark.parametrize("column", ["id", "create_time", "update_time"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("collection", "all_kinds"),
    [(MODEL_VERSIONS, False), (ARTIFACTS, True), (METRIC_HISTORY, False)],
    ids=["versions", "artifacts", "history"],
)
def test_a_page_is_read_from_an_index(column: str, descending: bool, collection: Collection, all_kinds: bool) -> None:
    """No page sorts the whole list, or reads it from the beginning."""
    database = open_database(":memory:")
    page = Page(10, column, descending, Cursor(5, 1000))  # type: ignore[arg-type]
    statements: list[str] = []

    with database.reading() as transaction:
        transaction.connection.set_trace_callback(statements.append)
        select(transaction, Selection(collection.family, None if all_kinds else collection.kinds), page, 11)
        transaction.connection.set_trace_callback(None)
        plan = [row[3] for row in transaction.connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]
    database.close()

    assert len(plan) == 1
    assert plan[0].startswith("SEARCH ")
