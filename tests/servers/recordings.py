"""Put recorded scenarios to an embedded registry, and tell in which steps it answers otherwise.

What a recording holds is said beside the recordings, in their README.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Message

from mr_registry.api import application
from mr_registry.contract import BASE_PATH
from mr_registry.database import Database, open_database

RECORDED = Path(__file__).parents[1] / "mr_registry" / "recorded"
DEPARTURES = RECORDED / "departures.json"

_FIRST_IDS = {"contexts": 10_001, "artifacts": 1_001, "executions": 20_001}
"""Far from one another, as they were when the recordings were made: no id is one of two things."""
_STEP_MILLISECONDS = 3
_TIME_TOLERANCE = 3_600_000

_ID = re.compile(r"\{([a-z][a-z_]*\d*)\}")
_PLACEHOLDER = re.compile(rf"{_ID.pattern}|<token:(\d+)>|<repeat:(.):(\d+)>")
_MARKS = {"<time>": r"(\d{13})", "<uuid>": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<address>": ".+"}
_MARK = re.compile("|".join(_MARKS))
_NO_ANSWER = object()


@dataclass(frozen=True, slots=True)
class Recording:
    """A scenario: steps in order, to be put to an empty registry."""

    file: str
    name: str
    steps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step; its number counts from 1."""

    number: int
    step: Mapping[str, Any]
    differences: Sequence[str]
    status: int | None
    """None where the step could not be put, because an answer before it lacked something."""
    answer: object


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    media_type: str | None
    answer: object


class _NeverAnsweredError(Exception):
    """A request needs an id or a token that no answer has shown."""


def recordings() -> list[Recording]:
    """Return all scenarios of all files."""
    return [
        Recording(file.stem, scenario["name"], scenario["steps"])
        for file in sorted(RECORDED.glob("*.json"))
        if file != DEPARTURES
        for scenario in json.loads(file.read_text("utf-8"))
    ]


def play(recording: Recording) -> list[Outcome]:
    """Put a scenario to an empty registry that is like upstream, up to a step that is no request."""
    clock = _Clock()
    with closing(open_database(":memory:", clock, orphans=True)) as database:
        _start_ids(database)
        app = application(database, like_upstream=True)
        return asyncio.run(_play(recording, app, clock))


async def _play(recording: Recording, app: ASGIApp, clock: _Clock) -> list[Outcome]:
    known = _Known(clock)
    outcomes = []
    for number, step in enumerate(recording.steps, start=1):
        if "arrange" in step:
            break
        clock.now += _STEP_MILLISECONDS
        try:
            reply = await _put(app, step, known)
        except _NeverAnsweredError as exc:
            outcomes.append(Outcome(number, step, [str(exc)], None, None))
            continue
        outcomes.append(Outcome(number, step, list(_compare(step, reply, known)), reply.status, reply.answer))
    return outcomes


class _Clock:
    """A clock that moves on with each step only, so that no two changes have one time."""

    def __init__(self) -> None:
        self.now = int(time.time() * 1000)

    def __call__(self) -> int:
        return self.now


def _start_ids(database: Database) -> None:
    with database.writing() as transaction:
        transaction.connection.executemany(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
            [(table, first - 1) for table, first in _FIRST_IDS.items()],
        )


@dataclass(slots=True)
class _Known:
    """What the answers of a scenario have shown so far."""

    clock: _Clock
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def fill(self, value: Any, *, quoted: bool = False) -> Any:
        """Return a request's path or body with its placeholders replaced, or raise _NeverAnsweredError."""
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        if isinstance(value, dict):
            return {self.fill(name): self.fill(each) for name, each in value.items()}
        if not isinstance(value, str):
            return value

        def replaced(found: re.Match[str]) -> str:
            name, token, repeated, times = found.groups()
            if repeated is not None:
                return str(repeated) * int(times)
            known = self.ids.get(name) if token is None else self.tokens.get(token)
            if known is None:
                raise _NeverAnsweredError(f"no answer has shown {found[0]}")
            return quote(known, safe="") if quoted else known

        return _PLACEHOLDER.sub(replaced, value)


async def _put(app: ASGIApp, step: Mapping[str, Any], known: _Known) -> _Reply:
    """Ask as a server does that has read the request, so that nothing repairs what the step asks for."""
    target = known.fill(step["path"], quoted=True)
    path, _, query = (target if step.get("path_is_absolute") else BASE_PATH + target).partition("?")
    headers = {"host": "registry"}
    body = b""
    if "body" in step:
        filled = known.fill(step["body"])
        body = (filled if isinstance(filled, str) else json.dumps(filled)).encode("utf-8", "surrogatepass")
        headers |= {"content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in step.get("headers", {}).items()}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": step["method"],
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "root_path": "",
        "query_string": query.encode("ascii"),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    start, *chunks = sent
    kind = {name.lower(): value.decode() for name, value in start["headers"]}.get(b"content-type")
    text = b"".join(chunk.get("body", b"") for chunk in chunks).decode()
    media_type = _media_type(kind)
    if step["method"] == "HEAD":
        return _Reply(start["status"], media_type, "")
    return _Reply(start["status"], media_type, json.loads(text) if media_type == "application/json" else text)


def _media_type(content_type: str | None) -> str | None:
    return None if content_type is None else content_type.partition(";")[0].strip().lower()


def _compare(step: Mapping[str, Any], reply: _Reply, known: _Known) -> Iterator[str]:
    """Give the differences, and remember the ids and tokens that the answer shows."""
    if reply.status != step["status"]:
        yield f"status: {step['status']} was recorded, {reply.status} came"
        return
    recorded_type = _media_type(step["content_type"])
    if reply.media_type != recorded_type:
        yield f"media type: {recorded_type} was recorded, {reply.media_type} came"
    answers = [step["answer"], *(each["answer"] for each in step.get("or", ()))]
    if step["status"] >= 400:
        codes = [_code(answer) for answer in answers]
        if _code(reply.answer) not in codes:
            yield f"code: {codes} was recorded, {_code(reply.answer)!r} came"
        return
    fewest: list[str] | None = None
    for answer in answers:
        # Only an answer that is the recorded one throughout says which id is which.
        attempt = _Known(known.clock, dict(known.ids), dict(known.tokens))
        differences = list(_differences(answer, reply.answer, attempt, "answer"))
        if not differences:
            known.ids, known.tokens = attempt.ids, attempt.tokens
            yield from _token_differences(step, reply.answer, known)
            return
        if fewest is None or len(differences) < len(fewest):
            fewest = differences
    yield from fewest or ()
    _remember(step["answer"], reply.answer, known)


def _code(answer: object) -> object:
    """The message beside it, or instead of it, is in each server's own words."""
    return answer.get("code") if isinstance(answer, dict) else None


def _remember(recorded: object, answer: object, known: _Known) -> None:
    """Learn from an answer that departs what is certain: its own id, and its page token."""
    if isinstance(recorded, dict) and isinstance(answer, dict):
        name = _ID.fullmatch(str(recorded.get("id")))
        if name and isinstance(answer.get("id"), str) and answer["id"] not in known.ids.values():
            known.ids.setdefault(name[1], answer["id"])
        if recorded.get("nextPageToken") and answer.get("nextPageToken"):
            known.tokens[_token_number(recorded["nextPageToken"])] = answer["nextPageToken"]


def _token_number(placeholder: str) -> str:
    found = _PLACEHOLDER.fullmatch(placeholder)
    assert found
    return found[2]


def _token_differences(step: Mapping[str, Any], answer: object, known: _Known) -> Iterator[str]:
    if "token_reads" in step:
        assert isinstance(answer, dict)
        reads = base64.b64decode(answer["nextPageToken"]).decode()
        yield from _text_differences(step["token_reads"], reads, known, "page token")


def _differences(recorded: object, came: object, known: _Known, where: str) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(came, dict):
        for name in sorted(recorded.keys() | came.keys()):
            one, other = recorded.get(name, _NO_ANSWER), came.get(name, _NO_ANSWER)
            if one is _NO_ANSWER:
                yield f"{where}.{name}: nothing was recorded, {_shown(other)} came"
            elif other is _NO_ANSWER:
                yield f"{where}.{name}: {_shown(one)} was recorded, nothing came"
            elif name == "nextPageToken" and one and isinstance(one, str) and isinstance(other, str) and other:
                known.tokens[_token_number(one)] = other
            else:
                yield from _differences(one, other, known, f"{where}.{name}")
    elif isinstance(recorded, list) and isinstance(came, list):
        if len(recorded) != len(came):
            yield f"{where}: {len(recorded)} were recorded, {len(came)} came"
        else:
            for index, (one, other) in enumerate(zip(recorded, came, strict=True)):
                yield from _differences(one, other, known, f"{where}[{index}]")
    elif isinstance(recorded, str) and isinstance(came, str):
        yield from _text_differences(recorded, came, known, where)
    elif recorded != came or isinstance(recorded, bool) != isinstance(came, bool):
        yield f"{where}: {_shown(recorded)} was recorded, {_shown(came)} came"


def _text_differences(recorded: str, came: str, known: _Known, where: str) -> Iterator[str]:
    name = _ID.fullmatch(recorded)
    if name and name[1] not in known.ids:
        if came in known.ids.values() or not came.isdecimal():
            yield f"{where}: another id was recorded, {came} came"
        else:
            known.ids[name[1]] = came
        return
    try:
        filled = known.fill(recorded)
    except _NeverAnsweredError as exc:
        yield f"{where}: {exc}"
        return
    if filled == came:
        return
    pattern = "".join(_MARKS.get(part) or re.escape(part) for part in re.split(f"({_MARK.pattern})", filled))
    found = re.fullmatch(pattern, came, re.DOTALL) if _MARK.search(filled) else None
    if not found:
        yield f"{where}: {_shown(recorded)} was recorded, {_shown(came)} came"
    elif any(abs(int(moment) - known.clock.now) > _TIME_TOLERANCE for moment in found.groups()):
        yield f"{where}: a time of about {known.clock.now} was recorded, {came} came"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
