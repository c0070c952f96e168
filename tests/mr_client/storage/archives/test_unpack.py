"""The unpacking: all of an archive or nothing, and nothing outside the folder."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mr_client.errors import MRClientError, NotAllowed, TransferError, TransferInterrupted, VerificationFailed
from mr_client.storage.archives.kind import archive_kind
from mr_client.storage.archives.limits import UnpackLimits
from mr_client.storage.archives.unpack import unpack

FILES = {"model.bin": os.urandom(3_000_000), "sub/config.json": b"{}", "sub/empty": b"", "__MACOSX/._x": b"mac"}
MEBI = 1024 * 1024


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "mnt" / "models"
    target.mkdir(parents=True)
    return target


def tar_of(*members: tuple[str, bytes] | tarfile.TarInfo, mode: Any = "w", **options: Any) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, **options) as tar:
        for member in members:
            info, body = (
                (member, b"") if isinstance(member, tarfile.TarInfo) else (tarfile.TarInfo(member[0]), member[1])
            )
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return packed.getvalue()


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, body in members:
            opened.writestr(name, body, method)
    return packed.getvalue()


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def unpacked(target: Path, name: str, packed: bytes, **options: Any) -> tuple[Path, ...]:
    kind = archive_kind(name)
    assert kind
    (target / name).write_bytes(packed)
    return unpack(target / name, target, kind=kind, **options)


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(target: Path, name: str, packed: bytes, error: type[MRClientError], words: str, **options: Any) -> None:
    """Check that an archive is refused, and that neither it nor anything else is changed."""
    for path in target.iterdir():
        path.unlink()
    with pytest.raises(error, match=words) as raised:
        unpacked(target, name, packed, **options)

    assert type(raised.value) is error
    assert [path.name for path in target.rglob("*")] == [name]
    assert (target / name).read_bytes() == packed
    assert [path.name for path in target.parent.parent.rglob("*") if not path.is_relative_to(target)] == ["mnt"]


ARCHIVES: dict[str, bytes] = {
    "model.tar": tar_of(*FILES.items()),
    "model.tar.gz": tar_of(*FILES.items(), mode="w:gz"),
    "model.tgz": tar_of(*FILES.items(), mode="w:gz", format=tarfile.GNU_FORMAT),
    "model.zip": zip_of(*FILES.items()),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_what_is_packed_arrives_and_the_archive_goes(target: Path, name: str) -> None:
    files = unpacked(target, name, ARCHIVES[name])

    assert found(target) == FILES
    assert files == tuple(sorted(target / name for name in FILES))


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_truncated_archive_leaves_nothing_wherever_it_ends(target: Path, name: str) -> None:
    packed = ARCHIVES[name]

    for end in (
        0,
        1,
        100,
        5000,
        len(packed) // 2,
        len(packed) - 9000,
        len(packed) - 5 if name != "model.tar" else 20_000,
    ):
        refused(target, name, packed[:end], VerificationFailed, f"'{name}' is (no|damaged).*upload it anew")


@pytest.mark.parametrize("name", ["model.tgz", "model.zip"])
def test_a_flipped_bit_leaves_nothing(target: Path, name: str) -> None:
    packed = bytearray(ARCHIVES[name])
    packed[1_000_000] ^= 1

    refused(target, name, bytes(packed), VerificationFailed, "is damaged")


def test_a_checksum_of_gzip_that_is_wrong_leaves_nothing(target: Path) -> None:
    packed = bytearray(ARCHIVES["model.tgz"])
    packed[-8] ^= 1

    refused(target, "model.tgz", bytes(packed), VerificationFailed, "CRC check failed")


def test_a_tar_that_ends_between_two_files_is_truncated(target: Path) -> None:
    packed = tar_of(("a", b"a" * 512), ("b", b"b" * 512))

    refused(target, "model.tar", packed[:1024], VerificationFailed, "ends before its end mark")


def test_a_tar_with_a_broken_header_in_its_middle_is_damaged(target: Path) -> None:
    packed = bytearray(tar_of(("a", b"a" * 512), ("b", b"b" * 512)))
    packed[1024:1030] = b"broken"

    refused(target, "model.tar", bytes(packed), VerificationFailed, "is damaged")


def test_a_name_that_promises_another_format_is_said(target: Path) -> None:
    refused(target, "model.zip", b"<html>not found</html>", VerificationFailed, "'model.zip' is no zip archive")
    refused(target, "model.tar", ARCHIVES["model.zip"], VerificationFailed, "'model.tar' is no tar archive")
    refused(target, "model.tgz", bz2.compress(ARCHIVES["model.tar"]), TransferError, "bzip2.*pack it with gzip")


def test_a_tar_may_be_compressed_or_not_whatever_its_suffix(target: Path) -> None:
    unpacked(target, "model.tar.gz", ARCHIVES["model.tar"])

    assert found(target) == FILES


def test_gzip_members_that_follow_each_other_are_one(target: Path) -> None:
    packed = ARCHIVES["model.tar"]

    unpacked(target, "model.tgz", gzip.compress(packed[:700]) + gzip.compress(packed[700:]))

    assert found(target) == FILES


@pytest.mark.parametrize("packed", [tar_of(), tar_of(special("only/a/folder", tarfile.DIRTYPE))])
def test_an_archive_without_a_file_is_refused(target: Path, packed: bytes) -> None:
    refused(target, "model.tar", packed, VerificationFailed, "holds no file")
    refused(target, "model.zip", zip_of(), VerificationFailed, "holds no file")


ASTRAY = ["../x", "a/../../x", "a/..", "..", "/../x", "./../x", "x/../../../../x"]


@pytest.mark.parametrize("name", ASTRAY)
def test_a_name_that_leads_out_is_refused(target: Path, name: str) -> None:
    refused(target, "m.tar", tar_of((name, b"evil")), NotAllowed, "outside the destination")
    refused(target, "m.tar", tar_of(special(name, tarfile.DIRTYPE)), NotAllowed, "outside the destination")
    refused(target, "m.zip", zip_of((name, b"evil")), NotAllowed, "outside the destination")


def test_a_nul_in_a_name_is_refused(target: Path) -> None:
    refused(target, "m.zip", zip_of(("good", b"")).replace(b"good", b"g\0od"), NotAllowed, "outside the destination")
    pax = tar_of(("ä" * 120, b""), format=tarfile.PAX_FORMAT).replace("ä".encode(), b"\0\0")
    refused(target, "m.tar", pax, NotAllowed, "outside the destination")


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_what_only_another_system_takes_for_a_path_is_a_name(target: Path, pack: Callable[..., bytes]) -> None:
    odd = ["C:\\x", "..\\x", "\\\\host\\x", "größe 模型.bin", "-rf", "X", "x", "n" * 255]

    unpacked(target, "m.tar" if pack is tar_of else "m.zip", pack(*((name, b"") for name in odd)))

    assert names(target) == sorted(odd)


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_an_empty_part_of_a_name_means_nothing(target: Path, pack: Callable[..., bytes]) -> None:
    packed = pack(("/abs", b"1"), (".//a/./b", b"2"))

    unpacked(target, "m.tar" if pack is tar_of else "m.zip", packed)

    assert found(target) == {"abs": b"1", "a/b": b"2"}


def test_the_archives_own_root_is_no_entry_of_it(target: Path) -> None:
    unpacked(target, "m.tar", tar_of(special("./", tarfile.DIRTYPE), ("./a", b"1")))

    assert found(target) == {"a": b"1"}


@pytest.mark.parametrize("names", [("a", "a"), ("a", "./a"), ("a", "a/b"), ("a/b", "a"), ("a/b", "a/b/c"), ("a", "a/")])
def test_two_names_that_a_disk_cannot_both_hold_are_refused(target: Path, names: tuple[str, str]) -> None:
    members = [special(name, tarfile.DIRTYPE) if name.endswith("/") else (name, b"") for name in names]

    refused(target, "m.tar", tar_of(*members), TransferError, "a disk cannot hold both")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_a_name_twice_is_refused(target: Path) -> None:
    refused(target, "m.zip", zip_of(("a", b"1"), ("a", b"2")), TransferError, "'a' is in 'm.zip' twice")


def test_a_folder_may_be_named_twice_and_after_its_files(target: Path) -> None:
    folder = special("a", tarfile.DIRTYPE)

    unpacked(target, "m.tar", tar_of(("a/b", b"1"), folder, folder))

    assert found(target) == {"a/b": b"1"}


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"])
def test_a_device_or_a_pipe_is_refused(target: Path, kind: bytes) -> None:
    refused(target, "m.tar", tar_of(special("x", kind)), NotAllowed, "'x' in 'm.tar' is a device")


def test_a_pipe_in_a_zip_is_refused(target: Path) -> None:
    refused(target, "m.zip", zip_of((unix("x", stat.S_IFIFO | 0o644), b"")), NotAllowed, "is a device, a pipe")


def unix(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


LINKS_ASTRAY = [
    [special("x", tarfile.SYMTYPE, "/etc/passwd")],
    [special("x", tarfile.SYMTYPE, "../secret")],
    [special("a/x", tarfile.SYMTYPE, "../../mnt/models/m.tar")],
    [special("x", tarfile.SYMTYPE, "missing")],
    [special("x", tarfile.SYMTYPE, "x")],
    [special("x", tarfile.SYMTYPE, "y"), special("y", tarfile.SYMTYPE, "x")],
    [special("x", tarfile.SYMTYPE, "")],
    [special("x", tarfile.SYMTYPE, "folder"), ("folder/a", b"")],
    [special("x", tarfile.LNKTYPE, "missing")],
    [special("x", tarfile.LNKTYPE, "m.tar")],
    [special("x", tarfile.LNKTYPE, "x")],
    [special("x", tarfile.LNKTYPE, "../secret")],
]


@pytest.mark.parametrize("members", LINKS_ASTRAY)
def test_a_link_to_anything_but_a_file_of_the_archive_is_refused(target: Path, members: list[Any]) -> None:
    refused(target, "m.tar", tar_of(*members), NotAllowed, "is a link to|outside the destination")


@pytest.mark.parametrize("link", ["/tmp", "..", ".", "folder"])  # noqa: S108 - a name in an archive
def test_nothing_is_written_through_a_link(target: Path, link: str) -> None:
    packed = tar_of(special("x", tarfile.SYMTYPE, link), ("x/evil", b"evil"))

    with pytest.raises(MRClientError):
        unpacked(target, "m.tar", packed)

    assert names(target) == ["m.tar"]


def test_a_link_to_a_file_of_the_archive_is_that_file(target: Path) -> None:
    """As a Hugging Face cache has them; also links to links, and to what comes later."""
    unpacked(
        target,
        "m.tar",
        tar_of(
            special("snapshots/1/early", tarfile.SYMTYPE, "../../blobs/abc"),
            ("blobs/abc", b"weights"),
            special("snapshots/1/late", tarfile.SYMTYPE, "./early"),
            special("again", tarfile.LNKTYPE, "blobs/abc"),
        ),
    )

    assert found(target) == dict.fromkeys(["blobs/abc", "snapshots/1/early", "snapshots/1/late", "again"], b"weights")
    assert not any(path.is_symlink() for path in target.rglob("*"))
    assert (target / "again").stat().st_nlink == 4


def test_a_link_in_a_zip_is_a_link(target: Path) -> None:
    unpacked(target, "m.zip", zip_of((unix("x", stat.S_IFLNK | 0o777), b"a/b"), ("a/b", b"1")))

    assert found(target) == {"x": b"1", "a/b": b"1"}
    assert not (target / "x").is_symlink()


def test_a_link_is_a_copy_where_the_disk_has_no_links(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    # Such a file system cannot be mounted by a test.
    monkeypatch.setattr(os, "link", none)

    unpacked(target, "m.tar", tar_of(("a", b"1"), special("b", tarfile.LNKTYPE, "a")))

    assert found(target) == {"a": b"1", "b": b"1"}


def test_files_are_for_all_to_read_and_have_no_special_bits(target: Path) -> None:
    evil = tarfile.TarInfo("sub/tool")
    evil.mode, evil.mtime, evil.uid = 0o6777, 1_500_000_000, 0
    old_mask = os.umask(0o077)
    try:
        unpacked(target, "m.tar", tar_of(evil))
    finally:
        os.umask(old_mask)

    facts = (target / "sub/tool").stat()
    assert (stat.S_IMODE(facts.st_mode), facts.st_mtime) == (0o644, 1_500_000_000)
    assert stat.S_IMODE((target / "sub").stat().st_mode) == 0o755
    assert facts.st_uid == os.getuid()


@pytest.mark.parametrize("mtime", [-5, 2**62, 1e300])
def test_a_time_that_no_disk_can_hold_is_no_error(target: Path, mtime: float) -> None:
    odd = tarfile.TarInfo("a")
    odd.mtime = mtime

    unpacked(target, "m.tar", tar_of(odd, format=tarfile.PAX_FORMAT if mtime == 1e300 else tarfile.GNU_FORMAT))

    assert found(target) == {"a": b""}


def test_an_encrypted_zip_is_refused(target: Path) -> None:
    packed = bytearray(zip_of(("a", b"secret")))
    packed[6] |= 1
    packed[packed.index(b"PK\1\2") + 8] |= 1

    refused(target, "m.zip", bytes(packed), NotAllowed, "'a' in 'm.zip' is encrypted: pack it without a password")


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_a_zip_that_would_take_unbounded_memory_is_refused(target: Path, method: int, name: str) -> None:
    refused(target, "m.zip", zip_of(("a", bytes(1000)), method=method), TransferError, f"{name}.*pack it with deflate")


def test_a_zip_may_be_stored_or_written_to_a_pipe(target: Path) -> None:
    class Pipe(io.RawIOBase):
        """Cannot seek, so sizes come after the content, in data descriptors."""

        body = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: Any, /) -> int:
            self.body += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as opened:
        opened.writestr("stored", b"1" * 1000, zipfile.ZIP_STORED)
        opened.writestr("deflated", b"2" * 1000, zipfile.ZIP_DEFLATED)
        with opened.open("zip64", "w", force_zip64=True) as file:
            file.write(b"3")

    unpacked(target, "m.zip", pipe.body)

    assert found(target) == {"stored": b"1" * 1000, "deflated": b"2" * 1000, "zip64": b"3"}


@pytest.mark.parametrize("layout", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_long_name_arrives(target: Path, layout: int) -> None:
    name = "/".join(["folder-" + "x" * 100] * 5 + ["ü" * 100])

    unpacked(target, "m.tar", tar_of((name, b"1"), format=layout))

    assert found(target) == {name: b"1"}


def test_a_name_that_is_too_long_leaves_nothing(target: Path) -> None:
    with pytest.raises(OSError, match="File name too long"):
        unpacked(target, "m.tar", tar_of(("a", b""), ("n" * 256, b"")))

    assert names(target) == ["m.tar"]


def test_a_sparse_file_arrives_with_its_holes(target: Path, tmp_path: Path) -> None:
    with (tmp_path / "weights").open("wb") as file:
        file.write(os.urandom(5000))
        file.seek(MEBI * 3)
        file.write(b"end")
    subprocess.run(["tar", "--sparse", "-czf", target / "m.tgz", "-C", tmp_path, "weights"], check=True)  # noqa: S607

    unpack(target / "m.tgz", target, kind="tar")

    assert found(target) == {"weights": (tmp_path / "weights").read_bytes()}


def test_many_files_arrive(target: Path) -> None:
    packed = tar_of(*((f"{number % 7}/{number}", b"") for number in range(10_000)), mode="w:gz")

    assert len(unpacked(target, "m.tgz", packed)) == 10_000
    assert len(found(target)) == 10_000


# Limits


@pytest.mark.parametrize("name", ARCHIVES)
def test_more_bytes_than_allowed_are_refused(target: Path, name: str) -> None:
    limits = UnpackLimits(size=2_000_000)

    refused(
        target,
        name,
        ARCHIVES[name],
        TransferError,
        f"'{name}' holds more than 2000000 bytes.*MR_UNPACK_SIZE",
        limits=limits,
    )


@pytest.mark.parametrize("name", ARCHIVES)
def test_more_entries_than_allowed_are_refused(target: Path, name: str) -> None:
    limits = UnpackLimits(entries=3)

    refused(
        target, name, ARCHIVES[name], TransferError, "more than 3 files and folders.*MR_UNPACK_ENTRIES", limits=limits
    )


def test_folders_that_are_only_part_of_a_name_are_counted(target: Path) -> None:
    packed = tar_of(("a/b/c/d", b""))

    refused(target, "m.tar", packed, TransferError, "more than 3 files and folders", limits=UnpackLimits(entries=3))
    unpacked(target, "m.tar", packed, limits=UnpackLimits(entries=4))


def test_a_name_of_too_many_folders_is_refused(target: Path) -> None:
    refused(target, "m.tar", tar_of(("a/" * 101, b"")), TransferError, "more than 100 folders deep")


def test_zeros_are_no_bomb_but_more_than_deflate_can_is(target: Path) -> None:
    packed = zip_of(("zeros", bytes(20 * MEBI)))

    refused(
        target,
        "m.zip",
        packed,
        TransferError,
        "more than 500 times its own size.*MR_UNPACK_RATIO",
        limits=UnpackLimits(ratio=500),
    )
    unpacked(target, "m.zip", packed)

    assert found(target) == {"zeros": bytes(20 * MEBI)}


def test_a_bomb_of_gzip_stops_at_its_ratio(target: Path) -> None:
    packed = tar_of(("zeros", bytes(20 * MEBI)), mode="w:gz")

    refused(target, "m.tgz", packed, TransferError, "more than 500 times its own size", limits=UnpackLimits(ratio=500))


def test_a_bomb_behind_the_end_of_a_tar_is_one(target: Path) -> None:
    packed = gzip.compress(tar_of(("a", b"")) + bytes(20 * MEBI))

    refused(target, "m.tgz", packed, TransferError, "more than 10000000 bytes", limits=UnpackLimits(size=10_000_000))


def test_a_hole_of_a_terabyte_is_not_written(target: Path) -> None:
    hole = tarfile.TarInfo("hole")
    hole.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0",
                        "GNU.sparse.size": str(2**40)}  # fmt: skip

    refused(
        target, "m.tar", tar_of(hole, format=tarfile.PAX_FORMAT), TransferError, "more than 1100 times its own size"
    )


def test_entries_that_share_their_bytes_are_refused(target: Path) -> None:
    """A few KiB can hold terabytes so."""
    packed = bytearray(zip_of(("a", b"1" * 100), ("b", b"1" * 100)))
    second = packed.index(b"PK\1\2", packed.index(b"PK\1\2") + 1)
    packed[second + 42 : second + 46] = struct.pack("<L", 0)

    refused(target, "m.zip", bytes(packed), VerificationFailed, "share their bytes")


def test_a_directory_that_lies_of_a_size_is_damage(target: Path) -> None:
    packed = bytearray(zip_of(("a", b"1" * 1000)))
    packed[packed.index(b"PK\1\2") + 24 :][:4] = b""
    entry = packed.index(b"PK\1\2")
    packed[entry + 24 : entry + 28] = struct.pack("<L", 10)

    refused(target, "m.zip", bytes(packed), VerificationFailed, "is damaged")


def test_a_disk_that_is_too_small_is_said_before_it_is_full(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A small disk cannot be mounted by a test.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**9, free=2_000_000))

    for name, packed in ARCHIVES.items():
        words = f"'{name}' holds more than the 2000000 bytes free at .*: make room"
        refused(target, name, packed, TransferError, words, limits=UnpackLimits(size=None))


def test_a_disk_that_does_not_know_its_room_is_no_obstacle(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nor can a volume that says nothing of itself.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=0, free=0))

    unpacked(target, "model.zip", ARCHIVES["model.zip"])

    assert found(target) == FILES


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_claims_much_is_not_read(target: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 5 * 10**9

    refused(target, "m.tar", header.tobuf() + bytes(10_240), VerificationFailed, "a header claims")


def test_a_size_below_nothing_is_damage(target: Path) -> None:
    odd = tarfile.TarInfo("x")
    odd.pax_headers = {"size": "-5000"}

    refused(target, "m.tar", tar_of(odd, ("b", b""), format=tarfile.PAX_FORMAT), VerificationFailed, "is damaged")


def test_a_map_of_holes_without_end_is_damage(target: Path) -> None:
    hole = tarfile.TarInfo("hole")
    hole.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "hole",
                        "GNU.sparse.realsize": "10"}  # fmt: skip
    packed = tar_of(hole, format=tarfile.PAX_FORMAT)
    head = packed[: packed.rindex(b"ustar") // 512 * 512 + 512]

    refused(target, "m.tar", head + b"999999\n".ljust(512, b"0"), VerificationFailed, "is damaged")


@pytest.mark.parametrize("name", ARCHIVES)
def test_memory_does_not_grow_with_a_file(target: Path, name: str) -> None:
    files = {"zeros": bytes(20 * MEBI), "noise": os.urandom(MEBI) * 5}
    packed = zip_of(*files.items()) if name == "model.zip" else tar_of(
        *files.items(), mode="w" if name == "model.tar" else "w:gz"
    )  # fmt: skip
    (target / name).write_bytes(packed)
    del packed

    tracemalloc.start()
    try:
        unpack(target / name, target, kind="zip" if name == "model.zip" else "tar")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 12 * MEBI
    assert found(target) == files


# What is in the destination


def test_files_that_are_there_are_replaced_and_others_stay(target: Path) -> None:
    (target / "sub").mkdir()
    (target / "sub" / "config.json").write_bytes(b"old")
    (target / "sub" / "mine").write_bytes(b"mine")

    unpacked(target, "model.zip", ARCHIVES["model.zip"])

    assert found(target) == {**FILES, "sub/mine": b"mine"}


def test_a_symlink_in_a_files_place_is_replaced_and_not_followed(target: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"mine")
    (target / "model.bin").symlink_to(tmp_path / "outside")

    unpacked(target, "model.zip", ARCHIVES["model.zip"])

    assert (tmp_path / "outside").read_bytes() == b"mine"
    assert not (target / "model.bin").is_symlink()


def test_a_symlink_in_a_folders_place_that_leads_out_is_refused(target: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (target / "sub").symlink_to(tmp_path / "outside")

    with pytest.raises(NotAllowed, match="sub' leads out of .* by a link: remove the link"):
        unpacked(target, "model.zip", ARCHIVES["model.zip"])

    assert not list((tmp_path / "outside").iterdir())
    assert names(target) == ["model.zip", "sub"]


def test_a_folder_in_a_files_place_is_said(target: Path) -> None:
    (target / "sub" / "empty").mkdir(parents=True)

    with pytest.raises(TransferError, match="sub/empty' is a folder, where a file must be"):
        unpacked(target, "model.zip", ARCHIVES["model.zip"])

    assert found(target) == {"model.zip": ARCHIVES["model.zip"]}


def test_a_file_in_a_folders_place_is_said(target: Path) -> None:
    (target / "sub").write_bytes(b"mine")

    with pytest.raises(TransferError, match="sub' is no folder, where one must be"):
        unpacked(target, "model.zip", ARCHIVES["model.zip"])

    assert found(target) == {"model.zip": ARCHIVES["model.zip"], "sub": b"mine"}


@pytest.mark.parametrize("inside", ["model", "model/weights"])
def test_what_an_archive_holds_may_have_its_own_name(target: Path, inside: str) -> None:
    """As a download without a suffix has the name of the folder that it packs."""
    (target / "model").write_bytes(tar_of((inside, b"1"), ("other", b"2")))

    unpack(target / "model", target, kind="tar")

    assert found(target) == {inside: b"1", "other": b"2"}


def test_an_archive_may_be_elsewhere_and_the_destination_new(target: Path, tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(ARCHIVES["model.zip"])

    unpack(tmp_path / "m.zip", target / "new" / "folder", kind="zip")

    assert found(target / "new" / "folder") == FILES
    assert not (tmp_path / "m.zip").exists()


# Interrupted


@pytest.mark.parametrize("name", ARCHIVES)
def test_it_stops_when_told(target: Path, name: str) -> None:
    answers = iter([False, False, True])

    refused(target, name, ARCHIVES[name], TransferInterrupted, "was stopped: run again", stop=lambda: next(answers))


def test_a_killed_run_leaves_one_folder_which_the_next_one_removes(target: Path) -> None:
    (target / "model.tgz").write_bytes(ARCHIVES["model.tgz"])
    program = (
        "import os, pathlib, sys\n"
        "from mr_client.storage.archives.unpack import unpack\n"
        "target, asked = pathlib.Path(sys.argv[1]), []\n"
        "def stop():\n"
        "    asked.append(1)\n"
        "    if len(asked) == 3: os.kill(os.getpid(), 9)\n"
        "unpack(target / 'model.tgz', target, kind='tar', stop=stop)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(target)], env={**os.environ, "PYTHONPATH": ":".join(sys.path)}
    )

    left = names(target)
    assert ended.returncode == -signal.SIGKILL
    assert re.fullmatch(r"\.mr-part-[0-9a-f]{20}", left[0])
    assert left[1:] == ["model.tgz"]
    assert found(target / left[0])

    unpack(target / "model.tgz", target, kind="tar")

    assert found(target) == FILES


def test_a_disk_that_fails_leaves_nothing(target: Path) -> None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    (target / "model.tgz").write_bytes(ARCHIVES["model.tgz"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEBI, limit[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            unpack(target / "model.tgz", target, kind="tar")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)

    assert names(target) == ["model.tgz"]
