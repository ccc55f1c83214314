"""Whoever reads the metrics, or does not, or is not there: no run ends or waits for it."""

import base64
import contextlib
import http.server
import json
import socket
import subprocess
import threading
import time
import urllib.error

import pytest
from conftest import refused, start
from metrics_servers import exported, free_port, get, running, samples, start_in_background, wait_for


@pytest.fixture
def endless(config):
    """The address of a run that continues, by its settings."""
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
def test_bad_basic_auth_is_reported_before_the_run(config, tmp_path, ranks):
    (tmp_path / "empty").write_text("\n")
    for settings, words in (
            (["username=ali"], ["password_file"]),
            (["password_file=x"], ["username"]),
            (["username=a:b", f"password_file={tmp_path / 'empty'}"], ["username", "colon"]),
            (["username=ali", f"password_file={tmp_path / 'none'}"], [str(tmp_path / "none")]),
            (["username=ali", f"password_file={tmp_path / 'empty'}"], [str(tmp_path / "empty"), "first line"])):
        done = start("run", *exported(config, *(f"metrics.prometheus.basic_auth.{each}" for each in settings)), ranks=ranks)
        assert done.returncode == 2, done.stderr
        assert all(word in done.stderr for word in words), done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("letters", [b"", b"GET /metrics HTTP/1.1\r\n" + b"x" * 1000], ids=["silent", "dribbling"])
def test_connections_that_do_not_come_to_an_end(endless, letters):
    """64 that say nothing, or a letter now and then, keep nobody from the page for long, however often they come again."""
    process, port = endless()
    url = f"http://127.0.0.1:{port}/metrics"
    step_of = lambda: next((value for name, _, value in samples(get(url)) if name == "cellsweep_step"), 0)
    before = wait_for(step_of, "a step")
    is_over = threading.Event()

    def stay():
        while not is_over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 60) as connection:
                for letter in letters:
                    connection.sendall(bytes([letter]))
                    if is_over.wait(0.2):
                        return
                connection.settimeout(0.2)
                while not is_over.is_set():
                    with contextlib.suppress(TimeoutError):
                        if not connection.recv(1):
                            break
    clients = [threading.Thread(target=stay) for _ in range(64)]
    for client in clients:
        client.start()
    try:
        time.sleep(0.5)
        begin = time.monotonic()
        for _ in range(3):
            assert step_of() > before
        # 64 connections on 32 threads, a second each, are two seconds a page.
        assert time.monotonic() - begin < 3 * 5
        assert process.poll() is None
    finally:
        is_over.set()
        for client in clients:
            client.join()


def test_a_reader_that_does_not_read(endless):
    process, port = endless()
    url = f"http://127.0.0.1:{port}/metrics"
    slow = []
    for _ in range(4):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
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


class Gateway(http.server.BaseHTTPRequestHandler):
    """Keeps who came and with which password, in `requests` of its server."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, self.headers.get("Authorization")))
        self.send_response(202)
        self.end_headers()
    do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


def everything_in(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_libcurl_is_needed_by_who_pushes_alone(config, tmp_path, monkeypatch):
    (tmp_path / "libcurl.so.4").write_text("no library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    assert start("run", config).returncode == 0
    pushing = [config, "--set", "metrics.pushgateway.address=localhost:9091"]
    refused(start("run", *pushing), "metrics.pushgateway.address", "libcurl.so.4", "install it")
    assert start("plan", *pushing).returncode == 0


def test_a_gateway_with_a_password(config, tmp_path):
    """It gets the password, and nothing that the run leaves or says has it."""
    (tmp_path / "secret").write_text("hunter2\n")
    (tmp_path / "secret").chmod(0o644)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        gateway.requests = []
        serving = threading.Thread(target=gateway.serve_forever)
        serving.start()
        basic_auth = "metrics.pushgateway.basic_auth"
        done = start("run", config, "--set", f"metrics.pushgateway.address=http://127.0.0.1:{gateway.server_port}",
                     "--set", f"{basic_auth}.username=me", "--set", f"{basic_auth}.password_file={tmp_path / 'secret'}",
                     "--set", "metrics.prometheus.final_scrape_seconds=0")
        gateway.shutdown()
        serving.join()
    assert done.returncode == 0, done.stderr
    wanted = "Basic " + base64.b64encode(b"me:hunter2").decode()
    assert gateway.requests and all(each[2] == wanted for each in gateway.requests), gateway.requests
    assert done.stderr.count("every user of this host may read the password") == 1, done.stderr
    page = tmp_path / "report.html"
    assert start("compare", "--html", page, tmp_path / "runs" / "small").returncode == 0
    left = everything_in(tmp_path / "runs") + page.read_bytes() + (done.stdout + done.stderr).encode()
    assert b"hunter2" not in left and base64.b64encode(b"me:hunter2") not in left


@pytest.mark.parametrize("ranks", [None, 2])
def test_a_password_in_the_gateways_address_is_refused_untold(config, tmp_path, ranks):
    address = "http://me:hunter2@127.0.0.1:1"
    for arguments in ([config, "--set", f"metrics.pushgateway.address={address}"],
                      [config, "--set", f"metrics.pushgateway.adress={address}"],
                      [config, "--set", f"data.directory={address}"],
                      [config, "--print-config", "--set", "metrics.pushgateway.address=me:hunter2@127.0.0.1"]):
        done = start("run", *arguments, ranks=ranks)
        assert done.returncode == 2 and "metrics.pushgateway" in done.stderr + "metrics.pushgateway" * ("data" in arguments[-1])
        assert "hunter2" not in done.stdout + done.stderr, done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_sweep_that_was_begun_with_a_password_in_the_address(config, tmp_path):
    """As sweeps of before may have: the page does not show it, the message says where it is, and nothing is lost."""
    sweep = tmp_path / "runs" / "small"
    assert start("run", config, "--resume", sweep).returncode == 0
    before = everything_in(sweep / "run")
    for name in ("sweep.yaml", "run/config.yaml"):
        text = (sweep / name).read_text()
        assert "address: null" in text
        (sweep / name).write_text(text.replace("address: null", 'address: "http://me:hunter2@127.0.0.1:1"'))
    done = start("run", "--resume", sweep)
    assert done.returncode == 2 and "sweep.yaml:" in done.stderr and "password_file" in done.stderr, done.stderr
    page = tmp_path / "report.html"
    compared = start("compare", "--html", page, sweep)
    assert compared.returncode == 0, compared.stderr
    assert "hunter2" not in page.read_text() + done.stderr + compared.stdout + compared.stderr
    (sweep / "sweep.yaml").write_text((sweep / "sweep.yaml").read_text().replace("me:hunter2@", ""))
    assert start("run", "--resume", sweep).returncode == 0
    assert len(everything_in(sweep / "run")) >= len(before)


def test_a_run_in_another_pid_namespace_leaves_a_live_ones_file(endless, config, tmp_path):
    """With the same host name, as containers on the host's network may have."""
    apart = ["unshare", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode != 0:
        pytest.skip("this process may not make PID namespaces: unshare --pid was not tried")
    targets = tmp_path / "targets"
    discovery = f"metrics.prometheus.discovery_directory={targets}"
    process, _ = endless(discovery)
    mine, = wait_for(lambda: list(targets.glob("*.json")), "the file")
    quick = ["metrics.prometheus.port=0", "metrics.prometheus.final_scrape_seconds=0", discovery]
    done = start("run", *exported(config, *quick), under=apart)
    assert done.returncode == 0, done.stderr
    assert list(targets.iterdir()) == [mine]
    process.kill()
    process.wait()
    wait_for(lambda: not mine.exists() or start("run", *exported(config, *quick), under=apart).returncode != 0,
             "its file to go, once its ranks have ended")


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
