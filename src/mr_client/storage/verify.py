"""Is on disk what was planned?"""

from __future__ import annotations

from dataclasses import dataclass

from mr_client.errors import VerificationFailed
from mr_client.storage.plan import CopyPlan

__all__ = ["Verification", "verify_copy"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at the disk says of a plan; the names are below the plan's destination."""

    missing: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    """``name: what differs``."""

    def __bool__(self) -> bool:
        return not (self.missing or self.mismatched)

    def raise_for_failure(self, plan: CopyPlan) -> None:
        """Raise if anything is missing or mismatched.

        Raises:
            VerificationFailed: it says how many, and names the first few.
        """
        if self:
            return
        faults = [*(f"{name}: missing" for name in self.missing), *self.mismatched]
        shown = "; ".join(faults[:5]) + ("; …" if len(faults) > 5 else "")
        raise VerificationFailed(
            f"{len(faults)} of {len(plan.files)} files in {str(plan.destination)!r} are not what {plan.source!r} holds "
            f"({shown}): run again, and if it stays so, upload the model anew."
        )


def verify_copy(plan: CopyPlan) -> Verification:
    """Compare what is on disk with ``plan``: every file is there, a regular file, of the right size.

    Digests are compared by the copy, before a file gets its name.
    """
    missing: list[str] = []
    mismatched: list[str] = []
    for file in plan.files:
        name = file.target.relative_to(plan.destination).as_posix()
        try:
            size = file.target.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            missing.append(name)
            continue
        if file.target.is_symlink() or not file.target.is_file():
            mismatched.append(f"{name}: no regular file")
        elif file.source.size is not None and size != file.source.size:
            mismatched.append(f"{name}: {size} bytes, not {file.source.size}")
    return Verification(tuple(missing), tuple(mismatched))
