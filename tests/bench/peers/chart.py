"""Draws the results of a measurement as bars.

    python chart.py build/peers/steps.json steps.svg
"""

import json
import pathlib
import statistics
import sys
from xml.sax.saxutils import escape

from peer import PEERS

CELL_NAMES = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
WIDTH, MARGIN, NAMES, VALUES = 760, 24, 156, 132
TOP, BAR, STEP, GROUP_HEAD, GROUP_GAP = 78, 16, 23, 28, 16

# A viewer in dark mode, such as GitHub's, turns the colours; the background is the page's.
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 }
  .cell { font-size: 14px; font-weight: 600 }
  .muted { fill: #59636e }
  .small { font-size: 11px }
  .own { font-weight: 600 }
  .bar { fill: #b6bfca }
  .bar.own { fill: #2563eb }
  .rule { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .muted { fill: #9198a1 }
    .bar { fill: #4b5563 }
    .bar.own { fill: #60a5fa }
    .rule { stroke: #3d444d }
  }
"""


def groups(rows):
    """Cell: (name, ms per step, times cellsweep's or None) of each bar, cellsweep first."""
    cells = {}
    for row in rows:
        cells.setdefault(row["cell"], []).append(row)
    found = {}
    for cell, of_cell in cells.items():
        own = statistics.median(row["cellsweep"]["ms_per_step"] for row in of_cell)
        peers = [(PEERS[row["peer_name"]], row["peer"]["ms_per_step"], row["ratio"]) for row in of_cell]
        found[cell] = [("cellsweep", own, None), *sorted(peers, key=lambda bar: bar[1])]
    return found


def text(x, y, content, kind, anchor="start"):
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'


def draw(results):
    """The chart as SVG text."""
    cells = groups(results["rows"])
    left = MARGIN + NAMES
    scale = (WIDTH - MARGIN - VALUES - left) / max(ms for bars in cells.values() for _, ms, _ in bars)
    parts = [
        text(MARGIN, 34, "Time of one training step, ms", "title"),
        text(MARGIN, 56, "Shorter is faster. 64 units, batch of 64, 28 × 28 inputs, one core, f32.", "muted"),
    ]
    y = TOP
    for cell, bars in cells.items():
        parts.append(text(MARGIN, y + 14, CELL_NAMES[cell], "cell"))
        y += GROUP_HEAD
        for name, ms, ratio in bars:
            own = " own" if ratio is None else ""
            middle = y + BAR - 3.5
            parts.append(text(left - 10, middle, name, f"name{own}", "end"))
            parts.append(
                f'<rect x="{left}" y="{y}" width="{max(1, scale * ms):.1f}" height="{BAR}" rx="2" class="bar{own}"/>'
            )
            value = f"{ms:.2f}" if ratio is None else f"{ms:.2f} ({ratio:.2f} ×)"
            parts.append(text(left + scale * ms + 8, middle, value, f"value{own}"))
            y += STEP
        y += GROUP_GAP
    machine = results["machine"]
    versions = machine["versions"]
    libraries = f"PyTorch {versions['torch']}, JAX {versions['jax']}, Keras {versions['keras']}"
    bottom = y - GROUP_GAP + 12
    parts.append(f'<line x1="{left}" y1="{TOP + GROUP_HEAD - 6}" x2="{left}" y2="{bottom - 8}" class="rule"/>')
    foot = f"×: time over cellsweep's, median of pairs. {machine['cpu']}, {machine['date']}. {libraries}."
    parts.append(text(MARGIN, bottom + 18, foot, "muted small"))
    height = bottom + 34
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    label = "<title>Time of one training step of cellsweep and its peers</title>"
    return "\n".join([head, label, f"<style>{STYLE}</style>", *parts, "</svg>", ""])


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(draw(json.loads(pathlib.Path(sys.argv[1]).read_text())))
