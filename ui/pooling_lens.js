// Points at a cell of a pooled map and shows the window that it came from, with the arithmetic.
// All of it happens here: no message goes to the server.

const KINDS = ["max", "average", "sum"];
const number = (value) => Number(value.toPrecision(4)).toString();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".lens");
  const { map, pooled, size, stride, before, palettes, scales } = data;
  const rows = pooled.max.length, columns = pooled.max[0].length;
  let cell = root.cell && root.cell[0] < rows && root.cell[1] < columns ? root.cell : [0, 0];
  root.replaceChildren();

  const figures = [["input", map], ...KINDS.map((kind) => [kind, pooled[kind]])].map(
    ([name, values]) => figure(name, values),
  );
  const words = element("div", "words");
  words.setAttribute("aria-live", "polite");
  const row = element("div", "row");
  row.append(...figures.map((each) => each.box));
  root.append(row, words);
  show();

  function element(tag, kind) {
    const made = document.createElement(tag);
    made.className = kind;
    return made;
  }

  function figure(name, values) {
    const box = element("figure", name);
    const canvas = element("canvas", "map");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name}; arrow keys move from cell to cell`);
    const caption = element("figcaption", "");
    caption.textContent = `${name}: ${values.length} x ${values[0].length}`;
    box.append(canvas, caption);
    const side = 16; // canvas pixels for each cell; the page scales the canvas
    canvas.height = values.length * side;
    canvas.width = values[0].length * side;
    const pen = canvas.getContext("2d");
    const [low, high, kind] = scales[name], palette = palettes[kind];
    const last = palette.length - 1;
    const paint = () => values.forEach((line, y) => line.forEach((value, x) => {
      const share = high > low ? (value - low) / (high - low) : 0;
      pen.fillStyle = palette[Math.round(Math.min(Math.max(share, 0), 1) * last)];
      pen.fillRect(x * side, y * side, side, side);
    }));
    const at = (event) => {
      const place = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - place.left) / place.width) * values[0].length);
      const y = Math.floor(((event.clientY - place.top) / place.height) * values.length);
      if (name !== "input") return point(y, x);
      // The window whose middle is nearest.
      point(Math.round((y + before[0] - (size - 1) / 2) / stride),
            Math.round((x + before[1] - (size - 1) / 2) / stride));
    };
    canvas.addEventListener("pointermove", at);
    canvas.addEventListener("pointerdown", at);
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      point(cell[0] + step[0], cell[1] + step[1]);
    });
    const frame = (y, x, height, width) => {
      pen.lineWidth = 6;
      pen.strokeStyle = "#000";
      pen.strokeRect(x * side, y * side, width * side, height * side);
      pen.lineWidth = 3;
      pen.strokeStyle = "#40e0cd";
      pen.strokeRect(x * side, y * side, width * side, height * side);
    };
    return { name, box, paint, frame };
  }

  function point(y, x) {
    cell = [Math.min(Math.max(y, 0), rows - 1), Math.min(Math.max(x, 0), columns - 1)];
    root.cell = cell;
    show();
  }

  function show() {
    const top = cell[0] * stride - before[0], left = cell[1] * stride - before[1];
    const seen = [];
    for (let y = Math.max(top, 0); y < Math.min(top + size, map.length); y++)
      for (let x = Math.max(left, 0); x < Math.min(left + size, map[0].length); x++)
        seen.push(map[y][x]);
    for (const { name, paint, frame } of figures) {
      paint();
      if (name === "input") frame(top, left, size, size);
      else frame(cell[0], cell[1], 1, 1);
    }
    const list = seen.map(number).join(", ");
    words.replaceChildren(
      ...[
        `Cell ${cell[0]}, ${cell[1]} (row, column) · window from row ${top}, column ${left}`,
        `max(${list}) = ${number(pooled.max[cell[0]][cell[1]])}`,
        `mean(${list}) = ${number(pooled.average[cell[0]][cell[1]])}`,
        `sum(${list}) = ${number(pooled.sum[cell[0]][cell[1]])}`,
      ].map((text, i) => {
        const line = element("p", i ? "formula" : "where");
        line.textContent = text;
        return line;
      }),
    );
  }
}
