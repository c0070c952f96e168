"""The README's lines for the embedded registry, run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import httpx

import mr_registry

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readmes_curl_lines_answer_what_the_readme_says() -> None:
    shown = re.findall(r"^\$ curl -s localhost:8080(\S+) -d ('.*')\n(\{.*\})$", README, re.MULTILINE)
    assert len(shown) == 3
    with mr_registry.serve() as url:
        for path, body, answer in shown:
            # As curl sends it: with the Content-Type of a form.
            (content,) = shlex.split(body)
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            got = httpx.post(url + path, content=content, headers=headers).text

            assert re.sub(r"\d{13}", "<time>", got) == re.sub(r"\d{13}", "<time>", answer)
