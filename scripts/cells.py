"""A notebook as the text of a page: what it says, runs and shows."""

from __future__ import annotations

import html
import json
import re

_LOOKS = re.compile(r"<style.*?</style>\n?|(?<=<table)[^>]*|(?<=<tr) style=[^>]*", re.DOTALL)  # the site has its own


def read(notebook: str) -> str:
    """Return what a notebook says, runs and shows, as the text of a page."""
    parts = list[str]()
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            data = {kind: "".join(lines) for kind, lines in output.get("data", {}).items()}
            if "image/png" in data:
                alt = html.escape(data.get("text/plain", "picture"))
                parts.append(f'<img alt="{alt}" src="data:image/png;base64,{data["image/png"].strip()}">')
            elif "text/html" in data:
                parts.append(_LOOKS.sub("", data["text/html"]))
            else:
                parts.append(f"```text\n{data.get('text/plain', ''.join(output.get('text', ())))}\n```")
    return "\n\n".join(parts)
