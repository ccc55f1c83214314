"use strict";
// The page is one file without a server: everything it shows is in the script element "data".
const data = JSON.parse(document.getElementById("data").textContent);
const metric = data.metric.name;
const byId = (id) => document.getElementById(id);
// What an epoch has beside its number, in the order of the history; the learning rate comes last.
const metrics = [...new Set(data.curves.flatMap((curve) => curve.epochs.flatMap((epoch) =>
  Object.keys(epoch).filter((name) => name !== "epoch" && epoch[name] != null))))];
const lastMetrics = Object.keys(data.runs[0] ?? {}).filter((name) => name.startsWith("last_val_"));
const parameterKeys = [...new Set(data.runs.flatMap((run) => Object.keys(run.parameters)))].sort();
const shortName = (key) => data.headings[key];
const hasSeveralSweeps = new Set(data.runs.map((run) => run.folder)).size > 1;
const isNumber = (text) => text !== "" && text != null && Number.isFinite(Number(text));
const shown = (value) => value == null ? "–" : typeof value === "number" && !Number.isInteger(value)
  ? (Math.abs(value) >= 1e-3 ? value.toFixed(4) : value.toExponential(3)) : String(value);
const colours = ["#3b7dd8", "#e07b39", "#3a9d5d", "#b0559e", "#c9a227", "#4fa9a3", "#d1495b", "#7a6fd0"];

function element(tag, text, properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: text }, properties);
}

// Charts are drawn anew where the theme, the width or a choice changes.
const charts = {};
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
let theme = new URLSearchParams(location.search).get("theme") || (systemIsDark.matches ? "dark" : "light");

function draw(id, option) {
  if (charts[id]) charts[id].dispose();
  charts[id] = echarts.init(byId(id), theme === "dark" ? "dark" : null, { renderer: "svg" });
  charts[id].setOption({ backgroundColor: "transparent", animation: false, color: colours, ...option });
}

const axisName = { nameLocation: "middle", nameGap: 28 };

function drawCurves() {
  const name = byId("metric").value;
  const isLogarithmic = byId("logarithmic").checked;
  const series = data.curves.map((curve) => ({
    name: curve.run, type: "line", showSymbol: curve.epochs.length < 3, symbolSize: 6, emphasis: { focus: "series" },
    data: curve.epochs.filter((epoch) => epoch[name] != null && (!isLogarithmic || epoch[name] > 0))
      .map((epoch) => [epoch.epoch, epoch[name]]),
  }));
  draw("curves", {
    tooltip: { trigger: "axis", confine: true, order: "valueDesc", valueFormatter: shown },
    legend: { type: "scroll", bottom: 0, data: data.curves.map((curve) => curve.run) },
    grid: { left: 56, right: 20, top: 20, bottom: 76 },
    xAxis: { type: "value", name: "epoch", minInterval: 1, min: "dataMin", max: "dataMax", ...axisName },
    yAxis: { type: isLogarithmic ? "log" : "value", scale: true },
    series,
  });
}

function drawParallel() {
  const rows = data.runs.filter((run) => run.best_metric != null);
  const keys = parameterKeys.filter((key) => new Set(rows.map((run) => run.parameters[key])).size > 1);
  byId("parallel-section").hidden = rows.length < 2 || keys.length === 0;
  if (byId("parallel-section").hidden) return;
  const axes = keys.map((key, dim) => {
    const values = [...new Set(rows.map((run) => run.parameters[key] ?? "none"))];
    const isNumeric = values.every(isNumber);
    return isNumeric && values.length > 6
      ? { dim, name: shortName(key), type: "value", scale: true }
      : { dim, name: shortName(key), type: "category", data: isNumeric ? values.sort((a, b) => a - b) : values.sort() };
  });
  axes.push({ dim: keys.length, name: metric, type: "value", scale: true });
  const results = rows.map((run) => run.best_metric);
  draw("parallel", {
    tooltip: { confine: true, formatter: (item) => echarts.format.encodeHTML(item.name) },
    parallelAxis: axes,
    parallel: { left: 40, right: 60, top: 36, bottom: 24,
      // Words must be read through the lines.
      parallelAxisDefault: { z: 5, axisLabel: { backgroundColor: theme === "dark" ? "#1a2029e0" : "#f7f9fbe0", padding: [1, 3] } } },
    visualMap: { show: false, dimension: keys.length, min: Math.min(...results), max: Math.max(...results),
      inRange: { color: ["#4c6fb1", "#4fa9a3", "#e0b13b"] } },
    series: [{ type: "parallel", lineStyle: { width: 2, opacity: 0.75 }, data: rows.map((run) => ({
      name: run.name,
      value: [...keys.map((key, i) => axes[i].type === "value" ? Number(run.parameters[key]) : run.parameters[key] ?? "none"),
        run.best_metric] })) }],
  });
  const shares = Object.entries(data.importance);
  byId("importance").textContent = shares.length === 0 ? "" : `Share of the variance of ${metric} that a parameter explains: ` +
    shares.map(([key, share]) => `${key} ${Math.round(100 * share)} %`).join(", ");
}

function drawBars(id, value, format) {
  const cells = [...new Set(data.runs.map((run) => run.cell).filter((cell) => cell))];
  const means = cells.map((cell) => {
    const values = data.runs.filter((run) => run.cell === cell && run.status === "finished").map(value).filter((each) => each > 0);
    return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0) / values.length;
  });
  draw(id, {
    tooltip: { confine: true, valueFormatter: format },
    grid: { left: 64, right: 20, top: 24, bottom: 30 },
    xAxis: { type: "category", data: cells },
    yAxis: { type: "value" },
    series: [{ type: "bar", barMaxWidth: 60, data: means.map((mean, i) => ({ value: mean, itemStyle: { color: colours[i] } })),
      label: { show: true, position: "top", formatter: (item) => item.value == null ? "" : format(item.value) } }],
  });
}

function drawConfusion() {
  const confusion = data.confusion;
  byId("confusion").hidden = !confusion.counts;
  byId("confusion-note").textContent = confusion.counts
    ? `${confusion.run}, on the validation samples: what they are (down) and what they were taken for (across).`
    : `Not shown: ${confusion.reason}`;
  if (!confusion.counts) return;
  const classes = confusion.names ?? confusion.counts.map((_, i) => String(i));
  const cells = confusion.counts.flatMap((row, truth) => row.map((count, found) => [found, truth, count]));
  const wrong = Math.max(1, ...cells.filter(([found, truth]) => found !== truth).map((cell) => cell[2]));
  draw("confusion", {
    tooltip: { confine: true, formatter: (item) =>
      echarts.format.encodeHTML(`${classes[item.value[1]]} taken for ${classes[item.value[0]]}: ${item.value[2]}`) },
    grid: { left: 44, right: 12, top: 12, bottom: 44 },
    xAxis: { type: "category", data: classes, name: "predicted", ...axisName },
    yAxis: { type: "category", data: classes, inverse: true, name: "true", ...axisName },
    visualMap: { show: false, min: 0, max: wrong, inRange: { color: theme === "dark" ? ["#1a2029", "#d1495b"] : ["#f7f9fb", "#d1495b"] } },
    // The diagonal would drown the mistakes, so it has a colour of its own.
    series: [{ type: "heatmap", data: cells.map((cell) => cell[0] === cell[1]
      ? { value: cell, visualMap: false, itemStyle: { color: "#3a9d5d" } } : cell),
      label: { show: true, formatter: (item) => item.value[2] === 0 ? "" : item.value[2] } }],
  });
}

// `columns`: heading and how to get a row's value. A click on a heading sorts, a second one the other way.
function fillTable(table, columns, rows) {
  let sorted = { column: -1, sign: 1 };
  const head = element("tr", "");
  const body = document.createElement("tbody");
  const fill = (ordered) => body.replaceChildren(...ordered.map((row) => {
    const line = element("tr", "");
    for (const [, get] of columns) {
      const value = get(row);
      line.append(element("td", shown(value), { className: typeof value === "number" ? "number" : "" }));
    }
    return line;
  }));
  columns.forEach(([heading, get], column) => {
    const cell = element("th", "");
    const button = element("button", heading, { type: "button" });
    button.addEventListener("click", () => {
      sorted = { column, sign: sorted.column === column ? -sorted.sign : 1 };
      const compare = (a, b) => {
        const [x, y] = [get(a), get(b)];
        if (x == null || y == null) return (x == null) - (y == null);
        return sorted.sign * (isNumber(x) && isNumber(y) ? x - y : String(x).localeCompare(String(y)));
      };
      fill([...rows].sort(compare));
    });
    cell.append(button);
    head.append(cell);
  });
  const header = document.createElement("thead");
  header.append(head);
  table.append(header, body);
  fill(rows);
}

function fillTables() {
  // The cell has a column of its own.
  const shownKeys = parameterKeys.filter((key) => key !== "model.cell");
  const columnsOf = (keys) => keys.map((key) => [shortName(key), (row) => row.parameters[key]]);
  const folder = hasSeveralSweeps ? [["folder", (row) => row.folder]] : [];
  fillTable(byId("runs"), [...folder, ["run", (run) => run.run_id], ["cell", (run) => run.cell], ["status", (run) => run.status], ...columnsOf(shownKeys),
    [`best ${metric}`, (run) => run.best_metric],
    ...lastMetrics.map((name) => [name.slice("last_".length), (run) => run[name]]), ["loss", (run) => run.loss], ["epochs", (run) => run.epochs],
    ["seconds", (run) => run.seconds], ["samples/s", (run) => run.samples_per_second == null ? null : Math.round(run.samples_per_second)],
    ["reason", (run) => run.reason || null]], data.runs);
  const repeated = data.points.some((point) => point.run_ids.length > 1);
  byId("points-section").hidden = !repeated;
  if (repeated) fillTable(byId("points"), [...folder, ["cell", (point) => point.parameters["model.cell"]],
    ...columnsOf(shownKeys.filter((key) => key !== "train.seed")), [`mean best ${metric}`, (point) => point.mean],
    ["standard deviation", (point) => point.std], ["runs", (point) => point.run_ids.length]], data.points);
  for (const config of data.configs) {
    const details = document.createElement("details");
    details.append(element("summary", config.run), element("pre", config.text));
    byId("configs").append(details);
  }
}

function drawAll() {
  document.documentElement.dataset.theme = theme;
  drawCurves();
  drawParallel();
  drawBars("seconds", (run) => run.seconds, (value) => value.toFixed(1));
  drawBars("sizes", (run) => data.trainable_parameters[run.name], (value) => Math.round(value).toLocaleString("en"));
  drawConfusion();
}

const best = data.runs.find((run) => run.status === "finished" && run.best_metric != null);
byId("lead").textContent = `${data.runs.length} runs; ` +
  (best ? `best ${metric} ${shown(best.best_metric)}: ${best.name}` : `none has come to a ${metric} yet`);
byId("curves-note").textContent = data.curves_left_out > 0 ? `the best ${data.curves.length} runs; ${data.curves_left_out} are left out` : "";
for (const name of metrics) byId("metric").append(element("option", name, { value: name, selected: name === metric }));
byId("metric").addEventListener("change", drawCurves);
byId("logarithmic").addEventListener("change", drawCurves);
byId("theme").addEventListener("click", () => { theme = theme === "dark" ? "light" : "dark"; drawAll(); });
systemIsDark.addEventListener("change", (event) => { theme = event.matches ? "dark" : "light"; drawAll(); });
addEventListener("resize", () => Object.values(charts).forEach((chart) => chart.resize()));
fillTables();
drawAll();
document.documentElement.dataset.drawn = String(document.querySelectorAll("#curves path").length);
