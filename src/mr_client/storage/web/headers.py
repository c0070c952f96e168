"""Which headers does a web server get, going by the variables that KServe makes of a secret?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["VARIABLES", "host_headers", "parsed_headers"]

VARIABLES = (
    Variable(
        "<host>-headers",
        "",
        'http(s): headers for that host alone, a JSON object, such as `{"Authorization": "Bearer …"}`',
    ),
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2."""


def host_headers(host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the headers for a host (kserve, ``pkg/credentials/https/https_secret.go``).

    Args:
        host: without a port, in lower case.
        environ: environment variables as KServe injects them: ``HOST-headers``.

    Raises:
        InvalidSettings: the value is no JSON object of texts. It is never quoted.
    """
    variable = f"{host}-headers"
    text = environ.get(variable, "").strip()
    return parsed_headers(text, variable) if text else {}


def parsed_headers(text: str, variable: str) -> dict[str, str]:
    """Return the headers that a JSON object holds.

    Args:
        text: the JSON.
        variable: what holds it, for the error.

    Raises:
        InvalidSettings: it is none. It is never quoted.
    """
    try:
        headers = json.loads(text)
    except ValueError:
        headers = None
    if not isinstance(headers, dict) or not all(
        _NAME.fullmatch(name) and isinstance(value, str) and value.isprintable() and value.isascii()
        for name, value in headers.items()
    ):
        # The cause would hold the text.
        raise InvalidSettings(
            f'{variable!r} is no JSON object of headers: write one, such as {{"Authorization": "Bearer …"}}.'
        ) from None
    return headers
