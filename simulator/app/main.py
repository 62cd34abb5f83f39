"""What Streamlit runs at every move of a slider; its one argument is the scenario file given at the start, if any."""

import sys
from pathlib import Path

from simulator.app.frame import render

render(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
