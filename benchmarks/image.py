"""What the image weighs, and how long it takes to start: the end of ``scripts/build image --try``."""

from __future__ import annotations

import gzip
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers.image import DESTINATION, Image, image_at_hand
from servers.web import web_server

MIB = 2**20
RUNS = 5
HEAVIEST = 8
LAYERS = ("the base (here Debian's own Python)", "its modules compiled, its pip gone", "what is installed", "mr-client")


def layers(image: Image) -> Iterator[tuple[str, float, float]]:
    """Give each layer's name, and its MiB as it is carried and on disk."""
    for name, layer in zip(LAYERS, image.manifest["layers"], strict=True):
        with gzip.open(image.blob(layer["digest"])) as content:
            size = sum(len(piece) for piece in iter(lambda: content.read(MIB), b""))
        yield name, layer["size"] / MIB, size / MIB


def heaviest(packages: Path) -> list[tuple[str, int]]:
    """Return which packages are the largest, in bytes."""
    sizes: Counter[str] = Counter()
    for path in packages.rglob("*"):
        if path.is_file():
            sizes[path.relative_to(packages).parts[0]] += path.stat().st_size
    return sizes.most_common(HEAVIEST)


def forget(root: Path) -> None:
    """Take what is below ``root`` out of the memory that keeps files; the rest of the machine keeps its own."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def start(image: Image, arguments: list[str], environ: Mapping[str, str], *, cold: bool) -> float:
    """Return the seconds that a whole run takes, the median of ``RUNS``."""
    seconds = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as pod:
            if cold:
                forget(image.root)
            begun = time.monotonic()
            done = image.run(arguments, Path(pod), environ)
            seconds.append(time.monotonic() - begun)
            assert done.returncode == 0, done.stderr
    return statistics.median(seconds)


@contextmanager
def sources() -> Iterator[dict[str, list[str]]]:
    """Give what is run: the arguments by name."""
    with web_server() as web:
        web.content["/model.bin"] = b"x" * 1024
        yield {"`--version`": ["--version"], "1 KiB from the web": [f"{web.url}/model.bin", DESTINATION]}


def main() -> None:
    image = image_at_hand()
    assert image is not None, "scripts/build image --try builds the image and measures it"
    print("| layer | MiB, compressed | MiB on disk |\n|---|---|---|")
    rows = list(layers(image))
    for name, carried, size in [*rows, ("all", sum(row[1] for row in rows), sum(row[2] for row in rows))]:
        print(f"| {name} | {carried:.1f} | {size:.1f} |")
    [packages] = image.root.glob("opt/mr-client/lib/python3*/site-packages")
    print(
        "\nThe heaviest, in MiB on disk: " + ", ".join(f"{n} {size / MIB:.0f}" for n, size in heaviest(packages)) + "."
    )

    print("\n| a start, s | nothing read before | read before | read before, nothing compiled |\n|---|---|---|---|")
    with sources() as commands:
        for name, arguments in commands.items():
            start(image, arguments, {}, cold=False)
            uncompiled = start(image, arguments, {"PYTHONPYCACHEPREFIX": "/nowhere"}, cold=False)
            warm = start(image, arguments, {}, cold=False)
            print(f"| {name} | {start(image, arguments, {}, cold=True):.2f} | {warm:.2f} | {uncompiled:.2f} |")


if __name__ == "__main__":
    main()
