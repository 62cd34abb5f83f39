"""The source: a fingerprint of the code that results come from."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
NOT_ABOUT_RESULTS = frozenset({"report", "cli", "app", "shipped_scenarios", "__main__.py"})
"""Parts of the package that no figure of a replication comes from."""


@cache
def code_version() -> str:
    """Fingerprint the code of the model: a copy that somebody has changed does not go on with another's results.

    The version number alone would not tell two states of a source tree apart.
    """
    hashed = hashlib.sha256()
    for file in hashed_files():
        hashed.update(file.relative_to(PACKAGE).as_posix().encode())
        hashed.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return hashed.hexdigest()[:12]


def hashed_files() -> list[Path]:
    """List the files of the model, in order."""
    files = PACKAGE.rglob("*.py")
    return sorted(file for file in files if file.relative_to(PACKAGE).parts[0] not in NOT_ABOUT_RESULTS)
