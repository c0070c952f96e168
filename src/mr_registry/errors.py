"""What can the registry refuse, and how does it say so?

Refusal                 answered as {"code": …, "message": …}
├── BadRequest              400
│   └── Malformed
├── RequiredFieldMissing    422, with the code of a 400
├── Unauthorized            401
├── Forbidden               403
├── NotFound                404
├── Conflict                409
├── TooLarge                413
└── Unavailable             503
DatabaseError (OSError) the database file cannot be used; raised on opening, before anything is served
"""

from __future__ import annotations


class Refusal(Exception):
    """A request that is not carried out. Made with a reason; `message` is what the client reads of it."""

    status: int
    code: str
    form = "{}"

    @property
    def message(self) -> str:
        """The reason in the words that servers put around it."""
        return self.form.format(*self.args)


class BadRequest(Refusal):
    """The request itself is wrong."""

    status, code, form = 400, "Bad Request", "{}: bad request"


class Malformed(BadRequest):
    """The body or the query cannot be read at all."""

    form = "{}"


class RequiredFieldMissing(Refusal):
    """A field that must be there is absent, null or empty; made with its name."""

    # The code is no slip: servers answer 422 with the words of a 400.
    status, code, form = 422, "Bad Request", "required field '{}' is zero value."


class Unauthorized(Refusal):
    """The request does not bear the registry's token."""

    status, code = 401, "Unauthorized"


class Forbidden(Refusal):
    """The request comes from a web page that is not the registry's."""

    status, code = 403, "Forbidden"


class NotFound(Refusal):
    """Nothing, or not exactly one thing, is meant by the request."""

    status, code, form = 404, "Not Found", "{}: not found"


class Conflict(Refusal):
    """A name or an external id is taken."""

    status, code, form = 409, "Conflict", "{}: conflict"


class TooLarge(Refusal):
    """The body is larger than the registry reads."""

    status, code = 413, "Request Entity Too Large"


class Unavailable(Refusal):
    """The database does not answer at the moment."""

    status, code = 503, "Service Unavailable"


class DatabaseError(OSError):
    """A file that cannot be used as a registry's database. `str()` of it is one sentence."""
