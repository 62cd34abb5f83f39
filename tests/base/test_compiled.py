"""Compiled functions work where nothing can be written, and say when they have to be compiled."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import simulator
from simulator.base import compiled

PACKAGE = Path(simulator.__file__).parent
SCRIPT = """
from simulator.run import simulate
from simulator.scenario import load_scenario
print(len(simulate(load_scenario("supplements", ["weeks=1", "warm_up=0"])).customers))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="POSIX permissions")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0 and not shutil.which("setpriv"), reason="root writes")
def test_a_package_that_nobody_may_write_to_compiles_for_each_process(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "scenarios", tmp_path / "scenarios")
    # Others may pass through the folders above, and read; nobody may write.
    for folder in [tmp_path, *tmp_path.parents][:-2]:
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(tmp_path)], check=True)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    env = {"PYTHONPATH": f"{tmp_path}:{os.pathsep.join(sys.path)}", "HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    command = [*nobody, sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    subprocess.run(["chmod", "-R", "u+w", str(tmp_path)], check=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 500


def test_compiling_is_told_once_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiled, "SECONDS_UNTIL_NOTE", 0.01)
    compiled._tell.cache_clear()
    for part in ("one part", "another"):
        with compiled.announcing_compilation(part):
            time.sleep(0.3)
    assert capsys.readouterr().err == "Compiling for this machine; this happens once.\n"


def test_what_is_quickly_loaded_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    compiled._tell.cache_clear()
    with compiled.announcing_compilation("a third part"):
        pass
    assert capsys.readouterr().err == ""
