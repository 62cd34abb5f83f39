"""Write what is generated in the documents anew: outputs and pictures of the README, scenario reference, table of KPIs.

`python tests/tools/update_readme.py` runs every command whose output the README shows, in a folder of its own, and
takes some ten minutes on two cores; `python tests/tools/update_readme.py run compare` runs those alone,
and `--none` runs nothing. `--keep FOLDER` keeps what the commands print as FOLDER/NAME.txt and what they write in
FOLDER/results; a command whose
file is there already is not run again.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Bring the documents up to date."""
    from simulator.metrics.registry import kpi_table
    from simulator.scenario.reference import reference
    from tests.support.documents import EXCERPTS, GALLERY, README, with_outputs

    given = _arguments(sorted(EXCERPTS))
    (ROOT / "scenarios/REFERENCE.md").write_text(reference() + "\n", encoding="utf-8")
    results = ROOT / "results/README.md"
    table = f"<!-- kpis -->\n{kpi_table()}\n<!-- /kpis -->"
    text = re.sub(r"<!-- kpis -->.*?<!-- /kpis -->", lambda _: table, results.read_text("utf-8"), flags=re.DOTALL)
    results.write_text(text, encoding="utf-8")
    names = [] if given.none else given.commands or sorted(EXCERPTS)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        found = {name: _output(name, folder) for name in names}
        for picture, (_, drawn) in GALLERY.items():
            if (folder / "results" / drawn).exists():
                shutil.copy(folder / "results" / drawn, ROOT / "results/gallery" / picture)
    README.write_text(with_outputs(README.read_text("utf-8"), found), encoding="utf-8")


def _arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", choices=[[], *names], metavar="COMMAND", help=", ".join(names))
    parser.add_argument("--none", action="store_true", help="run no command")
    parser.add_argument("--keep", type=Path, help="folder of outputs")
    return parser.parse_args()


def _output(name: str, folder: Path) -> str:
    """Run a command as the README shows it and give what it prints, warnings included."""
    from tests.support.documents import README, commands

    kept = folder / f"{name}.txt"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    words = next(words for words in commands(README.read_text("utf-8")) if words[0] == name)
    print("ticketflow", *words, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "scenarios").exists():
        (folder / "scenarios").symlink_to(ROOT / "scenarios")
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *words],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "80"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
    )  # fmt: skip
    kept.write_text(done.stdout, encoding="utf-8")
    return done.stdout


if __name__ == "__main__":
    main()
