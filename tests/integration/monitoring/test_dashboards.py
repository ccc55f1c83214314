"""What every dashboard keeps to, and every expression asked of a Prometheus that scrapes a real sweep: while it trains, and after."""

import json
import re
import time

import pytest
import yaml
from conftest import SOURCE
from metrics_servers import get, serving, wait_for
from monitored import EPOCHS, RUNS, TRAINED, copy_monitoring, dashboards, fill, is_under_way, panels, train

DASHBOARDS = dashboards()
PANELS = [(f"{name}: {panel['title']}", panel) for name, dashboard in DASHBOARDS.items() for panel in panels(dashboard)]
EXPRESSIONS = [(f"{title} {target['refId']}", target["expr"]) for title, panel in PANELS for target in panel["targets"]]
# What Grafana 10 and 13 both have.
PANEL_TYPES = {"stat", "table", "timeseries", "trend", "barchart", "state-timeline", "heatmap"}


def by_title(values):
    return pytest.mark.parametrize("value", [value for _, value in values], ids=[title for title, _ in values])


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
def test_a_dashboard_has_the_variables_and_links_that_all_have(dashboard):
    assert dashboard["uid"].startswith("cellsweep-") and dashboard["title"] and dashboard["description"]
    assert dashboard["schemaVersion"] == 42 and dashboard["tags"] == ["cellsweep"]
    assert dashboard["graphTooltip"] == 1, "one crosshair for all panels"
    assert [each["name"] for each in dashboard["templating"]["list"]][:4] == ["datasource", "sweep", "cell", "run"]
    assert any(link["type"] == "dashboards" and link["includeVars"] and link["keepTime"] for link in dashboard["links"])
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    cells = [(x, y) for place in (panel["gridPos"] for panel in dashboard["panels"])
             for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]
    assert len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24, "panels overlap"


@by_title(PANELS)
def test_a_panel_explains_itself(value):
    assert value["type"] in PANEL_TYPES
    assert value["title"] and value["description"].endswith(".")
    assert value["fieldConfig"]["defaults"]["unit"] and value["fieldConfig"]["defaults"]["noValue"]
    for source in (value, *value["targets"]):
        assert source["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def names(expression):
    """The series that an expression asks for."""
    return set(re.findall(r"\b(?:cellsweep|process)_\w+", re.sub(r"\$\{?metric\}?", "accuracy", re.sub(r"\w+:\w+:\w+", "", expression))))


@by_title(EXPRESSIONS)
def test_an_expression_asks_for_documented_metrics(value):
    documented = set(re.findall(r"`((?:cellsweep|process)_\w+)`", (SOURCE / "monitoring/README.md").read_text()))
    histograms = {f"{name}_{part}" for name in documented for part in ("sum", "count", "bucket")}
    assert names(value) <= documented | histograms


def test_both_ways_to_start_give_grafana_what_its_provisioning_asks_for():
    folder = SOURCE / "monitoring"
    asked = {name for file in (folder / "grafana/provisioning").rglob("*.yml") for name in re.findall(r"\$(\w+)", file.read_text())}
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    exported = set(re.findall(r"(\w+)=", " ".join(re.findall(r"^export (.*)$", (folder / "start").read_text(), re.M))))
    assert asked and asked <= set(services["grafana"]["environment"]) and asked <= exported
    for name, service in services.items():
        default = re.fullmatch(r"\$\{[A-Z_]+:-(.*)\}", service["image"])
        assert default and re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+", default[1]), f"{name} has no pinned version"
        mounts = dict(volume.split(":")[:2] for volume in service["volumes"])
        for source in (source for source in mounts if source.startswith(".")):
            assert (folder / source).is_dir(), source
    inside = {source: place for source, place in (volume.split(":")[:2] for volume in services["grafana"]["volumes"])}
    for variable, place in (("CELLSWEEP_DASHBOARDS", "dashboards"), ("GF_PATHS_PROVISIONING", "provisioning")):
        assert services["grafana"]["environment"][variable] == f"{inside['./grafana']}/{place}" and (folder / "grafana" / place).is_dir()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Prometheus, and beside it the sweep, of which some runs have ended and one trains."""
    folder = tmp_path_factory.mktemp("live")
    monitoring = copy_monitoring(folder)
    with serving(folder, monitoring / "prometheus/prometheus.yml") as server, train(folder, monitoring) as server.training:
        def under_way():
            assert server.training.poll() is None, "the sweep ended too soon"
            return is_under_way(server.query)
        wait_for(under_way, "the last run trains", 90)
        yield server


def values_of(seconds):
    """The dashboards' variables as Grafana would fill them in for the sweep and a time range of so many seconds."""
    return {"sweep": "live", "run": "|".join(RUNS), "cell": ".*", "target": "0.2", "metric": "accuracy", "choice": "cell",
            "number": "train_optimizer_learning_rate", "__range": f"{seconds}s", "__rate_interval": "8s"}


# A run that diverges in its first epoch has no metrics; those of pruned runs, which have some, come by the same expressions.
WITHOUT_METRICS = {"sweep: Pruned, diverged and failed runs D", "sweep: Pruned, diverged and failed runs E"}


def test_every_expression_has_data_while_a_sweep_trains(server):
    values = values_of(600)
    answers = {title: server.query(fill(expression, **values)) for title, expression in EXPRESSIONS}
    assert server.training.poll() is None, "the sweep ended before all was asked"
    assert {title for title, answer in answers.items() if not answer} == WITHOUT_METRICS


def test_every_rule_is_evaluated_and_the_alert_of_the_diverged_run_fires(server):
    groups = json.loads(get(f"{server.url}/api/v1/rules"))["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    files = [yaml.safe_load(file.read_text()) for file in (SOURCE / "monitoring/prometheus/rules").glob("*.yml")]
    assert len(rules) == sum(len(group["rules"]) for file in files for group in file["groups"])
    for rule in rules:
        assert rule["health"] == "ok", rule
        if rule["type"] == "recording":
            assert server.query(rule["name"]), rule["name"]
        else:
            unknown = [name for name in names(rule["query"]) if not server.query(f"last_over_time({name}[10m])")]
            assert not unknown, f"{rule['name']} asks for {unknown}"
    firing = {labels["alertname"] for labels, _ in server.query('ALERTS{alertstate="firing"}')}
    assert firing == {"CellsweepLossNotFinite"}


def test_every_comparison_has_all_runs_a_day_after_the_sweep_has_ended(server):
    server.training.terminate()
    server.training.wait(timeout=60)
    wait_for(lambda: not server.query("cellsweep_run_info"), "the endpoint is gone", 30)
    tomorrow = time.time() + 24 * 3600
    comparison = [(title, expression) for title, expression in EXPRESSIONS if title.startswith("comparison: ")]
    answers = {title: server.query(fill(expression, **values_of(2 * 24 * 3600)), time=tomorrow) for title, expression in comparison}
    assert [title for title, _ in comparison if not answers[title]] == []
    points = {}
    for labels, _ in answers["comparison: Validation accuracy by epoch A"]:
        points.setdefault(labels["run"], set()).add(int(labels["epoch"]))
    assert sorted(points) == TRAINED
    assert all(len(points[run]) >= 20 and max(points[run]) == EPOCHS for run in TRAINED[:-1]), points
    assert len(answers["comparison: Results A"]) == 6
