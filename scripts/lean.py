"""lean.py ENVIRONMENT: take out of an installed environment what the program in the pod never reads.

That is the descriptions of the clouds' services that nobody asks, and the tests of libraries. Code, licences and what
pip noted of each distribution stay.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ASKED_OF_AWS = {"s3", "signin", "sso", "sso-oidc", "sts"}
"""The store, and whom botocore asks for the credentials of a role, a person or a workload."""

TESTS = {"test", "tests"}


def superfluous(packages: Path) -> list[Path]:
    """Return the folders below ``packages``, a site-packages folder, that may go."""
    services = [each for each in (packages / "botocore" / "data").iterdir() if each.is_dir()]
    unasked = [each for each in services if each.name not in ASKED_OF_AWS]
    tests = [each for each in packages.glob("*/**/") if each.name in TESTS]
    return sorted(unasked + tests)


def main(environment: Path) -> None:
    [packages] = environment.glob("lib/python3*/site-packages")
    for folder in superfluous(packages):
        if folder.exists():  # it may have been in another
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
