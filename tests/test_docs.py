"""The documents lead where they say."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from cells import read

ROOT = Path(__file__).parents[1]
OF_THE_ROOT = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
PICTURES = sorted((ROOT / "docs" / "images").iterdir())
MOST = 60 * 1024
"""Bytes of a picture: whoever clones the repository takes all that there ever were."""
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *OF_THE_ROOT, ROOT / "examples" / "README.md"]


def without_code(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", without_code(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_to_what_is_there(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page)) if "://" not in link]
    for link in links:
        file, _, anchor = link.partition("#")
        there = (page.parent / file).resolve() if file else page

        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_a_small_png_as_wide_as_a_page(picture: Path) -> None:
    png = picture.read_bytes()
    width, height = struct.unpack(">II", png[16:24])

    assert png.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert png.endswith(b"IEND\xaeB`\x82")
    assert len(png) < MOST
    assert 600 <= width <= 1200
    assert 200 <= height <= 1000


def test_every_picture_is_on_a_page_and_told_to_those_who_do_not_see_it() -> None:
    shown = {
        (page.parent / target).resolve(): told
        for page in PAGES
        for told, target in re.findall(r"!\[([^]]*)\]\(([^)\s]+)\)", without_code(page))
    }

    assert set(PICTURES) <= shown.keys()
    assert all(path.is_file() and len(told) > 20 for path, told in shown.items())


def test_every_page_is_reached_from_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = re.findall(r"\]\(([^)#\s]+\.md)", without_code(page))
            waiting += [(page.parent / link).resolve() for link in links if "://" not in link]

    assert set(PAGES) - reached == set()


def test_a_notebook_is_a_page_of_what_it_says_runs_and_shows() -> None:
    page = read((ROOT / "examples" / "iris.ipynb").read_text())

    assert page.startswith("# From a model to a prediction")
    assert "\n```python\nregistry.resolve(" in page
    assert "\n```text\n[1, 1]\n```" in page
    assert "<table>" in page
    assert '<img alt="' in page
    assert "<style" not in page
