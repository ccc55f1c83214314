"""monitoring/start with a real Grafana, whose dashboards are opened in headless Chromium while a sweep trains, and after."""

import contextlib
import html
import os
import pathlib
import re
import signal
import subprocess
import urllib.error

import pytest
from conftest import SOURCE
from metrics_servers import Prometheus, free_port, get, running, wait_for
from monitored import RUNS, TRAINED, copy_monitoring, dashboards, is_under_way, panels, train

SKIPPED = 77  # what CTest counts as skipped


@pytest.fixture(scope="session", autouse=True)
def grafana_home():
    home = pathlib.Path(os.environ.get("GRAFANA_HOME", "/usr/share/grafana"))
    if not (home / "public").is_dir():
        pytest.exit(f"SKIPPED: no dashboard was opened, for there is no Grafana in {home}: set GRAFANA_HOME", SKIPPED)


def start_line(monitoring, data, prometheus_port, grafana_port):
    return [monitoring / "start", "--data", data, "--prometheus-port", prometheus_port, "--grafana-port", grafana_port]


@contextlib.contextmanager
def started(folder, monitoring):
    """Both servers under monitoring/start; gives the process, Prometheus' URL and Grafana's."""
    ports = free_port(), free_port()
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with running(*start_line(monitoring, folder / "data", *ports), stderr=(folder / "start.log").open("w")) as process:
        def ready():
            assert process.poll() is None, (folder / "start.log").read_text()
            return "Ctrl-C" in (folder / "start.log").read_text()
        wait_for(ready, "both servers answer", 120)
        yield process, *urls


class Browser:
    """Opens a dashboard as a person would find it, all of it in one window."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url

    def open(self, name, query):
        page = f"{self.url}/d/cellsweep-{name}?kiosk&refresh=1d&{query}"
        done = subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--window-size=1600,3000", f"--user-data-dir={self.folder / 'profile'}", "--virtual-time-budget=30000",
             f"--screenshot={self.folder / name}.png", "--dump-dom", page], capture_output=True, text=True, timeout=110)
        assert done.returncode == 0, done.stderr
        (self.folder / f"{name}.html").write_text(done.stdout)
        return done.stdout


def parts(dom):
    """The page cut in panels: title, and what it shows."""
    pieces = re.split(r'data-testid="data-testid Panel header ([^"]*)"', dom)[1:]
    return dict(zip(pieces[::2], pieces[1::2]))


def check_page(browser, name, query):
    """Opens the page and checks it, and gives it. Up to three times, since a chart may just be drawn anew as the page is taken."""
    for attempt in range(3):
        dom = browser.open(name, query)
        try:
            check(dom, name)
            return dom
        except AssertionError:
            if attempt == 2:
                raise


def check(dom, name):
    """Every panel is there, and shows a value, rows or a drawing, without the mark of an error."""
    shown = parts(dom)
    for panel in panels(dashboards()[name]):
        title = panel["title"].replace("$metric", "accuracy").replace("$choice", "cell").replace("$number", "train_epochs")
        assert title in shown, f"{title} among {list(shown)}"
        text = html.unescape(re.sub(r"<[^>]*>", "\n", "<" + shown[title]))
        assert "No data" not in text, f"{title} does not say why it has no data"
        explanation = panel["fieldConfig"]["defaults"]["noValue"]
        assert explanation not in text.split("\n"), f"{title}: {explanation}"
        assert "Panel status" not in shown[title], f"{title} has an error: {text.split()}"
        content = {"table": r'role="(?:grid)?cell"', "stat": r">[^<>]*\w[^<>]*<(?!/h)"}.get(panel["type"], "<canvas")
        assert re.search(content, shown[title]), f"{title} shows only {text.split()}"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grafana")
    monitoring = copy_monitoring(folder)
    with started(folder, monitoring) as (_, prometheus, grafana), train(folder, monitoring) as training:
        browser = Browser(folder, grafana)
        browser.training = training
        def under_way():
            assert training.poll() is None, "the sweep ended too soon"
            return is_under_way(Prometheus(int(prometheus.rpartition(":")[2])).query)
        wait_for(under_way, "the last run trains", 90)
        yield browser


@pytest.mark.parametrize("name", ["cluster", "run", "sweep", "comparison"])
def test_no_panel_is_empty_or_broken_while_a_sweep_trains(sweep, name):
    query = "from=now-5m&to=now&var-target=0.2" + (f"&var-run={TRAINED[-1]}" if name == "run" else "")
    check_page(sweep, name, query)
    assert sweep.training.poll() is None


def test_run_comparison_shows_every_curve_once_the_sweep_is_over(sweep):
    sweep.training.terminate()
    sweep.training.wait(timeout=60)
    shown = parts(check_page(sweep, "comparison", "from=now-7d&to=now&var-target=0.2"))
    for title in ("Validation accuracy by epoch", "Validation loss by epoch", "Validation accuracy by wall time", "Training loss by epoch"):
        legend = set(re.findall(r'title="([^"]*)"[^>]*LegendLabel', shown[title]))
        assert legend == set(TRAINED), title
    assert all(f">{run}<" in shown["Results"] for run in RUNS)
    link = re.search(rf'href="/d/cellsweep-run\?([^"]*var-run={TRAINED[-1]}&[^"]*)"', shown["Results"])
    assert link, "the run's row leads to its dashboard"
    assert re.search(r"from=\d{13}&to=\d{13}$", html.unescape(link[1])), link[1]
    check_page(sweep, "run", html.unescape(link[1]))


def test_ctrl_c_ends_both_servers(tmp_path):
    with started(tmp_path, copy_monitoring(tmp_path)) as (process, prometheus, grafana):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        for url in (prometheus, grafana):
            with pytest.raises(urllib.error.URLError):
                get(url)


@pytest.mark.parametrize("change, word", [
    ({"--grafana-port": "x"}, "a port is a number"), ({"--grafana-port": "70000"}, "65535"), ({"--prometheus-port": "SAME"}, "cannot share"),
    ({"GRAFANA_HOME": "/nowhere"}, "no Grafana in /nowhere"), ({"PROMETHEUS": "/nowhere"}, "no /nowhere"), ({"--colour": "red"}, "--colour")])
def test_a_mistake_is_reported(tmp_path, change, word):
    port = str(free_port())
    options = {"--data": str(tmp_path), "--prometheus-port": str(free_port()), "--grafana-port": port}
    options.update({key: port if value == "SAME" else value for key, value in change.items() if key.startswith("--")})
    environment = {**os.environ, **{key: value for key, value in change.items() if not key.startswith("--")}}
    done = subprocess.run([SOURCE / "monitoring/start", *(each for option in options.items() for each in option)],
                          env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and word in done.stderr, done.stderr
