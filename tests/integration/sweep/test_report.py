"""The report page in a real browser."""

import json
import re
import shutil
import struct
import subprocess

import pytest
from conftest import make_config, make_idx, start

SWEEP = """sweep:
  repeats: 2
  parameters:
    model.cell: {values: [simple_rnn, lstm, gru]}
"""


def browse(page, *arguments):
    """What headless Chromium says on stderr and prints."""
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr",
         f"--user-data-dir={page.parent / 'profile'}", "--virtual-time-budget=5000", *arguments],
        capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished sweep, in whose name and files is what could break out of a page."""
    root = tmp_path_factory.mktemp("report")
    config = make_config(root, make_idx(root / "</script><img src=x>"))
    config.write_text(config.read_text().replace("epochs: 2", "epochs: 4") + SWEEP)
    done = start("run", config, ranks=2)
    assert done.returncode == 0, done.stderr
    return root / "runs" / "small"


def write_page(folder, target):
    done = start("compare", "--html", target, folder)
    assert done.returncode == 0 and str(target) in done.stdout, done.stderr
    return target


def test_every_chart_is_drawn_and_nothing_complains(folder, tmp_path):
    page = write_page(folder, tmp_path / "report.html")
    dom = browse(page, "--dump-dom", page.as_uri())
    assert int(re.search(r'data-drawn="(\d+)"', dom).group(1)) >= 6, "six runs have a curve each"
    for chart in ("curves", "parallel", "seconds", "sizes", "confusion"):
        drawn = re.search(rf'id="{chart}".*?</svg>', dom, re.S)
        assert drawn and drawn.group(0).count("<path") >= 3, chart
    assert dom.count("<tr>") == 1 + 6 + 1 + 3
    body = re.sub(r"<script.*?</script>", "", dom, flags=re.S)
    assert "<img" not in body and "&lt;/script&gt;&lt;img" in body, "the config is shown as text"
    assert "http" not in re.sub(r"<script>.*?</script>", "", page.read_text().replace("http://www.w3.org", ""), flags=re.S)


def test_the_confusion_matrix_counts_every_validation_sample(folder, tmp_path):
    page = write_page(folder, tmp_path / "report.html").read_text()
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S).group(1))
    counts = data["confusion"]["counts"]
    best = data["runs"][0]
    assert data["confusion"]["run"] == best["run_id"]
    assert [sum(row) for row in counts] == [5, 5, 5, 5]
    assert sum(counts[i][i] for i in range(4)) / 20 == pytest.approx(best["last_val_accuracy"])
    assert data["trainable_parameters"][best["run_id"]] > 0
    assert [len(curve["epochs"]) for curve in data["curves"]] == [4] * 6


@pytest.mark.parametrize("theme, width", [("light", 1240), ("dark", 1240), ("light", 500)])
def test_it_fits_and_follows_the_theme(folder, tmp_path, theme, width):
    page = write_page(folder, tmp_path / "report.html")
    picture = tmp_path / f"{theme}.png"
    browse(page, f"--window-size={width},1200", f"--screenshot={picture}", f"{page.as_uri()}?theme={theme}")
    content = picture.read_bytes()
    assert struct.unpack(">II", content[16:24]) == (width, 1200)
    dom = browse(page, f"--window-size={width},1200", "--dump-dom", f"{page.as_uri()}?theme={theme}")
    assert f'data-theme="{theme}"' in dom
    widest = max(int(each) for each in re.findall(r'<svg [^>]*?width="(\d+)"', dom))
    assert widest <= width


def test_a_hostile_ledger_is_shown_as_text(folder, tmp_path):
    """What a terminal would execute, a browser would run and a spreadsheet would calculate."""
    moved = tmp_path / "runs"
    shutil.copytree(folder, moved)
    hostile = "</script><img src=x>\x1b]52;c;eA==\x07\u0085\u202e"
    lines = []
    for line in (moved / "ledger.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "started":
            event["cell"] = hostile
        if event["event"] == "finished":
            event["reason"] = "=HYPERLINK(1)" + hostile
        lines.append(json.dumps(event))
    (moved / "ledger.jsonl").write_text("\n".join(lines) + "\n")
    for form in ([], ["--csv"], ["--json"]):
        done = start("compare", *form, moved)
        assert done.returncode == 0 and "<img src=x>" in done.stdout, done.stderr
        assert not any(raw in done.stdout for raw in "\x1b\x07\u0085\u202e"), form
        assert form != ["--csv"] or ",'=HYPERLINK" in done.stdout
    page = write_page(moved, tmp_path / "report.html")
    dom = browse(page, "--dump-dom", page.as_uri())
    body = re.sub(r"<script.*?</script>", "", dom, flags=re.S)
    assert "<img" not in body and body.count("&lt;/script&gt;&lt;img") > 6
    assert not any(raw in body for raw in "\x1b\x07\u0085\u202e")


def test_without_data_the_page_says_why(folder, tmp_path):
    moved = tmp_path / "runs"
    shutil.copytree(folder, moved)
    for config in moved.glob("*/config.yaml"):
        config.write_text(re.sub(r"directory: .*script.*", "directory: /nowhere", config.read_text()))
    page = write_page(moved, tmp_path / "report.html")
    dom = browse(page, "--dump-dom", page.as_uri())
    assert "Not shown: /nowhere" in dom


def test_the_runs_of_several_sweeps_have_their_folders(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "other")
    page = tmp_path / "report.html"
    assert start("compare", "--html", page, folder, tmp_path / "other").returncode == 0
    dom = browse(page, "--dump-dom", page.as_uri())
    assert int(re.search(r'data-drawn="(\d+)"', dom).group(1)) >= 12, "twelve runs have a curve each"
    body = re.sub(r"<script.*?</script>", "", dom, flags=re.S)
    assert ">folder</button>" in body and "<td class=\"\">other</td>" in body
    assert re.search(r"<summary>other/001-\S+</summary>", body) and re.search(r"<summary>small/001-\S+</summary>", body)


def test_an_unwritable_page_is_reported(folder, tmp_path):
    done = start("compare", "--html", tmp_path / "no" / "report.html", folder)
    assert done.returncode != 0 and "report.html" in done.stderr
