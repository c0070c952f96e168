"""Is a request's head one that all servers read alike, and where does the request end?

Where two servers in a row disagree on it, what the one takes for a body is another request to the other, which nobody
has looked at (RFC 9112, 11.2). ``http.server`` reads headers as those of a mail, and lets much pass.
"""

from __future__ import annotations

import re
from email.message import Message
from io import BufferedIOBase

__all__ = ["LONGEST", "Refused", "body_length", "check_target", "read_head"]

LONGEST = 64 * 1024
"""Bytes of a head: a hundred lines of as much each, as ``http.server`` would keep, are a share of a pod's memory."""
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST = re.compile(rb"%b [!-~]+ HTTP/1\.[01]\r\n" % _TOKEN)
_FIELD = re.compile(rb"%b:[\t -~\x80-\xff]*\r\n" % _TOKEN)
"""A header: one line, and nothing but its name before the colon."""
_TARGET = re.compile(r"/(?:[!-~](?<![%#])|%[0-9A-Fa-f]{2})*")
_LENGTH = re.compile("[0-9]{1,18}")


class Refused(Exception):
    """A request that is neither answered nor handed on; what follows it is not looked at.

    Attributes:
        status: what to answer.
        line: the sentence, as it is answered.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.line = status, f"{sentence}\n"


def read_head(first: bytes, file: BufferedIOBase) -> bytes:
    """Return the lines of headers, and the empty line after them.

    Args:
        first: the line of the request.
        file: what comes after it.

    Raises:
        Refused: they are too many, or unclear.
    """
    if not _REQUEST.fullmatch(first):
        raise Refused(400, "bad request: begin with METHOD TARGET HTTP/1.1")
    lines, left = [b""], LONGEST
    while lines[-1] != b"\r\n":
        line = file.readline(left + 1)
        left -= len(line)
        if left < 0:
            raise Refused(431, f"too large: headers may have {LONGEST} bytes together")
        if line != b"\r\n" and not _FIELD.fullmatch(line):
            raise Refused(400, "bad request: a header is a line NAME: VALUE that ends with CR and LF")
        lines.append(line)
    return b"".join(lines)


def body_length(headers: Message) -> int:
    """Return the bytes that follow the head.

    Raises:
        Refused: they are not said, or more than once.
    """
    if "Transfer-Encoding" in headers:
        raise Refused(411, "length required: the agent hands on bodies that say how long they are")
    said = headers.get_all("Content-Length") or ["0"]
    if len(said) != 1 or not _LENGTH.fullmatch(said[0].strip(" \t")):
        raise Refused(400, "bad request: give one Content-Length, and a number")
    if len(headers.get_all("Host") or []) > 1:
        raise Refused(400, "bad request: give one Host")
    return int(said[0])


def check_target(target: str) -> None:
    """Refuse anything but a path: it would become a part of the host, as in ``http://localhost:8080@elsewhere/``.

    Raises:
        Refused: it is none, or one with characters that are to be escaped, or with a broken escape.
    """
    if not _TARGET.fullmatch(target):
        raise Refused(400, "bad request: ask for a path, escaped as in a URL")
