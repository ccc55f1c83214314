"""What runs a bundle's tests without ctest distinguishes right from wrong."""

import json
import subprocess
import sys

import pytest
from conftest import SOURCE


def case(name, script, **properties):
    return {
        "name": name,
        "command": ["/nowhere/cmake", "-E", "env", "WORD=@BUNDLE@", "@PYTHON@", "-c", script],
        "properties": [{"name": key, "value": value} for key, value in properties.items()],
    }


PASSES = case("passes", "import os; assert os.environ['WORD'] == os.environ['OTHER'] != ''", ENVIRONMENT=["OTHER=@BUNDLE@"])
FAILS = case("fails", "raise SystemExit(3)")
HANGS = case("hangs", "import time; print('said', flush=True); time.sleep(60)", TIMEOUT=0.5)
SKIPS = case("skips", "print('NO GPU HERE')", SKIP_REGULAR_EXPRESSION=["NO GPU"])
BREAKS = case("breaks", "print('NO GPU HERE'); raise SystemExit(3)", SKIP_REGULAR_EXPRESSION=["NO GPU"])


@pytest.mark.parametrize(
    ("cases", "code", "count"),
    [
        ([PASSES, SKIPS], 0, "1 passed, 0 failed, 1 skipped"),
        ([PASSES, FAILS], 1, "1 passed, 1 failed, 0 skipped"),
        ([PASSES, HANGS], 1, "1 passed, 1 failed, 0 skipped"),
        ([PASSES, BREAKS], 1, "1 passed, 1 failed, 0 skipped"),
        ([SKIPS], 1, "0 passed, 0 failed, 1 skipped"),
    ],
)
def test_outcomes(tmp_path, cases, code, count):
    path = tmp_path / "tests.json"
    path.write_text(json.dumps({"tests": cases}))
    script = SOURCE / "tests" / "gpu" / "run_tests.py"
    done = subprocess.run([sys.executable, script, path], capture_output=True, text=True, timeout=60)
    assert done.returncode == code and done.stdout.splitlines()[-1] == count, done.stdout + done.stderr
    assert ("said" in done.stdout) == (HANGS in cases)
