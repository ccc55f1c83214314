"""An installed binary runs where it lands."""

import os
import subprocess


def test_install(tmp_path):
    prefix = tmp_path / "a place with spaces"
    subprocess.run([os.environ["CMAKE"], "--install", os.environ["CELLSWEEP_BUILD"], "--prefix", prefix], check=True,
                   capture_output=True)
    loaded = subprocess.run(["ldd", prefix / "bin" / "cellsweep"], check=True, capture_output=True, text=True).stdout
    of_torch = [line for line in loaded.splitlines() if "libtorch" in line or "libc10" in line]
    # launch/deps' LibTorch is in the cache of whoever builds, where others do not find it.
    assert of_torch and not any("/.cache/" in line for line in of_torch), loaded
    done = subprocess.run([prefix / "bin" / "cellsweep", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip().count(".") == 2
