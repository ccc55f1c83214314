"""An installed binary runs where it lands, with LibTorch's part and without."""

import os
import shutil
import subprocess
import pytest
from conftest import BINARY, HAS_TORCH


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed") / "a place with spaces"
    subprocess.run([os.environ["CMAKE"], "--install", os.environ["CELLSWEEP_BUILD"], "--prefix", prefix], check=True,
                   capture_output=True)
    return prefix


def run_torch(program, config, folder, *arguments):
    return subprocess.run([program, "run", config, "--set", "parallel.engine=torch", "--output", folder / "runs", *arguments],
                          capture_output=True, text=True)


def test_install(prefix):
    loaded = subprocess.run(["ldd", prefix / "bin" / "cellsweep"], check=True, capture_output=True, text=True).stdout
    assert "libtorch" not in loaded and "libc10" not in loaded and "/.cache/" not in loaded, loaded
    done = subprocess.run([prefix / "bin" / "cellsweep", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip().count(".") == 2


@pytest.mark.skipif(not HAS_TORCH, reason="a build without LibTorch")
def test_the_installed_program_finds_its_library(prefix, config, tmp_path):
    library = prefix / "lib" / "cellsweep" / "libcellsweep_torch.so"
    loaded = subprocess.run(["ldd", library], check=True, capture_output=True, text=True).stdout
    of_torch = [line for line in loaded.splitlines() if "libtorch" in line or "libc10" in line]
    # launch/deps' LibTorch is in the cache of whoever builds, where others do not find it.
    assert of_torch and not any("/.cache/" in line for line in of_torch), loaded
    done = run_torch(prefix / "bin" / "cellsweep", config, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not HAS_TORCH, reason="a build without LibTorch")
def test_a_library_that_is_missing_broken_or_of_another_version(config, tmp_path):
    program = tmp_path / "bin" / "cellsweep"
    program.parent.mkdir()
    shutil.copy(BINARY, program)
    done = run_torch(program, config, tmp_path)
    assert done.returncode == 2 and not (tmp_path / "runs").exists()
    assert "libcellsweep_torch.so: cannot open shared object file" in done.stderr and f"it belongs in {program.parent} or" in done.stderr
    # The fused engine does without.
    assert run_torch(program, config, tmp_path, "--set", "parallel.engine=fused").returncode == 0
    library = program.parent / "libcellsweep_torch.so"
    library.write_text("no library" * 100)
    assert "invalid ELF header" in run_torch(program, config, tmp_path).stderr
    source = tmp_path / "other.c"
    for text, message in (("int nothing;", "this is not LibTorch's part of cellsweep"),
                          ('const char *version = "0.0.9"; void *cellsweep_torch_library(void) { return &version; }',
                           f"{library} is of cellsweep 0.0.9, and this program is ")):
        source.write_text(text)
        library.unlink()
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        done = run_torch(program, config, tmp_path)
        assert done.returncode == 2 and message in done.stderr, done.stderr


@pytest.mark.skipif(HAS_TORCH, reason="a build with LibTorch")
def test_a_build_without_libtorch_says_so(config, tmp_path):
    done = run_torch(BINARY, config, tmp_path)
    assert done.returncode == 2 and "this build of cellsweep is without LibTorch" in done.stderr
    assert not (tmp_path / "runs").exists()
