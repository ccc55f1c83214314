"""Prometheus and Pushgateway on free loopback ports, and the text that they read."""

import contextlib
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from conftest import MPI_ENVIRONMENT, command_line

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode()


def wait_for(condition, what, seconds=60):
    """What `condition` gives, once that is true; OSErrors mean not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if found := condition():
                return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def samples(page):
    """(name, labels, value) of each line of a page."""
    for line in page.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            yield name, dict(LABEL.findall(labels or "")), float(value)


@contextlib.contextmanager
def running(*line, **options):
    process = subprocess.Popen(list(map(str, line)), **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Prometheus:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def query(self, expression, **parameters):
        """(labels, value) of each series, now or at `time`."""
        try:
            answer = json.loads(get(f"{self.url}/api/v1/query?" + urllib.parse.urlencode({"query": expression, **parameters})))
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]


@contextlib.contextmanager
def prometheus(folder, scrape_configs=()):
    """A server with these jobs, whose data is in folder/data."""
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": list(scrape_configs)}))
    with serving(folder, config) as server:
        yield server


@contextlib.contextmanager
def serving(folder, config):
    """A server with this configuration, whose data is in folder/data."""
    port = free_port()
    with running("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{port}"):
        server = Prometheus(port)
        wait_for(lambda: get(f"{server.url}/-/ready"), "Prometheus")
        yield server


def start_in_background(*arguments, ranks=2, env=None):
    return subprocess.Popen(command_line(["run", *arguments], ranks), env={**os.environ, **MPI_ENVIRONMENT, **(env or {})},
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def exported(config, *settings):
    """Arguments of a run that serves its metrics."""
    all_settings = ["metrics.prometheus.enabled=true", *settings]
    return [config, *(word for each in all_settings for word in ("--set", each))]
