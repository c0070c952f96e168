"""What every store must do, for each protocol: one table of cases, which is also in the docs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from mr_client.errors import FilesNotFound, TransferError, VerificationFailed
from mr_client.flow import fetch
from mr_client.receipt import Receipt
from mr_client.storage.copy.progress import NoProgress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.store import open_store
from protocols.page import PAGE, passed_so_far, rendered
from protocols.places import PLACES, WRONG, Place, Refusal, Servers
from protocols.sense import CASES, COLUMNS, MAKES_NO_SENSE

KIB = 1024
RANGES = CopySettings(workers=1, range_size=256 * KIB, checkpoint=64 * KIB, wait=0.001, sync=False)
BIG = os.urandom(1024 * KIB)
ODD = ["a b", "a+b", "a%20b", "a#b", "a?b", "a&b=c", "ü", "模型", "'quoted'", "~a", "[a]*"]
Test = TypeVar("Test", bound=Callable[..., None])
Of = Callable[[str], Place]


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Of]:
    """Return the place of a protocol, made when it is first asked for."""
    with ExitStack() as stack:
        made: dict[str, Place] = {}

        def of(protocol: str) -> Place:
            if protocol not in made:
                servers = Servers(tmp_path_factory.mktemp(protocol), request.getfixturevalue, of)
                made[protocol] = stack.enter_context(PLACES[protocol](servers))
            return made[protocol]

        yield of


@pytest.fixture
def place(of: Of, protocol: str) -> Iterator[Place]:
    place = of(protocol)
    yield place
    if place.front:
        place.front.cut_at = place.front.damage = None


def case(test: Test) -> Test:
    """Run a test for each protocol for which it makes sense."""
    name = test.__name__.removeprefix("test_")
    rows = [
        pytest.param(each, id=f"{name}-{each}", marks=pytest.mark.case(name, each))
        for each in COLUMNS
        if (name, each) not in MAKES_NO_SENSE
    ]
    marked: Test = pytest.mark.parametrize("protocol", rows)(test)
    return marked


def bring(place: Place, name: str, target: Path, copy: CopySettings = RANGES) -> Receipt:
    return fetch(place.uri(name), target, environ=place.environ, copy=copy)


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@case
def test_many(place: Place) -> None:
    names = [f"many/{number:04}" for number in range(1001)]
    place.put(dict.fromkeys(names, b""))

    files = open_store(locate(place.uri("many/"), place.environ)).files()

    assert sorted(f"many/{file.path}" for file in files) == names


@case
def test_one(place: Place, target: Path) -> None:
    place.put({"one/weights.bin": BIG, "one/other": b"x"})

    receipt = bring(place, "one/weights.bin", target)

    assert found(target) == {"weights.bin": BIG}
    assert (receipt.files, receipt.size) == (1, len(BIG))


@case
def test_nested(place: Place, target: Path) -> None:
    content = {"a": b"1", "sub/a": b"22", "sub/deep/er/a": b"333"}
    place.put({f"nested/{name}": body for name, body in content.items()})

    receipt = bring(place, "nested", target)

    assert found(target) == content
    assert (receipt.files, receipt.size) == (3, 6)


@case
def test_odd(place: Place, target: Path) -> None:
    place.put({f"odd/{name}": name.encode() for name in ODD})

    for name in ["odd/"] if place.lists else [f"odd/{name}" for name in ODD]:
        bring(place, name, target)

    assert found(target) == {name: name.encode() for name in ODD}


@case
def test_empty(place: Place, target: Path) -> None:
    place.put({"empty/nothing": b""})

    bring(place, "empty/nothing", target)

    assert found(target) == {"nothing": b""}


def refused(place: Place, who: Refusal | None, target: Path) -> None:
    assert who is not None
    place.put({"refused/a": b"x"})

    with pytest.raises(who.kind, match=who.says) as raised:
        fetch(place.uri("refused/a"), target, environ=who.environ, copy=RANGES)

    secrets = {value for name, value in place.environ.items() if re.search("SECRET_A|_KEY$|TOKEN|headers", name)}
    assert not [secret for secret in (WRONG, *secrets) if secret in f"{raised.value}{raised.value!r}"]
    assert not target.exists()


@case
def test_wrong(place: Place, target: Path) -> None:
    refused(place, place.wrong, target)


@case
def test_nobody(place: Place, target: Path) -> None:
    refused(place, place.nobody, target)


@case
def test_bucket(place: Place, target: Path) -> None:
    with pytest.raises(FilesNotFound, match=re.escape(place.no_bucket.partition("://")[2])) as raised:
        fetch(place.no_bucket, target, environ=place.environ, copy=RANGES)

    assert raised.value.exit_code == 3
    assert not target.exists()


@case
def test_key(place: Place, target: Path) -> None:
    place.put({"key/other": b"x"})

    with pytest.raises(FilesNotFound, match="key/no/such") as raised:
        bring(place, "key/no/such", target)

    assert raised.value.exit_code == 3
    assert not target.exists()


@case
def test_neighbour(place: Place, target: Path) -> None:
    place.put({f"neighbour/{name}": b"x" for name in ("model/a", "model2/b", "model-hf/c", "model.bin")})

    bring(place, "neighbour/model", target)

    assert found(target) == {"a": b"x"}


@case
def test_broken(place: Place, target: Path) -> None:
    place.put({"broken/weights.bin": BIG})
    assert place.front is not None
    begun, cuts = place.front.carried, place.front.cuts
    place.front.cut_at = begun + len(BIG) // 2

    bring(place, "broken/weights.bin", target)

    assert place.front.cuts == cuts + 1
    assert found(target) == {"weights.bin": BIG}
    # What was on its way in the connection that broke comes twice, and no more; heads and handshakes come beside.
    assert place.front.carried - begun < len(BIG) + RANGES.range_size + 128 * KIB


@case
def test_rest(place: Place, target: Path) -> None:
    class Interrupted(NoProgress):
        brought = 0

        def advance(self, size: int) -> None:
            self.brought += size
            if self.brought >= len(BIG) // 2 + 64 * KIB:
                raise KeyboardInterrupt

    place.put({"rest/weights.bin": BIG})
    with pytest.raises(KeyboardInterrupt):
        fetch(place.uri("rest/weights.bin"), target, environ=place.environ, copy=RANGES, progress=Interrupted())
    begun = place.front.carried if place.front else 0

    receipt = bring(place, "rest/weights.bin", target)

    assert found(target) == {"weights.bin": BIG}
    assert 0 < receipt.fetched <= len(BIG) // 2
    if place.front:
        assert place.front.carried - begun < receipt.fetched + 64 * KIB


@case
def test_authority(place: Place, target: Path) -> None:
    place.put({"authority/a": b"trained"})
    strangers = {**place.environ, place.trust: ""}

    with pytest.raises(TransferError, match=f"certificate (verify failed|is not trusted).*{place.trust}"):
        fetch(place.uri("authority/a"), target, environ=strangers, copy=RANGES)
    assert not target.exists()
    bring(place, "authority/a", target)

    assert found(target) == {"a": b"trained"}


@case
def test_damaged(place: Place, target: Path) -> None:
    place.put({"damaged/weights.bin": b"trained" * 10})
    assert place.front is not None
    place.front.damage = (b"trained", b"drained")

    with pytest.raises(VerificationFailed) as raised:
        bring(place, "damaged/weights.bin", target)

    assert place.front.damaged
    assert raised.value.exit_code == 6
    assert "weights.bin" not in found(target)


def test_each_case_is_run_or_has_a_reason() -> None:
    assert set(CASES) == {name.removeprefix("test_") for name in globals() if name.removeprefix("test_") in CASES}
    assert list(PLACES) == list(COLUMNS)
    assert {case for case, _ in MAKES_NO_SENSE} <= set(CASES)
    assert {name for _, name in MAKES_NO_SENSE} <= set(COLUMNS)


def test_the_page_is_what_this_run_gave(request: pytest.FixtureRequest) -> None:
    """Where only some cases were run, the others count as they stand in the page: passed, for nothing else is there."""
    ran = {mark.args for item in request.session.items for mark in item.iter_markers("case")}
    others = {(case, name) for case in CASES for name in COLUMNS} - ran
    text = PAGE.read_text(encoding="utf-8")

    told = rendered(text, passed_so_far(request.config) | others)

    assert "not passed" not in told
    if not request.config.getoption("--write-page"):
        assert told == text, f"run pytest tests/protocols/test_cases.py --write-page {PAGE.relative_to(Path.cwd())}"
