// A scatter plot of the test digits: point at a dot to see its digit, click to open it. Only opening a
// digit sends a message to the server.

const NEAR = 18; // CSS pixels between the pointer and a dot
const STILL = 5; // CSS pixels that the pointer may move during a click
const STEP = 1.6, MAX_ZOOM = 60;
const PIXELS = 28; // side of a digit
const SHEET = "test-digit-sheet"; // the event that the images of all digits are loaded
const STAR = new Path2D("M0-12 2.9-4 11.4-3.7 4.8 1.5 7.1 9.7 0 5-7.1 9.7-4.8 1.5-11.4-3.7-2.9-4Z");

export default function ({ data, parentElement, setTriggerValue }) {
  if (data instanceof Uint8Array) keepSheet(data);
  else drawPlane(data, parentElement.querySelector(".lens"), setTriggerValue);
}

// One image of all digits, for all planes of the page: a megabyte, sent and decoded once. That of
// another data set replaces it.
async function keepSheet(png) {
  const key = png.reduce((hash, byte, i) => (i % 97 ? hash : (31 * hash + byte) | 0), png.length);
  if (globalThis.digitSheetKey === key) return;
  globalThis.digitSheetKey = key;
  globalThis.digitSheet = await createImageBitmap(new Blob([png], { type: "image/png" }));
  dispatchEvent(new Event(SHEET));
}

function drawPlane({ points, colours, chosen, names, noun }, root, setTriggerValue) {
  root.controller?.abort(); // removes the listeners of an earlier call
  root.controller = new AbortController();
  const { signal } = root.controller;

  // Dots: x, y, label, prediction and its probability.
  const { shape: [count, width], values } = unpack(points);
  const column = (number) => Float32Array.from({ length: count }, (_, i) => values[i * width + number]);
  const [xs, ys, labels, predictions, confidences] = [0, 1, 2, 3, 4].map(column);
  const isError = (i) => labels[i] !== predictions[i];
  const star = [chosen.x, chosen.y]; // a drawing may be outside the range of the digits
  const low = [xs, ys].map((each, axis) => each.reduce((a, b) => Math.min(a, b), star[axis]));
  const high = [xs, ys].map((each, axis) => each.reduce((a, b) => Math.max(a, b), star[axis]));
  const span = [0, 1].map((i) => high[i] - low[i] || 1);
  const middles = colours.map((_, label) => middleOf(label));

  // The view, kept during reruns of the page, except for another network's plane.
  const seen = (root.seen ??= { at: null, only: null, errors: false, zoom: 1, x: null, y: null });
  if (seen.zoom === 1 || seen.plane !== points.base64) home();
  seen.plane = points.base64;
  const shown = (i) => (seen.only === null || labels[i] === seen.only) && (!seen.errors || isError(i));

  // Figures
  const canvas = make("canvas", "stage");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label",
    `Scatter plot of ${count} test ${noun}s; arrow keys select an error, Enter opens it, plus and minus zoom`);
  const pen = canvas.getContext("2d");
  const layer = document.createElement("canvas"); // all dots, drawn only if they change
  const digit = make("canvas", "digit");
  digit.width = digit.height = PIXELS * 12;
  digit.setAttribute("role", "img");
  const words = liveText();
  const openButton = button("Open", () => open(seen.at));
  const side = make("div", "side", "", digit, make("div", "texts", "", words, openButton));

  // Legend and tools
  const classes = colours.map((colour, label) => {
    const toggle = () => change({ only: seen.only === label ? null : label });
    const item = button(names[label], toggle, {
      title: noun === "digit" ? `Show only the ${label}s, or all` : `Show only ${names[label]}, or all`,
    });
    item.prepend(make("i"));
    item.firstChild.style.background = colour;
    return item;
  });
  const errors = button("Errors only", () => change({ errors: !seen.errors }));
  errors.prepend(make("i", "error"));
  const tools = make("span", "tools", "",
    button("\u2212", () => zoomBy(1 / STEP), { title: "Zoom out" }),
    button("+", () => zoomBy(STEP), { title: "Zoom in" }),
    button("Reset", reset, { title: "Show all dots" }),
    saveButton(canvas, "plane"),
  );
  const legend = make("div", "controls legend", "", ...classes, errors, tools);
  fill(root, together(make("div", "plane", "", canvas, side, legend)));

  // Pointer and keys
  let drag = null, due = null;
  const on = (target, name, listener, more = {}) =>
    target.addEventListener(name, listener, { signal, ...more });
  const placeOf = (event) => [event.offsetX, event.offsetY];
  on(canvas, "pointerdown", (event) => {
    if (event.button) return;
    const [x, y] = placeOf(event);
    drag = { x, y, fromX: seen.x, fromY: seen.y, moved: false, before: seen.at };
  });
  on(canvas, "pointermove", (event) => {
    const [x, y] = placeOf(event);
    if (!event.buttons) drag = null; // released outside
    if (!drag) return pointAt(nearest(x, y));
    if (Math.hypot(x - drag.x, y - drag.y) > STILL && !drag.moved) {
      drag.moved = true;
      canvas.setPointerCapture(event.pointerId);
    }
    if (!drag.moved) return;
    seen.x = drag.fromX - (x - drag.x) / scale();
    seen.y = drag.fromY + (y - drag.y) / scale();
    moveView();
  });
  on(canvas, "pointerup", (event) => {
    const { moved, before } = drag ?? { moved: true };
    drag = null;
    if (moved) return;
    const found = nearest(...placeOf(event));
    pointAt(found);
    // On a touch screen, the first tap shows a digit and the second opens it.
    if (found !== null && (event.pointerType === "mouse" || found === before)) open(found);
  });
  on(canvas, "pointercancel", () => { drag = null; });
  on(canvas, "wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // scrolls the page
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 120), ...placeOf(event));
  }, { passive: false });
  on(canvas, "keydown", (event) => {
    const action = {
      ArrowRight: () => walk(1), ArrowDown: () => walk(1),
      ArrowLeft: () => walk(-1), ArrowUp: () => walk(-1),
      "+": () => zoomBy(STEP), "-": () => zoomBy(1 / STEP), 0: reset,
      Enter: () => open(seen.at),
    }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  on(canvas, "transitionend", draw);
  on(globalThis, SHEET, show);
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  signal.addEventListener("abort", () => observer.disconnect());
  change();

  // The median of the dots of a class along each axis.
  function middleOf(label) {
    const middle = (each) => each.filter((_, i) => labels[i] === label).sort();
    const [across, up] = [middle(xs), middle(ys)];
    return across.length ? [across[across.length >> 1], up[up.length >> 1]] : null;
  }

  function home() {
    Object.assign(seen, { zoom: 1, x: low[0] + span[0] / 2, y: low[1] + span[1] / 2 });
  }

  function reset() {
    home();
    change({ only: null, errors: false });
  }

  // CSS pixels per unit, the same on both axes.
  function scale() {
    const [width, height] = [canvas.clientWidth - 48, canvas.clientHeight - 48]; // inside a margin
    return seen.zoom * Math.min(width / span[0], height / span[1]);
  }

  function screen(x, y) {
    const factor = scale();
    return [canvas.clientWidth / 2 + (x - seen.x) * factor, canvas.clientHeight / 2 - (y - seen.y) * factor];
  }

  function zoomBy(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const before = scale();
    seen.zoom = clamp(seen.zoom * factor, 1, MAX_ZOOM);
    const gain = 1 / before - 1 / scale(); // the point at (x, y) does not move
    seen.x += (x - canvas.clientWidth / 2) * gain;
    seen.y -= (y - canvas.clientHeight / 2) * gain;
    if (seen.zoom === 1) home();
    moveView();
  }

  // Keep the centre of the view within the dots, and draw it in the next frame.
  function moveView() {
    seen.x = clamp(seen.x, low[0], high[0]);
    seen.y = clamp(seen.y, low[1], high[1]);
    due ??= requestAnimationFrame(() => {
      due = null;
      draw();
    });
  }

  function nearest(px, py) {
    const factor = scale();
    const x = seen.x + (px - canvas.clientWidth / 2) / factor;
    const y = seen.y - (py - canvas.clientHeight / 2) / factor;
    let best = null, least = (NEAR / factor) ** 2;
    for (let i = 0; i < count; i++) {
      const distance = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
      if (distance < least && shown(i)) [best, least] = [i, distance];
    }
    return best;
  }

  function pointAt(found) {
    canvas.style.cursor = found === null ? "default" : "pointer";
    if (found === null || found === seen.at) return; // the last digit stays visible
    seen.at = found;
    show();
  }

  // Select the next error that is shown, or the next dot if there are no errors.
  function walk(step) {
    const all = Array.from({ length: count }, (_, i) => i).filter(shown);
    const some = all.filter(isError);
    const stops = some.length ? some : all;
    if (!stops.length) return;
    const from = seen.at ?? -1;
    const next = step > 0 ? stops.find((i) => i > from) : stops.findLast((i) => i < from);
    seen.at = next ?? stops.at(step > 0 ? 0 : -1);
    const [x, y] = screen(xs[seen.at], ys[seen.at]);
    if (x < 0 || x > canvas.clientWidth || y < 0 || y > canvas.clientHeight) {
      [seen.x, seen.y] = [xs[seen.at], ys[seen.at]];
      draw();
    } else show();
  }

  function open(number) {
    if (number !== null) setTriggerValue("opened", number);
  }

  // Change which dots are shown.
  function change(choice = {}) {
    Object.assign(seen, choice);
    classes.forEach((each, label) => each.setAttribute("aria-pressed", String(seen.only === label)));
    errors.setAttribute("aria-pressed", String(seen.errors));
    if (seen.at !== null && (seen.at >= count || !shown(seen.at))) seen.at = null;
    draw();
  }

  // The current colours of the theme.
  function ink() {
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(`--st-${name}`).trim();
    return { text: colour("text-color") || "#888", ground: colour("background-color") || "#fff",
             accent: colour("primary-color") || FRAME, font: style.fontFamily };
  }

  // A dot as a small image: ten thousand of them are drawn in a few milliseconds.
  function stamp(discs, sharp) {
    const made = document.createElement("canvas");
    made.width = made.height = 2 * Math.ceil(discs[0][0] * sharp + 1);
    const paint = made.getContext("2d");
    for (const [radius, colour, alpha] of discs) {
      paint.globalAlpha = alpha;
      paint.fillStyle = colour;
      paint.beginPath();
      paint.arc(made.width / 2, made.width / 2, radius * sharp, 0, 7);
      paint.fill();
    }
    return made;
  }

  function draw() {
    const sharp = devicePixelRatio || 1;
    if (!canvas.clientWidth) return;
    layer.width = canvas.width = Math.round(canvas.clientWidth * sharp);
    layer.height = canvas.height = Math.round(canvas.clientHeight * sharp);
    canvas.style.touchAction = seen.zoom > 1 ? "none" : "auto"; // dragging moves an enlarged plane
    const { text, ground, font } = ink();
    const paint = layer.getContext("2d");
    paint.fillStyle = ground;
    paint.fillRect(0, 0, layer.width, layer.height);
    const size = Math.min(2 * seen.zoom ** 0.35, 6) * (canvas.clientWidth < 450 ? 0.8 : 1);
    const dots = colours.map((colour) => stamp([[size, colour, 0.7]], sharp));
    const rings = colours.map((colour) =>
      stamp([[size + 3, ground, 1], [size + 2, text, 1], [size + 0.5, ground, 1], [size, colour, 1]], sharp));
    for (const [stamps, wanted] of [[dots, false], [rings, true]]) // errors on top
      for (let i = 0; i < count; i++) {
        if (isError(i) !== wanted || !shown(i)) continue;
        const [x, y] = screen(xs[i], ys[i]), picture = stamps[labels[i]], half = picture.width / 2;
        paint.drawImage(picture, Math.round(x * sharp - half), Math.round(y * sharp - half));
      }
    paint.setTransform(sharp, 0, 0, sharp, 0, 0);
    middles.forEach((middle, label) => {
      if (middle && (seen.only === null || seen.only === label))
        write(paint, names[label], ...screen(...middle), `700 20px ${font}`, text, ground, "center");
    });
    show();
  }

  function write(paint, text, x, y, font, colour, ground, align) {
    Object.assign(paint, { font, textAlign: align, textBaseline: "middle", lineJoin: "round",
                           lineWidth: 4, strokeStyle: ground, fillStyle: colour });
    paint.strokeText(text, x, y);
    paint.fillText(text, x, y);
  }

  // Copy the dots and mark the chosen picture and the selected digit.
  function show() {
    const sharp = devicePixelRatio || 1;
    const { text, ground, accent, font } = ink();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(layer, 0, 0);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    markChosen(...screen(...star), accent, text, ground, font);
    if (seen.at !== null) {
      const [x, y] = screen(xs[seen.at], ys[seen.at]);
      for (const [line, colour] of [[6, ground], [3, accent]]) {
        Object.assign(pen, { lineWidth: line, strokeStyle: colour });
        pen.beginPath();
        pen.arc(x, y, 10, 0, 7);
        pen.stroke();
      }
    }
    showDigit();
  }

  function markChosen(x, y, accent, text, ground, font) {
    pen.save();
    pen.translate(x, y);
    Object.assign(pen, { lineWidth: 4, strokeStyle: ground, fillStyle: accent, lineJoin: "round" });
    pen.stroke(STAR);
    pen.fill(STAR);
    Object.assign(pen, { lineWidth: 1, strokeStyle: text });
    pen.stroke(STAR);
    pen.restore();
    const left = x > canvas.clientWidth / 2; // more space for the name
    write(pen, chosen.title, x + (left ? -16 : 16), y, `600 13px ${font}`, text, ground, left ? "right" : "left");
  }

  function showDigit() {
    const i = seen.at, sheet = globalThis.digitSheet;
    const paint = digit.getContext("2d");
    paint.clearRect(0, 0, digit.width, digit.height);
    openButton.disabled = i === null;
    if (i === null) {
      words.replaceChildren(make("p", "where", `Point at a dot to see its ${noun}; click to open it.`));
      digit.setAttribute("aria-label", `No ${noun} selected`);
      return;
    }
    const name = `Test ${noun} ${i.toLocaleString("en-GB")}`;
    const prediction = `label ${names[labels[i]]}, predicted as ${names[predictions[i]]} (${percent(confidences[i])})`;
    words.replaceChildren(make("p", "", `${name}: ${prediction}`));
    digit.setAttribute("aria-label", `${name}, enlarged`);
    if (!sheet) return;
    const columns = sheet.width / PIXELS;
    paint.imageSmoothingEnabled = false;
    paint.drawImage(sheet, (i % columns) * PIXELS, Math.floor(i / columns) * PIXELS, PIXELS, PIXELS,
                    0, 0, digit.width, digit.height);
  }
}
