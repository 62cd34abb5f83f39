"""Run the command line as `python -m simulator`."""

from simulator.cli import main

main()
