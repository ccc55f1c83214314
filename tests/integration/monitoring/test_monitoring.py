"""The metrics of real runs: what is served, what a real Prometheus has of it, and what the files hold."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from conftest import SOURCE, start
from metrics_servers import exported, free_port, get, prometheus, samples, serving, start_in_background, wait_for
from monitored import copy_monitoring

BUILD = os.environ["CELLSWEEP_BUILD"]
FAKE_GPUS = {"LD_LIBRARY_PATH": f"{BUILD}/tests/integration:{os.environ.get('LD_LIBRARY_PATH', '')}"}
SWEEP = """sweep:
  parameters:
    model.cell: {values: [gru, lstm]}
"""


def last_page(config, *settings, env=None):
    """What the last scrape gets of a run, or of a sweep's last run; with a discovery folder, it is waited for."""
    port = free_port()
    targets = config.parent / "targets"
    process = start_in_background(*exported(config, f"metrics.prometheus.port={port}",
                                            f"metrics.prometheus.discovery_directory={targets}", *settings), env=env)
    page = ""
    try:
        def is_over():
            nonlocal page
            if process.poll() is None:
                page = get(f"http://127.0.0.1:{port}/metrics")
                return False
            return True
        wait_for(is_over, "the end of the run")
        assert process.returncode == 0, process.stderr.read()
        return page
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The last page of a sweep of two runs, on a host with GPUs."""
    from conftest import make_config, make_idx
    folder = tmp_path_factory.mktemp("page")
    config = make_config(folder, make_idx(folder / "idx"))
    config.write_text(config.read_text() + SWEEP)
    return last_page(config, "train.epochs=3", env=FAKE_GPUS)


def value_of(page, name, **labels):
    found = [value for each, has, value in samples(page) if each == name and labels.items() <= has.items()]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def catalogue():
    """Name → (type, labels beside sweep and run_id) of monitoring/README.md."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", (SOURCE / "monitoring" / "README.md").read_text(), re.M)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def served(page):
    """The same of a page."""
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.M))
    labels = {name: set() for name in kinds}
    for sample, has, _ in samples(page):
        name = sample if sample in kinds else re.sub(r"_(bucket|sum|count)$", "", sample)
        labels[name] |= set(has) - {"sweep", "run_id"} - ({"le"} if kinds[name] == "histogram" else set())
    return {name: (kind, labels[name]) for name, kind in kinds.items()}


def test_the_page_and_the_catalogue_agree(page):
    wanted, found = catalogue(), served(page)
    assert len(wanted) > 40
    found["cellsweep_run_info"][1].remove("model_cell")
    assert found == wanted


def test_what_belongs_to_a_run_says_so(page):
    of_no_run = re.compile("cellsweep_(build_info|gpu_.*|sweep_.*)|process_.*|exposer_.*")
    for name, labels, _ in samples(page):
        assert of_no_run.fullmatch(name) or {"sweep", "run_id"} <= set(labels), name


def test_values_of_a_page(page):
    run = {"run_id": "002-lstm"}
    assert value_of(page, "cellsweep_run_info", **run) == 1
    states = {has["state"]: value for name, has, value in samples(page)
              if name == "cellsweep_run_state" and has["run_id"] == "002-lstm"}
    assert states == {"running": 0, "finished": 1, "pruned": 0, "diverged": 0, "failed": 0, "interrupted": 0}
    assert value_of(page, "cellsweep_epochs", **run) == 3
    assert value_of(page, "cellsweep_steps_per_epoch", **run) == 9
    assert value_of(page, "cellsweep_steps_total", **run) == 27
    assert value_of(page, "cellsweep_samples_total", **run) == 180
    assert value_of(page, "cellsweep_step_seconds_count", **run) == 27
    assert value_of(page, "cellsweep_gradient_norm", **run) > 0
    assert value_of(page, "cellsweep_replica_checksum_mismatches_total", **run) == 0
    assert value_of(page, "cellsweep_all_reduce_bytes_total", **run) > 27 * 4
    for rank in "01":
        assert value_of(page, "cellsweep_rank_compute_seconds_total", rank=rank, **run) > 0
        assert value_of(page, "cellsweep_rank_all_reduce_seconds_total", rank=rank, **run) > 0
        assert value_of(page, "cellsweep_rank_resident_memory_bytes", rank=rank, **run) > 1e7
    for phase in ("data", "forward", "backward", "all_reduce", "update", "evaluation", "checkpoint"):
        assert value_of(page, "cellsweep_phase_seconds_total", phase=phase, **run) > 0, phase
    assert value_of(page, "cellsweep_sweep_runs", state="finished") == 2
    assert value_of(page, "cellsweep_sweep_runs", state="running") == 0
    assert 0 < value_of(page, "cellsweep_sweep_best", metric="val_accuracy") <= 1


def test_values_of_gpus(page):
    assert value_of(page, "cellsweep_gpu_memory_used_bytes", gpu="0", uuid="GPU-a") == 600
    assert value_of(page, "cellsweep_gpu_memory_used_bytes", gpu="1", uuid="GPU-b") == 601
    assert value_of(page, "cellsweep_gpu_utilization_ratio", gpu="0") == 0.75
    assert value_of(page, "cellsweep_gpu_temperature_celsius", gpu="1") == 42
    assert value_of(page, "cellsweep_gpu_power_watts") == 71.5


def test_promtool_has_nothing_to_say(page):
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True)
    assert checked.returncode == 0 and checked.stdout + checked.stderr == ""


def test_a_long_run_has_few_series(config):
    page = last_page(config, "train.epochs=400", "train.max_steps=null")
    of_run = [labels for name, labels, _ in samples(page) if "run_id" in labels]
    epochs = {int(labels["epoch"]) for labels in of_run if "epoch" in labels}
    assert len(of_run) < 500
    assert 40 <= len(epochs) <= 60 and max(epochs) == 400


def read_history(folder):
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def check_history(server, run, precision=1e-15, **labels):
    """What the server has of the run is what its history says."""
    selector = ",".join(f'{name}="{value}"' for name, value in labels.items())
    def values(expression):
        return {tuple(sorted(has.items())): value for has, value in server.query(expression)}
    def last(name, more=""):
        return f"last_over_time({name}{{{selector}{more}}}[1h])"
    history = read_history(run)
    for split, prefix in (("train", ""), ("validation", "val_")):
        for metric in ("loss", "accuracy"):
            by_epoch = values(f'max by (epoch) ({last(f"cellsweep_epoch_{metric}", f",split={chr(34)}{split}{chr(34)}")})')
            wanted = {(("epoch", str(line["epoch"])),): line[prefix + metric] for line in history}
            assert by_epoch == pytest.approx(wanted, rel=precision, abs=0)
    (step,) = values(f'max by (run_id) ({last("cellsweep_step")})').values()
    assert step == history[-1]["step"]
    (finished,) = values(f'max by (run_id) ({last("cellsweep_run_state", ",state=%sfinished%s" % (chr(34), chr(34)))})').values()
    assert finished == 1


def test_a_short_run_on_any_port_is_found_and_is_whole(config, tmp_path):
    targets = tmp_path / "targets"
    targets.mkdir()
    job = {"job_name": "cellsweep", "file_sd_configs": [{"files": [f"{targets}/*.json"]}]}
    with prometheus(tmp_path, [job]) as server:
        done = start("run", *exported(config, "metrics.prometheus.port=0", f"metrics.prometheus.discovery_directory={targets}"),
                     ranks=2)
        assert done.returncode == 0, done.stderr
        assert list(targets.iterdir()) == []
        check_history(server, tmp_path / "runs" / "small" / "run", instance="small-0", job="cellsweep")


def test_a_site_s_alert_on_targets_that_are_down_is_silent_before_while_and_after_a_run(config, tmp_path):
    folder = copy_monitoring(tmp_path) / "prometheus"
    (folder / "rules/site.yml").write_text("groups: [{name: site, rules: [{alert: TargetDown, expr: up == 0, for: 15s}]}]")
    settings = (folder / "prometheus.yml").read_text()
    (folder / "prometheus.yml").write_text(settings.replace("evaluation_interval: 5s", "evaluation_interval: 1s"))
    with serving(tmp_path, folder / "prometheus.yml") as server:
        time.sleep(5)  # some scrapes and evaluations
        assert server.query("up") == []
        process = start_in_background(*exported(config, "metrics.prometheus.port=0", "train.epochs=100000",
                                                f"metrics.prometheus.discovery_directory={folder / 'targets'}"))
        try:
            wait_for(lambda: [value for _, value in server.query("up")] == [1], "the run is a target")
        finally:
            process.terminate()
            process.wait(timeout=60)
        wait_for(lambda: server.query("up") == [], "it is one no more")
        time.sleep(2)
        # One scrape may come between the end and the server's look at the folder.
        assert server.query('max_over_time(ALERTS{alertstate="firing"}[5m])') == []
        assert all(value < 15 for _, value in server.query("count_over_time((up == 0)[5m:1s])"))


def test_groups_announce_themselves(config, tmp_path):
    config.write_text(config.read_text() + SWEEP)
    targets = tmp_path / "targets"
    process = start_in_background(*exported(config, "metrics.prometheus.port=0", "parallel.ranks_per_run=1",
                                            f"metrics.prometheus.discovery_directory={targets}", "train.epochs=100000"))
    try:
        files = wait_for(lambda: len(found := sorted(targets.glob("*.json"))) == 2 and found, "two files")
        groups = [json.loads(file.read_text()) for file in files]
        assert [group[0]["labels"] for group in groups] == [{"instance": "small-0"}, {"instance": "small-1"}]
        pages = [wait_for(lambda: "cellsweep_step{" in (text := get(f"http://{group[0]['targets'][0]}/metrics")) and text,
                          "a step") for group in groups]
        assert {has["run_id"] for text in pages for name, has, _ in samples(text) if name == "cellsweep_run_info"} == {
            "001-gru", "002-lstm"}
        assert ["cellsweep_sweep_runs" in text for text in pages] == [True, False]
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: subprocess.run(["pgrep", "-f", str(config)], capture_output=True).returncode != 0, "the ranks' end")
    assert len(list(targets.iterdir())) == 2, "killed ranks cannot remove their files"
    assert start("run", *exported(config, "metrics.prometheus.port=0", "name=other", "train.epochs=1",
                                  "metrics.prometheus.final_scrape_seconds=0",
                                  f"metrics.prometheus.discovery_directory={targets}")).returncode == 0
    assert list(targets.iterdir()) == [], "the next process removes them"


@pytest.mark.parametrize("when", ["before", "while"])
def test_backfill(config, tmp_path, when):
    done = start("run", config, "--set", "train.epochs=5", ranks=2)
    assert done.returncode == 0, done.stderr
    runs = tmp_path / "runs" / "small"
    lines = (runs / "run" / "metrics.om").read_text().splitlines()
    assert lines[-1] == "# EOF" and all('run_id="run"' in line for line in lines if not line.startswith("#"))
    backfill = [SOURCE / "monitoring" / "backfill", tmp_path / "data", runs]

    def fill():
        done = subprocess.run(backfill, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    if when == "before":
        (tmp_path / "data").mkdir()
        fill()
        with prometheus(tmp_path) as server:
            check_history(server, runs / "run", precision=0, job="cellsweep", instance="small-0")
    else:
        with prometheus(tmp_path) as server:
            fill()
            wait_for(lambda: server.query("last_over_time(cellsweep_step[1h])"), "the blocks in the server", seconds=150)
            check_history(server, runs / "run", precision=0, job="cellsweep", instance="small-0")


def test_backfill_of_a_run_that_was_interrupted_and_went_on(config, tmp_path):
    run = tmp_path / "runs" / "cut" / "run"
    process = start_in_background(config, "--resume", run.parent, "--set", "train.epochs=30", "--set", "model.hidden_size=256",
                                  "--set", "train.batch_size=2")  # some seconds
    try:
        wait_for(lambda: len(read_history(run)) > 3, "epochs")
    finally:
        process.send_signal(signal.SIGUSR1)
        process.wait(timeout=60)
    assert 3 < len(read_history(run)) < 30
    done = start("run", "--resume", run.parent, ranks=2)
    assert done.returncode == 0, done.stderr
    (tmp_path / "data").mkdir()
    filled = subprocess.run([SOURCE / "monitoring" / "backfill", tmp_path / "data", run], capture_output=True, text=True)
    assert filled.returncode == 0 and "2 file(s)" in filled.stderr, filled.stderr
    with prometheus(tmp_path) as server:
        check_history(server, run, precision=0, job="cellsweep", instance="small-0")


def test_a_clock_that_is_set_back_takes_no_time_from_the_samples(config, tmp_path):
    """It is set back by an hour after three seconds, of a run of some seven."""
    run = tmp_path / "runs" / "small" / "run"
    process = start_in_background(config, "--set", "train.epochs=1000000", ranks=1,
                                  env={"LD_PRELOAD": f"{BUILD}/tests/integration/libodd_host.so", "ODD_HOST": "set_back"})
    try:
        wait_for(lambda: read_history(run), "an epoch")
        time.sleep(7)
    finally:
        process.send_signal(signal.SIGUSR1)
        process.wait(timeout=60)
    text = (run / "metrics.om").read_text()
    times = [float(line.split()[-1]) for line in text.splitlines() if line.startswith("cellsweep_step{")]
    gaps = [later - sooner for sooner, later in zip(times, times[1:])]
    assert len(times) >= 6 and all(0.9 < gap < 5 for gap in gaps[:-1]), times
    assert times[-1] == pytest.approx(time.time() - 3600, abs=30), "as the clock is set at the end"


def test_backfill_says_what_is_missing(tmp_path):
    script = SOURCE / "monitoring" / "backfill"
    for arguments, word in (([], "--help"), ([tmp_path / "none", tmp_path], "--storage.tsdb.path"),
                            ([tmp_path, tmp_path], "no metrics.om")):
        done = subprocess.run([script, *arguments], capture_output=True, text=True)
        assert done.returncode == 2 and word in done.stderr, done.stderr


def test_prometheus_is_installed():
    """What above would else fail at length."""
    assert shutil.which("prometheus") and shutil.which("promtool"), "launch/deps --test installs them"
