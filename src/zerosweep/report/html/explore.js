// Interactive charts of the runs, by Observable Plot: parallel coordinates, curves, and the objective against a setting.
"use strict";

const { metric, better, columns, runs, curves } = JSON.parse(document.getElementById("data").textContent);
const section = document.getElementById("explore");
const colourBy = document.getElementById("colour");
const across = document.getElementById("across");
const four = value => typeof value === "number" ? String(+value.toPrecision(4)) : value === "" ? "–" : value;
const cssColour = state => `var(--${state}, var(--soft))`;
const described = run => [
  run.name, ...columns.map((column, i) => `${column.label}: ${four(run.levels[i] ?? "–")}`),
  `${metric}: ${four(run.value ?? "–")}`, run.state,
].join("\n");

// Colours: of the verdict, of the objective, or of a column, always over all runs, so that a filter does not change them.
function colours(chosen) {
  const column = columns[chosen];
  const of = chosen === "state" ? run => run.state : chosen === "value" ? run => run.value : run => run.levels[chosen];
  const values = [...new Set(runs.map(of))].filter(value => value !== null);
  if (chosen === "state") return { of, scale: { type: "ordinal", domain: values, range: values.map(cssColour) } };
  if (column?.few) {
    const domain = column.numeric ? d3.sort(values) : values;
    return { of, scale: { type: "ordinal", domain, scheme: "observable10", label: column.label } };
  }
  const shades = { interpolate: d3.interpolateViridis, range: [0.25, 0.97], unknown: "var(--soft)" };
  return { of, scale: {
    ...shades, type: column?.log ? "log" : "linear", domain: d3.extent(values), label: column?.label ?? metric,
    reverse: chosen === "value" && better === "minimize",
  } };
}

// A chart in its place, which shows one run in front of all others while the pointer is near it, and opens it on a click.
function place(id, options, marked) {
  const holder = document.getElementById(id);
  const chart = Plot.plot({ style: { background: "transparent" }, ...options });
  const lines = [...chart.querySelectorAll("g[aria-label=line] path")];
  chart.addEventListener("input", () => {
    const near = chart.value?.run;
    lines.forEach(line => {
      const same = marked[line.__data__[0]]?.run === near;
      line.style.strokeOpacity = near ? (same ? 1 : 0.12) : "";
      line.style.strokeWidth = near && same ? 3 : "";
    });
    chart.style.cursor = near ? "pointer" : "";
  });
  chart.addEventListener("click", () => {
    const address = chart.value && runLink(chart.value.run.id);
    if (address) open(address, "_blank", "noopener");
  });
  holder.replaceChildren(chart);
}

const opacity = count => Math.max(0.2, Math.min(0.9, 12 / Math.sqrt(count + 1)));
const width = (id, least) => Math.max(document.getElementById(id).clientWidth, least);

function drawParallel(shown, colour) {
  const axes = [...columns.map((column, i) => ({ ...column, of: run => run.levels[i] })), { label: metric, numeric: true, of: run => run.value }];
  for (const axis of axes) {
    const values = runs.map(axis.of).filter(value => value !== null && value !== undefined);
    if (!values.length) values.push(0);
    axis.scale = axis.numeric
      ? (axis.log ? d3.scaleLog : d3.scaleLinear)(d3.extent(values), [0, 1])
      : d3.scalePoint([...new Set(values)], [1, 0]).padding(0.15);
    axis.ticks = axis.numeric ? axis.scale.ticks(4).filter((tick, i, all) => all.length < 8 || Number.isInteger(Math.log10(tick))) : axis.scale.domain();
  }
  const marked = shown.flatMap(run => axes.flatMap((axis, i) => axis.of(run) === null ? [] : [{ run, i, y: axis.scale(axis.of(run)) }]));
  const ticks = axes.flatMap((axis, i) => axis.ticks.map(tick => ({ i, y: axis.scale(tick), text: four(tick) })));
  place("parallel", {
    width: width("parallel", 110 * axes.length), height: 360, marginLeft: 60, marginRight: 60, marginTop: 34, marginBottom: 12,
    ariaLabel: `Parallel coordinates of ${shown.length} runs`,
    x: { domain: [0, axes.length - 1], axis: null }, y: { domain: [0, 1], axis: null }, color: colour.scale,
    marks: [
      Plot.ruleX(axes, { x: (_, i) => i, stroke: "var(--soft)" }),
      Plot.text(axes, { x: (_, i) => i, frameAnchor: "top", dy: -22, text: "label", fontWeight: 600 }),
      Plot.line(marked, { x: "i", y: "y", z: point => point.run.id, stroke: point => colour.of(point.run), strokeOpacity: opacity(shown.length) }),
      Plot.text(ticks, { x: "i", y: "y", text: "text", textAnchor: "start", dx: 6, fill: "var(--ink)", stroke: "var(--page)", strokeWidth: 4 }),
      Plot.tip(marked, Plot.pointer({ x: "i", y: "y", title: point => described(point.run) })),
    ],
  }, marked);
}

function drawCurves(shown, colour) {
  const marked = shown.flatMap(run => (curves[run.id]?.[0] ?? []).map((step, i) => ({ run, step, value: curves[run.id][1][i] })));
  place("lines", {
    width: width("lines", 340), height: 380, marginLeft: 56, ariaLabel: `Curves of ${metric}`,
    x: { label: "step" }, y: { label: metric, grid: true, nice: true }, color: colour.scale,
    marks: [
      Plot.line(marked, { x: "step", y: "value", z: point => point.run.id, stroke: point => colour.of(point.run), strokeOpacity: opacity(shown.length) }),
      Plot.tip(marked, Plot.pointer({ x: "step", y: "value", title: point => `step ${point.step}, ${metric}: ${four(point.value)}\n${described(point.run)}` })),
    ],
  }, marked);
}

function drawPoints(shown, colour) {
  const i = +across.value, column = columns[i];
  const marked = shown.filter(run => run.value !== null).map(run => ({ run, x: run.levels[i], y: run.value }));
  const decade = tick => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6) ? String(tick) : "";
  const scale = column.log ? { type: "log", grid: true, tickFormat: decade } : column.numeric ? { nice: true, grid: true } : { type: "point", padding: 0.5 };
  place("points", {
    width: width("points", 340), height: 380, marginLeft: 56, ariaLabel: `${metric} against ${column.label}`,
    x: { label: column.label, ...scale }, y: { label: metric, grid: true, nice: true }, color: colour.scale,
    marks: [
      Plot.dot(marked, { x: "x", y: "y", r: 4, fill: point => colour.of(point.run), fillOpacity: 0.85, stroke: "var(--page)", strokeWidth: 0.5 }),
      Plot.tip(marked, Plot.pointer({ x: "x", y: "y", title: point => described(point.run) })),
    ],
  }, marked);
}

// A chart is drawn when it comes near the window, and again when it is stale.
const charts = { parallel: drawParallel, lines: drawCurves, points: drawPoints };
const holders = Object.keys(charts).map(id => document.getElementById(id)).filter(Boolean);
const near = new Set(), stale = new Set(holders);
function refresh() {
  const states = shownStates(), shown = runs.filter(run => states.has(run.state)), colour = colours(colourBy.value);
  for (const holder of holders) {
    if (near.has(holder) && stale.delete(holder)) charts[holder.id](shown, colour);
  }
}
function redraw() {
  const { scale } = colours(colourBy.value);
  document.getElementById("legend").replaceChildren(Plot.legend({ color: scale, width: 280, height: 44, marginTop: 14 }));
  holders.forEach(holder => stale.add(holder));
  refresh();
}

section.hidden = false;
section.addEventListener("change", redraw);
const watcher = new IntersectionObserver(entries => {
  entries.forEach(entry => near[entry.isIntersecting ? "add" : "delete"](entry.target));
  refresh();
}, { rootMargin: "300px" });
holders.forEach(holder => watcher.observe(holder));
let drawnAt = 0;
new ResizeObserver(([entry]) => {
  const now = Math.round(entry.contentRect.width);
  if (now !== drawnAt) { drawnAt = now; redraw(); }
}).observe(section);
