"""Is what the storage holds encrypted, for a guest that alone has the key?"""

from __future__ import annotations

from collections.abc import Mapping

from mr_client.errors import InvalidSettings, NotAllowed
from mr_client.variables import Variable

__all__ = ["VARIABLES", "refuse_confidential"]

_ENABLED = Variable(
    "CONFIDENTIAL_ENABLED", "false", "set by KServe for a confidential InferenceService, which is refused"
)
VARIABLES = (_ENABLED,)


def refuse_confidential(environ: Mapping[str, str]) -> None:
    """Refuse to bring a model that would have to be decrypted: KServe's own initializer does that since 0.20.

    Raises:
        NotAllowed: the InferenceService is confidential, or it is unclear whether it is. To bring it
            would hand ciphertext to the model server as if it were a model.
    """
    try:
        confidential = _ENABLED.flag(environ)
    except InvalidSettings as error:
        raise NotAllowed(f"{error} Until then no model is brought: it may be encrypted.") from None
    if confidential:
        raise NotAllowed(
            f"{_ENABLED.name} says that the model is encrypted, and it cannot be decrypted here: use KServe's own "
            "storage initializer for this InferenceService, or a model that is not encrypted."
        )
