"""What a user gives beside the tickets is used, or said not to be: nothing is passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.calibration.fit.files import Asked, mapped, read_files
from simulator.errors import ExportError
from tests.exports import save, spell, truth


def test_a_field_mapped_to_no_column_is_not_read_as_errors_advise(tmp_path: Path) -> None:
    of = truth(60)
    path = save(tmp_path, {"created_at": spell(of.created), "team": [f"{name}@desk.example" for name in of.team]})
    with pytest.raises(ExportError, match=r"or none \(--map team=\)"):
        read_files(Asked(path, zone="UTC"))
    assert mapped(["team="]) == {"team": ""}
    assert read_files(Asked(path, ["team="], zone="UTC"))[0].export.team is None


@pytest.mark.parametrize(
    ("text", "option"), [("confidence=score", "--ai-log"), ("agents=heads", "--roster"), ("roster.team=t", "--roster")]
)
def test_columns_of_a_file_that_was_not_given_are_refused(text: str, option: str, tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": spell(truth(60).created)})
    with pytest.raises(ExportError, match=f"of a file that was not given; add {option} FILE"):
        read_files(Asked(path, [text], zone="UTC"))
