"""Prometheus' configuration and rules, by promtool: every alert is seen to fire and to stay silent."""

import re
import subprocess

import pytest
import yaml
from conftest import SOURCE
from monitored import dashboards

FOLDER = SOURCE / "monitoring/prometheus"
RULES = [rule for file in sorted((FOLDER / "rules").glob("*.yml"))
         for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
ALERTS = [rule["alert"] for rule in RULES if "alert" in rule]
RECORDS = [rule["record"] for rule in RULES if "record" in rule]
TESTS = sorted((FOLDER / "tests").glob("*.yml"))


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_valid():
    promtool("check", "config", FOLDER / "prometheus.yml")


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_rules_do_what_their_tests_say(file):
    promtool("test", "rules", file)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_fires_in_one_test_and_is_silent_in_another(alert):
    fires = [{bool(case.get("exp_alerts")) for case in test.get("alert_rule_test", []) if case["alertname"] == alert}
             for file in TESTS for test in yaml.safe_load(file.read_text())["tests"]]
    assert any(True in each for each in fires), "no test in which it fires"
    assert {False} in fires, "no test in which it stays silent throughout"


@pytest.mark.parametrize("record", RECORDS)
def test_a_recorded_series_is_tested_and_used(record):
    tested = [case["expr"] for file in TESTS for test in yaml.safe_load(file.read_text())["tests"]
              for case in test.get("promql_expr_test", [])]
    assert record in tested
    used = [rule["expr"] for rule in RULES] + [str(dashboard) for dashboard in dashboards().values()]
    assert any(re.search(rf"(?<![\w:]){record}(?![\w:])", text) for text in used), "no dashboard and no alert asks for it"


def test_an_alert_says_whom_it_concerns():
    for rule in RULES:
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]
            assert "$labels.run_id" in rule["annotations"]["summary"] and rule["annotations"]["description"], rule["alert"]
