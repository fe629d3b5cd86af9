// The learning curves while a network is trained: the chart of cnn/rendering/charts.py, drawn as
// Apache ECharts draws it after the training. The server sends all of it once a second; what came in
// since the last message is played until the next one.

const PAUSE_MS = 68; // between two frames: with the wait for the next one, about 12 a second
const PLAY_MS = [250, 1500]; // the shortest and the longest time in which new points are played
const MARGIN = 8; // CSS pixels between an axis and its labels, and left of them
const RIGHT = 20, BELOW = 44; // CSS pixels beside the plot, as in ECharts
const PLACEHOLDER_LINE = 18;
// Text and lines of Streamlit's charts; on a light page, the text of ui.widgets.display.show_chart.
const INK = { light: ["#6b7280", "#e6eaf1"], dark: ["#e6eaf1", "#31333f"] };
// At most so wide, the legend has a line of its own: NARROW in cnn/rendering/chart_parts.py.
const NARROW = 280;
const LEGENDS = {
  narrow: { top: 46, right: 0, middle: 6, font: 10, gap: 7, icon: 12, dot: 6, ring: 5.2 },
  wide: { top: 40, right: 13, middle: 12, font: 12, gap: 8, icon: 25, dot: 7, ring: 5.2 },
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".curve");
  root.chart ??= new LiveChart(root);
  root.chart.update(data);
  return () => root.chart.stop();
}

// A step for about `parts` ticks on a span: 1, 2, 3 or 5 times a power of ten, as in ECharts.
function niceStep(span, parts) {
  const rough = span / parts, unit = 10 ** Math.floor(Math.log10(rough)), size = rough / unit;
  return unit * [[1.5, 1], [2.5, 2], [4, 3], [7, 5], [Infinity, 10]].find(([limit]) => size < limit)[1];
}

// {low, high, ticks} of an axis {min, max, interval, minInterval}; without a max it ends at a tick. As
// in ECharts, both ends are ticks, even if they are not multiples of the step; with an interval, the
// ticks are counted from the lower end.
function scaleOf({ min, max, interval, minInterval = 0 }, values, parts) {
  const low = min ?? 0, most = max ?? values.reduce((a, b) => Math.max(a, b), -Infinity);
  const span = most > low ? most - low : 1; // without values, or all 0
  const step = interval ?? Math.max(niceStep(span, parts), minInterval);
  const exact = (number) => Number(number.toPrecision(12));
  const first = interval ? low : step * Math.ceil(exact(low / step));
  const tick = (number) => exact(first + number * step);
  const high = max ?? tick(Math.ceil(exact((low + span - first) / step)));
  const inside = [];
  for (let i = 0; tick(i) < high; i++) if (tick(i) > low) inside.push(tick(i));
  return { low, high, ticks: [low, ...inside, high] };
}

// Numbers as in the tooltips and axes of Streamlit's charts. `toLocaleString` would take most of the
// time of a frame.
const NUMBERS = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
const written = (value) => NUMBERS.format(value);

// The points [x, y] up to `head`, the last one on the line to the next.
function playedUpTo(points, head) {
  const next = points.findIndex(([x]) => x > head);
  if (next < 0) return points;
  if (!next) return [];
  const [[x0, y0], [x1, y1]] = [points[next - 1], points[next]], share = (head - x0) / (x1 - x0);
  return share > 0 ? [...points.slice(0, next), [head, y0 + share * (y1 - y0)]] : points.slice(0, next);
}

class LiveChart {
  constructor(root) {
    Object.assign(this, { root, head: null, pointed: null });
    this.canvas = root.querySelector("canvas");
    this.tip = root.querySelector(".tip");
    this.canvasPen = this.canvas.getContext("2d");
    this.backPen = document.createElement("canvas").getContext("2d"); // axes and legend
    this.controller = new AbortController();
    const on = (target, name, listener) =>
      target.addEventListener(name, listener, { signal: this.controller.signal });
    const point = ({ offsetX }) => this.pointAt(offsetX);
    on(this.canvas, "pointerdown", point);
    on(this.canvas, "pointermove", point);
    // After a touch the numbers stay, until another one elsewhere.
    on(this.canvas, "pointerleave", ({ pointerType }) => { if (pointerType === "mouse") this.pointAt(null); });
    on(document, "pointerdown", (event) => { if (!event.composedPath().includes(this.canvas)) this.pointAt(null); });
    on(document, "visibilitychange", () => this.request());
    this.observer = new ResizeObserver(() => this.changeAxes());
    this.observer.observe(root);
  }

  stop() {
    this.controller.abort();
    this.observer.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
  }

  update(data) {
    const now = performance.now(), isFirst = !this.data;
    const series = data.series.map((each) => ({ ...each, points: each.points.filter(([, y]) => y !== null) }));
    const ends = series.flatMap(({ points }) => points.slice(-1).map(([x]) => x));
    const end = ends.length ? Math.max(...ends) : null;
    Object.assign(this, { data, series, end });
    // What was there when the page was opened is shown at once, and so is a run that was resumed.
    if (end === null || isFirst || this.head > end) this.head = end;
    else if (end !== this.goal) {
      const from = this.head ?? Math.min(...series.flatMap(({ points }) => points.slice(0, 1).map(([x]) => x)));
      const since = now - this.received;
      this.play = { from, began: now, took: Math.min(Math.max(since, PLAY_MS[0]), PLAY_MS[1]) };
      this.head = from;
    }
    Object.assign(this, { goal: end, received: now });
    this.describe();
    this.changeAxes();
  }

  // For screen readers: the last numbers, not read out when they change.
  describe() {
    const { alt, x } = this.data;
    const last = this.series.flatMap(({ name, points }) => points.slice(-1).map(([, y]) => `${name} ${written(y)}`));
    const numbers = last.length ? `${x.name} ${written(this.end)} of ${written(x.planned)}: ${last.join(", ")}` : this.data.placeholder;
    this.canvas.setAttribute("aria-label", `${alt}. ${numbers}`);
  }

  changeAxes() {
    this.plot = null;
    this.isAsked = true;
    this.request();
  }

  // Draw in the next frame, and go on while points are played; not while the page is hidden.
  request() {
    if (this.isWaiting || document.hidden) return;
    this.isWaiting = true;
    this.frame = requestAnimationFrame(() => {
      this.move();
      this.draw();
      this.timer = setTimeout(() => {
        this.isWaiting = false;
        if (this.head !== this.end || this.isAsked) this.request();
      }, PAUSE_MS);
    });
  }

  move() {
    if (this.head === this.end) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const share = (performance.now() - this.play.began) / this.play.took;
    this.head = still || share >= 1 ? this.end : this.play.from + Math.max(share, 0) * (this.end - this.play.from);
  }

  pointAt(x) {
    if (x === this.pointed) return;
    this.pointed = x;
    this.isAsked = true;
    this.request();
  }

  draw() {
    this.isAsked = false;
    if (!this.plot) this.drawBack();
    if (!this.plot) return; // not laid out yet
    const { canvas, canvasPen: pen, sharp } = this;
    this.pen = pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(this.backPen.canvas, 0, 0);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    if (this.head !== null) this.drawSeries(this.drawn, this.head);
    this.drawPointed();
  }

  // What stays until the next message, drawn once: the axes, the legend, and what has been played.
  drawBack() {
    const { root, canvas, backPen: pen } = this, sharp = devicePixelRatio || 1;
    const [width, height] = [root.clientWidth, root.clientHeight];
    if (!this.data || !width || !height || !root.isConnected) return;
    const [wide, high] = [Math.round(width * sharp), Math.round(height * sharp)];
    if (canvas.width !== wide || canvas.height !== high) {
      Object.assign(canvas, { width: wide, height: high });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` }); // sharp text
    }
    Object.assign(pen.canvas, { width: wide, height: high });
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    Object.assign(this, { pen, sharp });
    this.layOut(width, height);
    this.drawAxes();
    this.drawLegend(width);
    this.drawn = this.head ?? -Infinity;
    if (this.head === null) this.drawPlaceholder(height);
    else this.drawSeries(-Infinity, this.head);
  }

  layOut(width, height) {
    const { data, pen, root } = this, style = getComputedStyle(root);
    const isNarrow = width <= NARROW, isDark = style.colorScheme.includes("dark");
    this.font = style.fontFamily;
    this.ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
    [this.ink, this.thin] = isDark ? INK.dark : INK.light;
    this.isDark = isDark;
    this.legend = isNarrow ? LEGENDS.narrow : LEGENDS.wide;
    const values = this.series.flatMap(({ points }) => points.map(([, y]) => y));
    this.xs = scaleOf(data.x, [], isNarrow ? 3 : 5);
    this.ys = scaleOf(data.y, values, 5);
    pen.font = `12px ${this.font}`;
    const labels = Math.max(...this.ys.ticks.map((each) => pen.measureText(written(each)).width));
    const left = 2 * MARGIN + labels, right = width - RIGHT, top = this.legend.top, bottom = height - BELOW;
    const along = (x) => left + ((x - this.xs.low) / (this.xs.high - this.xs.low)) * (right - left);
    const up = (y) => bottom - ((y - this.ys.low) / (this.ys.high - this.ys.low)) * (bottom - top);
    this.plot = { left, right, top, bottom, along, up };
  }

  // A line of one device pixel where `sharp` is 1.
  line(x0, y0, x1, y1) {
    const { pen } = this, edge = (each) => Math.round(each) + 0.5;
    pen.beginPath();
    pen.moveTo(edge(x0), edge(y0));
    pen.lineTo(edge(x1), edge(y1));
    pen.stroke();
  }

  text(words, x, y, textAlign = "center", font = 12) {
    Object.assign(this.pen, { textAlign, textBaseline: "middle", font: `${font}px ${this.font}`, fillStyle: this.ink });
    this.pen.fillText(words, x, y);
  }

  drawAxes() {
    const { pen, data, plot: { left, right, top, bottom, along, up } } = this;
    Object.assign(pen, { lineWidth: 1, strokeStyle: this.thin });
    for (const y of this.ys.ticks) {
      this.line(left - 5, up(y), right, up(y));
      this.text(written(y), left - MARGIN, up(y), "right");
    }
    let free = Infinity; // from right to left: the label of the end is left out where it has no space
    const ticks = data.x.ends ? this.xs.ticks : this.xs.ticks.slice(1, -1);
    const [before, end] = ticks.slice(-2), half = (each) => pen.measureText(written(each)).width / 2;
    if (ticks.length > 1 && along(before) + half(before) + MARGIN > along(end) - half(end)) free = along(end);
    for (const x of this.xs.ticks) this.line(along(x), top, along(x), bottom + 5);
    for (const x of ticks) if (along(x) < free) this.text(written(x), along(x), bottom + 11.5);
    this.text(data.x.name, (left + right) / 2, bottom + 30);
    this.text(data.y.name, left, top - 19, "left");
  }

  drawLegend(width) {
    const { pen, legend: { right, middle, font, gap, icon, dot, ring } } = this;
    let x = width - right;
    for (const { name, kind, colour, opacity } of this.series.toReversed()) {
      this.text(name, x, middle, "right", font);
      x -= pen.measureText(name).width + 5 + icon;
      const centre = x + icon / 2;
      if (kind === "line") {
        Object.assign(pen, { lineWidth: 2, strokeStyle: colour });
        pen.beginPath();
        pen.moveTo(x, middle);
        pen.lineTo(x + icon, middle);
        pen.stroke();
        this.symbol(centre, middle, ring, colour);
      } else {
        Object.assign(pen, { globalAlpha: opacity, fillStyle: colour });
        pen.beginPath();
        pen.arc(centre, middle, dot, 0, 7);
        pen.fill();
        pen.globalAlpha = 1;
      }
      x -= gap;
    }
  }

  // As in Streamlit's charts: a ring on a light page, a disc on a dark one.
  symbol(x, y, radius, colour) {
    const { pen } = this;
    Object.assign(pen, { lineWidth: 2, strokeStyle: colour, fillStyle: this.isDark ? colour : this.ground });
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.fill();
    if (!this.isDark) pen.stroke();
  }

  // In the middle of the plot: in that of a phone's chart, it would cover the numbers of the axis.
  drawPlaceholder(height) {
    const { left, right } = this.plot, lines = this.data.placeholder.split("\n");
    const top = height / 2 - ((lines.length - 1) / 2) * PLACEHOLDER_LINE;
    lines.forEach((words, i) => this.text(words, (left + right) / 2, top + i * PLACEHOLDER_LINE, "center", 13));
  }

  // What is after `from`, up to `to`.
  drawSeries(from, to) {
    const { pen, plot: { left, right, top, bottom, along, up } } = this;
    for (const { kind, colour, opacity, points, size } of this.series) {
      const before = points.findLastIndex(([x]) => x <= from);
      const played = playedUpTo(points.slice(Math.max(before, 0)), to);
      const reached = points.slice(before + 1).filter(([x]) => x <= to);
      pen.save();
      pen.beginPath();
      pen.rect(left - 2, top - 2, right - left + 4, bottom - top + 4);
      pen.clip();
      if (kind === "scatter") {
        Object.assign(pen, { globalAlpha: opacity, fillStyle: colour });
        for (const [x, y] of reached) pen.fillRect(along(x) - size / 2, up(y) - size / 2, size, size);
      } else {
        Object.assign(pen, { lineWidth: 2, lineJoin: "bevel", strokeStyle: colour });
        pen.beginPath();
        for (const [x, y] of played) pen.lineTo(along(x), up(y));
        pen.stroke();
      }
      pen.restore();
      if (kind === "line" && size) for (const [x, y] of reached) this.symbol(along(x), up(y), size / 2, colour);
    }
  }

  // The numbers at the pointer: of the nearest x that has points.
  drawPointed() {
    const { tip, plot, pen, pointed } = this;
    const all = pointed === null ? [] : this.series.flatMap(({ points }) => points.map(([x]) => x));
    const there = all.filter((x) => x <= this.head);
    tip.hidden = !there.length;
    if (tip.hidden) return;
    const apart = (x) => Math.abs(plot.along(x) - pointed);
    const at = there.reduce((best, x) => (apart(x) < apart(best) ? x : best)), x = plot.along(at);
    Object.assign(pen, { lineWidth: 1, strokeStyle: this.ink });
    pen.setLineDash([4, 3]);
    this.line(x, plot.top, x, plot.bottom);
    pen.setLineDash([]);
    const rows = [];
    for (const { name, kind, colour, opacity, points } of this.series) {
      const found = points.find(([each]) => each === at);
      if (!found) continue;
      if (kind === "line") this.symbol(x, plot.up(found[1]), 3.5, colour);
      rows.push(tipRow(name, written(found[1]), colour, opacity));
    }
    const title = document.createElement("b");
    title.textContent = `${this.data.x.name} ${written(at)}`;
    tip.replaceChildren(title, ...rows);
    // Above the plot, which it would cover on a phone; beside the pointer, within the chart's width.
    const { clientWidth: width } = this.root, room = width - tip.offsetWidth;
    const left = x > width / 2 ? x - tip.offsetWidth - 10 : x + 10;
    tip.style.left = `${Math.max(0, Math.min(left, room))}px`;
    tip.style.top = `${plot.top - 4 - tip.offsetHeight}px`;
  }
}

function tipRow(name, value, colour, opacity) {
  const row = document.createElement("div");
  for (const [tag, text] of [["i", ""], ["span", name], ["b", value]])
    row.append(Object.assign(document.createElement(tag), { textContent: text }));
  Object.assign(row.firstChild.style, { background: colour, opacity });
  return row;
}
