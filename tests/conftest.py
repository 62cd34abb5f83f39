"""What all tests share."""

import pytest

from simulator.studies.replications import replicate
from tests.desks import pilot_desk


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile, on a machine that has not yet, so that no command under test has to say that it does."""
    replicate(pilot_desk(weeks=1), replications=1, workers=1)
