"""Whoever reads the metrics, or does not, or is not there: no run ends or waits for it."""

import base64
import json
import socket
import urllib.error

import pytest
from conftest import start
from metrics_servers import free_port, get, running, samples, wait_for
from test_monitoring import exported, start_in_background


@pytest.fixture
def endless(config):
    """The address of a run that goes on, by its settings."""
    started = []

    def begin(*settings):
        port = free_port()
        process = start_in_background(*exported(config, f"metrics.prometheus.port={port}", "train.epochs=1000000", *settings))
        started.append(process)
        wait_for(lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None, "the server")
        return process, port
    yield begin
    for process in started:
        process.terminate()
        process.wait(timeout=30)


def status_of(url, credentials=None):
    headers = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()} if credentials else {}
    try:
        return 200 if get(url, **headers) else 0
    except urllib.error.HTTPError as error:
        return error.code


def test_basic_auth(endless, tmp_path):
    (tmp_path / "password").write_text("open sesame\nnot this\n")
    _, port = endless("metrics.prometheus.basic_auth.username=ali",
                      f"metrics.prometheus.basic_auth.password_file={tmp_path / 'password'}")
    url = f"http://127.0.0.1:{port}/metrics"
    assert status_of(url) == 401
    for wrong in ("ali:open sesam", "ali:open sesame\nnot this", "ali:", "baba:open sesame", ":"):
        assert status_of(url, wrong) == 401, wrong
    assert status_of(url, "ali:open sesame") == 200


@pytest.mark.parametrize("ranks", [None, 2])
def test_bad_basic_auth_is_told_before_the_run(config, tmp_path, ranks):
    (tmp_path / "empty").write_text("\n")
    for settings, words in (
            (["username=ali"], ["password_file"]),
            (["password_file=x"], ["username"]),
            (["username=ali", f"password_file={tmp_path / 'none'}"], [str(tmp_path / "none")]),
            (["username=ali", f"password_file={tmp_path / 'empty'}"], [str(tmp_path / "empty"), "first line"])):
        done = start("run", *exported(config, *(f"metrics.prometheus.basic_auth.{each}" for each in settings)), ranks=ranks)
        assert done.returncode == 2, done.stderr
        assert all(word in done.stderr for word in words), done.stderr
    assert not (tmp_path / "runs").exists()


def test_half_open_connections(endless):
    process, port = endless()
    url = f"http://127.0.0.1:{port}/metrics"
    step_of = lambda: next((value for name, _, value in samples(get(url)) if name == "cellsweep_step"), 0)
    before = wait_for(step_of, "a step")
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    try:
        # Two rounds of two seconds; the library's own patience is 30 s a round.
        assert wait_for(lambda: step_of() > before, "a page, though eight connections say nothing", seconds=25)
        assert process.poll() is None
    finally:
        for connection in silent:
            connection.close()


def test_a_reader_that_does_not_read(endless):
    process, port = endless()
    url = f"http://127.0.0.1:{port}/metrics"
    slow = []
    for _ in range(4):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        slow.append(connection)
    try:
        assert wait_for(lambda: "cellsweep_step{" in get(url), "a page, though four readers are stuck")
        assert process.poll() is None
    finally:
        for connection in slow:
            connection.close()


def test_a_discovery_folder_that_cannot_be(config, tmp_path):
    (tmp_path / "file").write_text("")
    done = start("run", *exported(config, "metrics.prometheus.port=0",
                                  f"metrics.prometheus.discovery_directory={tmp_path / 'file'}"), ranks=2)
    assert done.returncode == 0 and "warning: metrics are not announced" in done.stderr, done.stderr


@pytest.mark.parametrize("gateway", ["dead", "silent"])
def test_a_gateway_that_does_not_answer(config, tmp_path, gateway):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        if gateway == "silent":
            listener.listen()
        else:
            listener.close()
        done = start("run", config, "--set", f"metrics.pushgateway.address={address}", ranks=2)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot be pushed") == 1 and address in done.stderr, done.stderr
    assert len((tmp_path / "runs" / "small" / "run" / "history.jsonl").read_text().splitlines()) == 2


def groups_of(url):
    return [group["labels"] for group in json.loads(get(f"{url}/api/v1/metrics"))["data"]]


def test_a_real_gateway(config, tmp_path):
    config.write_text(config.read_text() + "sweep: {parameters: {model.cell: {values: [gru, lstm]}}}\n")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running("prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="):
        wait_for(lambda: get(f"{url}/-/ready"), "the gateway")
        process = start_in_background(config, "--set", f"metrics.pushgateway.address={url}", "--set", "metrics.pushgateway.job=rnn",
                                      "--set", "metrics.prometheus.final_scrape_seconds=4")
        try:
            def whole():
                page = get(f"{url}/metrics")
                states = {has["run_id"]: value for name, has, value in samples(page)
                          if name == "cellsweep_run_state" and has["state"] == "finished"}
                return states == {"001-gru": 1, "002-lstm": 1} and page
            page = wait_for(whole, "both runs, finished")
            assert {(group["job"], group["sweep"], group["run_id"]) for group in groups_of(url)} == {
                ("rnn", "small", "001-gru"), ("rnn", "small", "002-lstm")}
            history = [json.loads(line) for line in
                       (tmp_path / "runs" / "small" / "001-gru" / "history.jsonl").read_text().splitlines()]
            losses = {int(has["epoch"]): value for name, has, value in samples(page)
                      if name == "cellsweep_epoch_loss" and has["split"] == "train" and has["run_id"] == "001-gru"}
            assert losses == pytest.approx({line["epoch"]: line["loss"] for line in history}, rel=1e-15)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
            process.wait()
        assert groups_of(url) == [], "deleted at the end"


def test_a_scraper_that_does_not_come(config, tmp_path):
    """The wait at the end has its bound, and no rank takes the other for dead meanwhile."""
    done = start("run", *exported(config, "metrics.prometheus.port=0", "metrics.prometheus.final_scrape_seconds=6",
                                  f"metrics.prometheus.discovery_directory={tmp_path / 'targets'}", "parallel.timeout_seconds=3"),
                 ranks=2)
    assert done.returncode == 0 and "waiting for a last scrape" in done.stderr, done.stderr
