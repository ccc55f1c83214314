"""An installed binary runs where it lands."""

import os
import subprocess


def test_install(tmp_path):
    prefix = tmp_path / "a place with spaces"
    subprocess.run([os.environ["CMAKE"], "--install", os.environ["CELLSWEEP_BUILD"], "--prefix", prefix], check=True,
                   capture_output=True)
    done = subprocess.run([prefix / "bin" / "cellsweep", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip().count(".") == 2
