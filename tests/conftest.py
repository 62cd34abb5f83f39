"""What all tests share."""

import pytest
from hypothesis import settings

from simulator.studies.running.batch import replicate
from tests.support.app_server import address as address
from tests.support.browser import browser as browser
from tests.support.desks import pilot_desk

settings.register_profile("ticketflow", deadline=None, derandomize=True, database=None)
settings.load_profile("ticketflow")


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile, on a machine that has not yet, so that no command under test has to say that it does."""
    replicate(pilot_desk(weeks=1), replications=1, workers=1)
