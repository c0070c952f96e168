"""What the site holds beside docs/: each file of the checkout that a page links to.

In a checkout, and where it is hosted, a link such as ``../deploy/base/initializer.yaml`` leads to the file. The site is
built of docs/ alone, so the file becomes a page of it, and the link is written anew. mkdocs calls these functions.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))
from cells import read

ROOT = Path(__file__).parents[1]
DOCS = "docs"
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".sh": "bash"}
_FENCED = re.compile(r"^( *```.*?^ *```)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=[)#])")
_FENCE = re.compile(r"^( *```\w+) .*$", re.MULTILINE)


def linked(text: str) -> list[str]:
    """Return what the links of a page lead to, but for addresses, code and places within the page."""
    prose = "".join(_FENCED.split(text)[::2])
    return [link for link in _LINK.findall(prose) if "://" not in link and not link.startswith("mailto:")]


def place(file: str) -> str:
    """Return where the site has a file of the checkout, both as paths of their own roots."""
    if file.startswith(f"{DOCS}/"):
        return file.removeprefix(f"{DOCS}/")
    if file == "README.md":
        return "readme.md"  # README.md is what mkdocs takes for the first page
    return file if file.endswith(".md") else f"{file}.md"


def shown(file: str) -> str:
    """Return the page of a file of the checkout, its links as the site needs them."""
    path = ROOT / file
    if path.is_dir():
        names = sorted(each.name + "/" * each.is_dir() for each in path.iterdir() if not each.name.startswith("."))
        return f"# {file}\n\n" + "".join(f"- `{name}`\n" for name in names if name != "__pycache__/")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return led(text, file)
    if path.suffix == ".ipynb":
        return led(read(text), file)
    return f"# {path.name}\n\n`{file}`\n\n````{LANGUAGES.get(path.suffix, 'text')}\n{text}````\n"


def led(text: str, file: str) -> str:
    """Return the text of a page, ``file`` in the checkout, with links that lead to the same in the site."""
    here = posixpath.dirname(file)

    def anew(link: re.Match[str]) -> str:
        if "://" in link[0] or link[0].startswith("mailto:"):
            return link[0]
        target = place(posixpath.normpath(posixpath.join(here, link[0])))
        return posixpath.relpath(target, posixpath.dirname(place(file)) or ".")

    parts = _FENCED.split(text)
    parts[::2] = [_LINK.sub(anew, prose) for prose in parts[::2]]
    # What follows a block's language says how a test runs it, and nothing to the site.
    parts[1::2] = [_FENCE.sub(r"\1", code) for code in parts[1::2]]
    return "".join(parts)


def on_files(files: Files, *, config: Any) -> Files:
    """Add a page for each file outside docs/ that is linked to, and for those that it links to."""
    waiting = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / DOCS).rglob("*.md"))]
    seen = set(waiting)
    while waiting:
        file = waiting.pop()
        if not file.endswith(".md"):
            continue
        for link in linked((ROOT / file).read_text(encoding="utf-8")):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(file), link))
            if target not in seen and (ROOT / target).exists() and not target.startswith(f"{DOCS}/"):
                seen.add(target)
                waiting.append(target)
                page = File.generated(config, place(target), content=shown(target))
                page.inclusion = page.inclusion.NOT_IN_NAV
                files.append(page)
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Write the links of a page of docs/ anew; those of the others are already."""
    return led(markdown, f"{DOCS}/{page.file.src_uri}") if page.file.generated_by is None else markdown
