// What all lenses share: unpacking arrays, drawing maps on a canvas, framing cells, pointing.
// It stands before each lens's own code, in one module.

const FRAME = "#40e0cd";

// A number as people read it: four digits, no exponent where that can be helped.
const readable = (value) => {
  const size = Math.abs(value);
  if (size && (size < 1e-4 || size >= 1e6)) return value.toExponential(2);
  return Number(value.toPrecision(4)).toString().replace("-", "\u2212");
};
// In a sum, a negative factor stands in brackets.
const factor = (value) => (value < 0 ? `(${readable(value)})` : readable(value));

function make(tag, kind = "", text = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}

// {shape, base64} as ui.lens.packed makes it -> {shape, values}
function unpack({ shape, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return { shape, values: new Float32Array(bytes.buffer) };
}

// One channel of (h, w, channels), or a map (h, w) as it is, as rows.
function rowsOf({ shape: [height, width, channels = 1], values }, channel = 0) {
  return Array.from({ length: height }, (_, y) =>
    Float32Array.from({ length: width }, (_, x) => values[(y * width + x) * channels + channel]));
}

function colourOf(value, { low, high, colours }) {
  const share = high > low ? (value - low) / (high - low) : 0;
  return colours[Math.round(Math.min(Math.max(share, 0), 1) * (colours.length - 1))];
}

// A canvas with a caption. `point(y, x)` hears of the cell under the pointer, `step(dy, dx)` of the
// arrow keys. Returns {box, canvas, paint(rows, scale, until), frame(y, x, height, width),
// windows(count, step, before, length), caption(text)}.
function mapFigure(name, height, width, { point, step } = {}) {
  const box = make("figure", name);
  const canvas = make("canvas", "map");
  const words = make("figcaption");
  box.append(canvas, words);
  const side = Math.max(4, Math.round(448 / Math.max(height, width))); // canvas pixels a cell
  canvas.height = height * side;
  canvas.width = width * side;
  const pen = canvas.getContext("2d");
  canvas.setAttribute("role", "img");
  if (point) {
    const at = (event) => {
      const place = canvas.getBoundingClientRect();
      const share = (from, start, length) => Math.min(Math.max((from - start) / length, 0), 0.9999);
      point(Math.floor(share(event.clientY, place.top, place.height) * height),
            Math.floor(share(event.clientX, place.left, place.width) * width));
    };
    canvas.addEventListener("pointermove", at);
    canvas.addEventListener("pointerdown", at);
    canvas.classList.add("pointed");
  }
  if (step) {
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!by) return;
      event.preventDefault();
      step(...by);
    });
  }
  return {
    box,
    canvas,
    // Cells from number `until` on, row by row, are left empty: they are not computed yet.
    paint(rows, scale, until = Infinity) {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          if (y * width + x >= until) return;
          pen.fillStyle = colourOf(rows[y][x], scale);
          pen.fillRect(x * side, y * side, side, side);
        }
    },
    frame(y, x, high = 1, wide = 1) {
      for (const [line, colour] of [[6, "#000"], [3, FRAME]]) {
        pen.lineWidth = line;
        pen.strokeStyle = colour;
        pen.strokeRect(x * side, y * side, wide * side, high * side);
      }
    },
    // The borders of all windows: one every `step` cells, from `before` cells outside on.
    windows(count, step, before, length) {
      pen.lineWidth = 1;
      pen.strokeStyle = "rgba(160, 160, 160, .55)";
      for (let y = 0; y < count[0]; y++)
        for (let x = 0; x < count[1]; x++)
          pen.strokeRect((x * step - before[1]) * side + 0.5, (y * step - before[0]) * side + 0.5,
                         length * side, length * side);
    },
    caption(text) {
      words.textContent = text;
      canvas.setAttribute("aria-label", step ? `${text}; arrow keys move from cell to cell` : text);
    },
  };
}

// What the colours mean: a bar with its ends' values.
function scaleBar(scale) {
  const bar = make("div", "scale");
  const colours = make("i");
  colours.style.background = `linear-gradient(to right, ${scale.colours.join(", ")})`;
  bar.append(make("span", "", readable(scale.low)), colours, make("span", "", readable(scale.high)));
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Colours from ${readable(scale.low)} to ${readable(scale.high)}`);
  return bar;
}

// A button that has a canvas saved as a PNG file.
function saveButton(canvas, file) {
  const button = make("button", "save", "PNG");
  button.type = "button";
  button.title = `Save this picture as ${file}.png`;
  button.addEventListener("click", () => {
    const link = make("a");
    link.href = canvas.toDataURL("image/png");
    link.download = `${file}.png`;
    link.click();
  });
  return button;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The row and column of the largest value: where there is something to see at first.
function strongest(rows) {
  let best = [0, 0];
  rows.forEach((line, y) => line.forEach((value, x) => {
    if (value > rows[best[0]][best[1]]) best = [y, x];
  }));
  return best;
}

// The picture with the receptive field of the unit at `cell` framed; `fields` down and across.
function showField(figure, picture, scale, [down, across], cell) {
  figure.paint(picture, scale);
  figure.frame(down.start + cell[0] * down.jump, across.start + cell[1] * across.jump, down.size, across.size);
  figure.caption(`All that this unit can see: ${down.size} x ${across.size} pixels of the picture`);
}
