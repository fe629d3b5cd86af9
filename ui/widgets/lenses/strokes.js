// Strokes of the canvas as the network's input: the twin of cnn.preprocessing.strokes, .coverage and
// .normalization. A point is [x, y] in canvas pixels, a line an array of points, a stroke
// {points, width}; a picture is {rows, columns, values}, row by row.

const IMAGE_SIDE = 28, BOX_SIDE = 20; // pixels of the network's input, and of the digit in it
const STROKE_WIDTH = 2.4; // of these pixels
const FINE = 8; // each of them is drawn as 8 x 8 and averaged
const CURVE_SHARES = [0.25, 0.5, 0.75, 1]; // 4 lines approximate a curve of a few pixels
const THINNED = 0.4; // canvas pixels between two points of the pointer, at least

const both = (operation) => [0, 1].map(operation); // for x and y
const isSame = (a, b) => a[0] === b[0] && a[1] === b[1];
const middle = (a, b) => both((axis) => (a[axis] + b[axis]) / 2);

// The line through the points of the pointer as Fabric.js's PencilBrush makes it: curves between the
// middles of successive points. The server reads the same from its path (read_strokes).
function penLine(pointed, width) {
  const points = thinned(pointed), last = points.length - 1;
  if (last < 1 || points.every((each) => isSame(each, points[0]))) return [points[0]];
  const beyond = (from, to, back) =>
    both((axis) => from[axis] + (last > 1 ? (width / 1000) * Math.sign(to[axis] - back[axis]) : 0));
  const line = [last > 1 ? beyond(points[0], points[1], points[2]) : points[0]];
  for (let i = 0; i < last; i++)
    if (!isSame(points[i], points[i + 1])) addCurve(line, points[i], middle(points[i], points[i + 1]));
  line.push(beyond(points[last], points[last], points[last - 1]));
  return line;
}

// Without points nearer to the one before than THINNED, and the last but one, as Fabric.js does.
function thinned(points) {
  if (points.length < 3) return points;
  const kept = [points[0]];
  for (const each of points.slice(1, -2))
    if (squared(kept.at(-1), each) >= THINNED ** 2) kept.push(each);
  return [...kept, points.at(-1)];
}

const squared = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;

// A quadratic Bézier curve: B(t) = (1 - t)² p0 + 2 (1 - t) t p1 + t² p2.
function addCurve(line, control, end) {
  const start = line.at(-1);
  for (const t of CURVE_SHARES)
    line.push(both((axis) =>
      (1 - t) ** 2 * start[axis] + 2 * (1 - t) * t * control[axis] + t ** 2 * end[axis]));
}

// cnn.preprocessing.normalization.normalize_strokes: (28, 28) grey levels, or null without ink.
function normalizeStrokes(strokes, side) {
  const lines = strokes.flatMap(({ points, width }) => clipLine(points, -width / 2, side + width / 2));
  if (!lines.length) return null;
  const minLength = Math.max(...strokes.map(({ width }) => width)) / 2;
  return centred(redrawLines(lines, STROKE_WIDTH, minLength));
}

// The parts of a line in the square from `low` to `high` (Liang and Barsky, 1984).
function clipLine(points, low, high) {
  const isInside = (point) => point.every((each) => each > low && each < high);
  if (points.every(isInside)) return [points];
  if (points.every((each) => isSame(each, points[0]))) return isInside(points[0]) ? [[points[0]]] : [];
  const lines = [];
  let leftAt = 0; // where the piece before left the square, as a share of it
  for (let i = 0; i + 1 < points.length; i++) {
    const start = points[i], along = both((axis) => points[i + 1][axis] - start[axis]);
    const [enter, leave] = shareInside(start, along, low, high);
    if (enter < leave) {
      const at = (share) => both((axis) => start[axis] + share * along[axis]);
      if (enter > 0 || !lines.length || leftAt < 1) lines.push([at(enter)]);
      lines.at(-1).push(at(leave));
    }
    leftAt = enter < leave ? leave : 0;
  }
  return lines;
}

// Between which shares of a piece it is in the square.
function shareInside(start, along, low, high) {
  let enter = 0, leave = 1;
  for (const axis of [0, 1]) {
    const shares = [low, high].map((edge) => (edge - start[axis]) / along[axis]).filter((each) => !isNaN(each));
    if (!shares.length) continue;
    enter = Math.max(enter, Math.min(...shares));
    leave = Math.min(leave, Math.max(...shares));
  }
  return [enter, leave];
}

// cnn.preprocessing.normalization.redraw_lines: a picture with a longer side of 20.
function redrawLines(lines, width, minLength) {
  const points = lines.flat();
  const low = both((axis) => points.reduce((least, each) => Math.min(least, each[axis]), Infinity));
  const high = both((axis) => points.reduce((most, each) => Math.max(most, each[axis]), -Infinity));
  const extent = both((axis) => high[axis] - low[axis]);
  const scale = (BOX_SIDE - width) / Math.max(...extent, minLength);
  const [columns, rows] = extent.map((each) => clamp(Math.ceil(each * scale + width), 1, BOX_SIDE));
  const start = [columns, rows].map((length, axis) => (length - extent[axis] * scale) / 2);
  const fine = lines.map((line) =>
    line.map((point) => both((axis) => ((point[axis] - low[axis]) * scale + start[axis]) * FINE)));
  const covered = lineCoverage(fine, width * FINE, rows * FINE, columns * FINE);
  const sums = new Float64Array(rows * columns);
  covered.forEach((share, i) => {
    const row = Math.floor(i / (columns * FINE) / FINE), column = Math.floor((i % (columns * FINE)) / FINE);
    sums[row * columns + column] += share;
  });
  return { rows, columns, values: sums.map((sum) => Math.round((sum / FINE ** 2) * 255)) };
}

// cnn.preprocessing.coverage.line_coverage: the share of each pixel that the lines cover.
function lineCoverage(lines, width, rows, columns) {
  const radius = width / 2, nearest = new Float64Array(rows * columns).fill(Infinity);
  for (const line of lines)
    if (line.length === 1) measureDistances(nearest, rows, columns, line[0], line[0], radius + 0.5);
    else
      for (let i = 0; i + 1 < line.length; i++)
        measureDistances(nearest, rows, columns, line[i], line[i + 1], radius + 0.5);
  return nearest.map((each) => clamp(radius + 0.5 - Math.sqrt(each), 0, 1));
}

// Lower the squared distances of the pixels within `reach` of the piece from `start` to `end`.
function measureDistances(nearest, rows, columns, start, end, reach) {
  const [x0, y0] = start, dx = end[0] - x0, dy = end[1] - y0, length = dx * dx + dy * dy;
  const [left, top] = both((axis) => Math.max(Math.floor(Math.min(start[axis], end[axis]) - reach), 0));
  const [right, bottom] = [columns, rows].map((count, axis) =>
    Math.min(Math.ceil(Math.max(start[axis], end[axis]) + reach), count));
  for (let row = top; row < bottom; row++)
    for (let column = left; column < right; column++) {
      const x = column + 0.5 - x0, y = row + 0.5 - y0;
      const share = length > 0 ? Math.min(Math.max((x * dx + y * dy) / length, 0), 1) : 0;
      const across = x - share * dx, down = y - share * dy;
      const distance = across * across + down * down, at = row * columns + column;
      if (distance < nearest[at]) nearest[at] = distance;
    }
}

// cnn.preprocessing.normalization.centre: (28, 28) with the centre of mass in the middle.
function centred({ rows, columns, values }) {
  let mass = 0, down = 0, across = 0;
  values.forEach((value, i) => {
    mass += value;
    down += value * (Math.floor(i / columns) + 0.5);
    across += value * ((i % columns) + 0.5);
  });
  const [top, left] = [[down, rows], [across, columns]].map(([sum, length]) =>
    clamp(Math.ceil(IMAGE_SIDE / 2 - sum / mass), 0, IMAGE_SIDE - length));
  const image = new Uint8Array(IMAGE_SIDE * IMAGE_SIDE);
  values.forEach((value, i) => {
    image[(top + Math.floor(i / columns)) * IMAGE_SIDE + left + (i % columns)] = value;
  });
  return image;
}
