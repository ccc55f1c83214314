"""Runs the tests of a bundle without ctest.

    python run_tests.py tests.json

tests.json is what ctest --show-only=json-v1 says, with @BUNDLE@ for the folder of the tree and @PYTHON@ for Python. As under ctest, a
test has a time limit, passes with code 0, and is skipped if its output says so. The exit code is 0 if nothing failed and
something passed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = str(pathlib.Path(__file__).resolve().parents[2])


def here(text):
    """A word of tests.json as it is on this machine."""
    return text.replace("@BUNDLE@", ROOT).replace("@PYTHON@", sys.executable)


def command_of(test):
    words = [here(word) for word in test["command"]]
    # cmake -E env, cmake -E echo: commands that every machine has.
    return words[2:] if words[1] == "-E" else words


def run(test):
    """What became of it: passed, failed or skipped, with its output."""
    properties = {entry["name"]: entry["value"] for entry in test.get("properties", [])}
    environment = dict(here(line).split("=", 1) for line in properties.get("ENVIRONMENT", []))
    try:
        done = subprocess.run(
            command_of(test),
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=properties.get("TIMEOUT", 300),
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        return "failed", f"{error}\n{(error.stdout or b'').decode(errors='replace')}"
    if done.returncode != 0:
        return "failed", done.stdout
    skip = properties.get("SKIP_REGULAR_EXPRESSION", [])
    return "skipped" if any(re.search(pattern, done.stdout) for pattern in skip) else "passed", done.stdout


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for test in json.loads(pathlib.Path(sys.argv[1]).read_text())["tests"]:
        outcome, output = run(test)
        counts[outcome] += 1
        if outcome != "passed":
            print(output)
        print(f"{outcome.upper():8} {test['name']}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 0 if counts["failed"] == 0 and counts["passed"] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
