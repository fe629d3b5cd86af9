// Shared by all lenses, in one module with the code of each: arrays, elements, and maps on a canvas
// that respond to the pointer and the arrow keys.

const FRAME = "#40e0cd";

// A number with four significant digits, and an exponent only if it is very small or large.
const readable = (value) => {
  const size = Math.abs(value);
  if (size && (size < 1e-4 || size >= 1e6)) return value.toExponential(2).replace(/^-/, "\u2212");
  return Number(value.toPrecision(4)).toString().replace("-", "\u2212");
};
const rounded = (value) => readable(Number(value.toPrecision(3)));
// A probability from a softmax, as cnn.rendering.text.probability_text writes it: never 0 or 100.
const percent = (share) => {
  if (share >= 0.9995) return "> 99.9 %";
  if (share < 0.0005) return "< 0.1 %";
  return `${(100 * share).toFixed(1)} %`;
};
// As a factor: negative numbers in brackets.
const factor = (value) => (value < 0 ? `(${readable(value)})` : readable(value));

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function make(tag, name = "", text = "", ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

// Small pictures that are painted anew at each choice: not by the graphics card, to which each would be sent.
const penOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true });

const row = (...children) => make("div", "row", "", ...children);

// What changes together. After a touch it is scrolled so far that all of it is visible.
function together(...children) {
  const box = make("div", "together", "", ...children);
  box.addEventListener("pointerup", (event) => {
    if (event.pointerType === "touch" && box.clientHeight < innerHeight)
      box.scrollIntoView({ block: "nearest" });
  });
  return box;
}

// Replace what is in `box`; the focus stays at its place among the controls.
function fill(box, ...children) {
  const controls = () => [...box.querySelectorAll("button, canvas[tabindex], input, select")];
  const at = controls().indexOf(box.getRootNode().activeElement);
  box.replaceChildren(...children);
  controls()[at]?.focus({ preventScroll: true });
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Call `step(dy, dx)` for the arrow keys.
function onArrows(element, step) {
  element.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(...by);
  });
}

// The arrow keys move the focus among the buttons of `box`.
function walkButtons(box) {
  onArrows(box, (dy, dx) => {
    const all = [...box.querySelectorAll("button")];
    all[clamp(all.indexOf(box.getRootNode().activeElement) + dy + dx, 0, all.length - 1)].focus();
  });
}

function button(text, onClick, { name = "", title = "" } = {}) {
  const element = Object.assign(make("button", name, text), { type: "button", title });
  element.addEventListener("click", onClick);
  return element;
}

// A labelled slider; `onInput` gets its value.
function slider(text, options, onInput, ...children) {
  const input = Object.assign(make("input"), { type: "range", ...options });
  input.setAttribute("aria-label", text);
  input.addEventListener("input", () => onInput(Number(input.value)));
  return make("label", "", `${text} `, input, ...children);
}

// A box of text that screen readers read when it changes.
function liveText() {
  const element = make("div", "words");
  element.setAttribute("aria-live", "polite");
  return element;
}

// Bytes from cnn.networks.packing.with_header -> the header, and where the rest begins.
function readHeader(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), end: 4 + length };
}

// {shape, base64} from ui.widgets.lens.packed -> {shape, values}, as what was computed here is already.
function unpack({ shape, base64, values }) {
  if (values) return { shape, values };
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return { shape, values: new Float32Array(bytes.buffer) };
}

// One channel of (h, w, channels), or a map (h, w), as an array of rows.
function rowsOf({ shape: [height, width, channels = 1], values }, channel = 0) {
  return Array.from({ length: height }, (_, y) =>
    Float32Array.from({ length: width }, (_, x) => values[(y * width + x) * channels + channel]));
}

function colourOf(value, { low, high, colours }) {
  const share = high > low ? (value - low) / (high - low) : 0;
  return colours[Math.round(clamp(share, 0, 1) * (colours.length - 1))];
}

// A canvas with a caption, and the given colour scale and button to save it as `file`.png.
// `point(y, x)` is called with the cell under the pointer, `step(dy, dx)` for the arrow keys.
// Returns {box, canvas, paint(rows, scale, until), frame(y, x, height, width),
// windows(count, step, before, length), caption(text), size()}; `size` is a text: 26 x 26, 0 to 1.5.
function mapFigure(name, height, width, { point, step, scale, file } = {}) {
  const canvas = make("canvas", "map"), label = make("figcaption");
  const box = make("figure", name, "", canvas, label);
  if (scale) box.append(scaleBar(scale));
  if (file) box.append(saveButton(canvas, file));
  const side = Math.max(4, Math.round(448 / Math.max(height, width))); // canvas pixels per cell
  canvas.height = height * side;
  canvas.width = width * side;
  const pen = penOf(canvas);
  canvas.setAttribute("role", "img");
  if (point) {
    const at = (event) => {
      const { top, left, height: high, width: wide } = canvas.getBoundingClientRect();
      point(clamp(Math.floor(((event.clientY - top) / high) * height), 0, height - 1),
            clamp(Math.floor(((event.clientX - left) / wide) * width), 0, width - 1));
    };
    canvas.addEventListener("pointermove", at);
    canvas.addEventListener("pointerdown", at);
    canvas.classList.add("pointed");
  }
  if (step) {
    canvas.tabIndex = 0;
    onArrows(canvas, step);
  }
  let painted = null, range = ""; // the array last painted, and its lowest and highest value
  return {
    box,
    canvas,
    // Cells from number `until` on, row by row, are empty: not computed yet.
    paint(rows, scale, until = Infinity) {
      if (rows !== painted) {
        const values = rows.flatMap((line) => [...line]);
        range = [Math.min(...values), Math.max(...values)].map(rounded).join(" to ");
        painted = rows;
      }
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
    // The borders of all windows: one every `step` cells, the first `before` cells outside.
    windows(count, step, before, length) {
      pen.lineWidth = 1;
      pen.strokeStyle = "rgba(160, 160, 160, .55)";
      for (let y = 0; y < count[0]; y++)
        for (let x = 0; x < count[1]; x++)
          pen.strokeRect((x * step - before[1]) * side + 0.5, (y * step - before[0]) * side + 0.5,
                         length * side, length * side);
    },
    size: () => `${height} x ${width}, ${range}`,
    caption(text) {
      label.textContent = text;
      canvas.setAttribute("aria-label", step ? `${text}; arrow keys select a cell` : text);
    },
  };
}

// A colour scale as a bar between its lowest and highest value.
function scaleBar(scale) {
  const [low, high] = [readable(scale.low), readable(scale.high)], colours = make("i");
  colours.style.background = `linear-gradient(to right, ${scale.colours.join(", ")})`;
  const bar = make("div", "scale", "", make("span", "", low), colours, make("span", "", high));
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Colour scale from ${low} to ${high}`);
  return bar;
}

function saveButton(canvas, file) {
  const save = () => Object.assign(make("a"), {
    href: canvas.toDataURL("image/png"), download: `${file}.png`,
  }).click();
  return button("PNG", save, { name: "save", title: `Save as ${file}.png` });
}

// The row and column of the largest value.
function strongest(rows) {
  let best = [0, 0];
  rows.forEach((line, y) => line.forEach((value, x) => {
    if (value > rows[best[0]][best[1]]) best = [y, x];
  }));
  return best;
}

// Show the picture and frame the receptive field of the unit at `cell`; `fields`: down and across.
function showField(figure, picture, scale, [down, across], cell) {
  figure.paint(picture, scale);
  figure.frame(down.start + cell[0] * down.jump, across.start + cell[1] * across.jump, down.size, across.size);
  figure.caption(`Receptive field: ${down.size} x ${across.size} pixels of ${figure.size()}`);
}

// The window of the output cell `cell` along each axis: its first input cell; may be negative.
const windowStart = (cell, stride, before) => cell.map((i, axis) => i * stride[axis] - before[axis]);

// The output cell whose window has its middle nearest to the input cell (y, x).
const nearestWindow = (y, x, stride, before, size) =>
  [y, x].map((i, axis) => Math.round((i + before[axis] - (size[axis] - 1) / 2) / stride[axis]));

// A paragraph with the sum of a unit, and its activation; the exact value is in data-value. `output`
// is the unit's, where the activation is another than none and ReLU.
function sumFormula(text, sum, activation, output) {
  const relu = activation === "relu", plain = !activation || activation === "linear" || activation === "softmax";
  const value = plain ? sum : relu ? Math.max(0, sum) : output;
  const name = relu ? `ReLU: max(0, ${readable(sum)})` : `${activation}(${readable(sum)})`;
  const after = plain ? "" : `; ${name} = ${readable(value)}`;
  const formula = make("p", "formula", `${text} ${readable(sum)}${after}`);
  formula.dataset.value = value;
  return formula;
}
