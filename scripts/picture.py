"""The picture of who may import whom, made of the contracts that import-linter holds the code to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH, MARGIN, LETTER, HEIGHT, GAP = 860, 16, 7.3, 24, 6
"""Pixels: of the picture, around it, of a letter of 12, of a box, between boxes."""
STYLE = """
text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1b1f24 }
.title { font: bold 14px system-ui, sans-serif }
.box { fill: #dbe9fb; stroke: #5b84b8 }
.row { fill: #f4f6f8 }
.page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
text { fill: #e2e6ec }
.box { fill: #23405f; stroke: #5b84b8 }
.row { fill: #262b35 }
.page { fill: #1e2129 }
}
"""


def layered() -> Iterator[tuple[str, str, list[list[str]]]]:
    """Yield each contract of layers: its name, the package, and the modules of each layer, the highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            layers = [re.split(r" *[|:] *", layer) for layer in contract["layers"]]
            yield contract["name"], contract["containers"][0], layers


def lines(layer: list[str]) -> list[list[str]]:
    """Break the modules of a layer into lines that fit."""
    broken: list[list[str]] = [[]]
    room = float(WIDTH - 4 * MARGIN)
    for module in layer:
        wide = len(module) * LETTER + 2 * MARGIN
        if wide > room and broken[-1]:
            broken.append([])
            room = WIDTH - 4 * MARGIN
        broken[-1].append(module)
        room -= wide
    return broken


def picture() -> str:
    """Return the picture, an SVG."""
    y, drawn = float(MARGIN), list[str]()
    for name, package, layers in layered():
        drawn.append(f'<text class="title" x="{MARGIN}" y="{y + 14:.0f}">{escape(package)}</text>')
        drawn.append(f'<text x="{MARGIN}" y="{y + 32:.0f}">{escape(name)}</text>')
        y += 42
        for layer in layers:
            rows = lines(layer)
            tall = len(rows) * (HEIGHT + GAP) + GAP
            drawn.append(f'<rect class="row" x="{MARGIN}" y="{y:.0f}" width="{WIDTH - 2 * MARGIN}" height="{tall}"/>')
            for row in rows:
                x = 2.0 * MARGIN
                for module in row:
                    wide = len(module) * LETTER + MARGIN
                    drawn.append(
                        f'<rect class="box" x="{x:.0f}" y="{y + GAP:.0f}" width="{wide:.0f}" height="{HEIGHT}" rx="4"/>'
                    )
                    drawn.append(
                        f'<text x="{x + MARGIN / 2:.0f}" y="{y + GAP + HEIGHT * 0.68:.0f}">{escape(module)}</text>'
                    )
                    x += wide + MARGIN
                y += HEIGHT + GAP
            y += GAP + 3
        y += 2 * MARGIN
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" role="img">'
    title = "<title>Who may import whom</title>"
    page = f'<rect class="page" width="{WIDTH}" height="{y:.0f}"/>'
    return "\n".join([head, title, f"<style>{STYLE}</style>", page, *drawn, "</svg>", ""])
