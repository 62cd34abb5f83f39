"""Write the README's KPI table and the output of its main job anew: `python tests/update_readme.py [OUTPUT.txt]`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Replace the generated parts of the README."""
    from simulator.metrics.registry import kpi_table

    file = ROOT / "README.md"
    text = file.read_text(encoding="utf-8")
    table = f"(<code>ticketflow kpis</code>)</summary>\n\n{kpi_table()}\n\n</details>"
    text = re.sub(r"\(<code>ticketflow kpis</code>\)</summary>.*?</details>", lambda _: table, text, flags=re.DOTALL)
    if len(sys.argv) > 1:
        output = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip()
        text = re.sub(r"```text\n.*?```", lambda _: f"```text\n{output}\n```", text, count=1, flags=re.DOTALL)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
