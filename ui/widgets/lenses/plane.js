// The test digits as dots on a plane: point at one to see it, click to open it. All of it happens
// here; only what is opened is told to the server.

const NEAR = 18; // CSS pixels from the pointer, within which the nearest dot is meant
const STILL = 5; // CSS pixels that a pointer may move while it clicks
const CELLS = 64; // a side, of the grid in which the nearest dot is looked for
const STEP = 1.6, MOST = 60; // zoom
const PIXELS = 28; // a side, of a digit
const SHEET = "test-digit-sheet"; // told when all digits' pictures are there

export default function ({ data, parentElement, setTriggerValue }) {
  if (data instanceof Uint8Array) keepSheet(data);
  else drawPlane(data, parentElement.querySelector(".lens"), setTriggerValue);
}

// One picture of all digits, for every plane of this page: a megabyte is sent and unpacked once.
async function keepSheet(png) {
  if (globalThis.digitSheet) return;
  globalThis.digitSheet = await createImageBitmap(new Blob([png], { type: "image/png" }));
  dispatchEvent(new Event(SHEET));
}

// A share in percent as ui.show.percent writes it: never rounded to 100 where it is less.
const percent = (share) =>
  share < 1 && share >= 0.9995 ? ">\u00a099.9\u00a0%" : `${(100 * share).toFixed(1)}\u00a0%`;

const within = (value, low, high) => value >= low && value <= high;

function drawPlane({ points, colours, chosen }, root, setTriggerValue) {
  root.life?.abort(); // what an earlier call listens to
  root.life = new AbortController();
  const { signal } = root.life;

  // Dots: x, y, label, answer, probability of each.
  const { shape: [count, width], values } = unpack(points);
  const column = (number) => Float32Array.from({ length: count }, (_, i) => values[i * width + number]);
  const [xs, ys, labels, answers, sureness] = [0, 1, 2, 3, 4].map(column);
  const wrong = (i) => labels[i] !== answers[i];
  const star = [chosen.x, chosen.y]; // a drawing may lie farther out than any digit
  const low = [xs, ys].map((each, axis) => each.reduce((a, b) => Math.min(a, b), star[axis]));
  const high = [xs, ys].map((each, axis) => each.reduce((a, b) => Math.max(a, b), star[axis]));
  const span = [0, 1].map((i) => high[i] - low[i] || 1);
  const cellOf = (value, axis) =>
    clamp(Math.floor(((value - low[axis]) / span[axis]) * CELLS), 0, CELLS - 1);
  const grid = Array.from({ length: CELLS * CELLS }, () => []);
  for (let i = 0; i < count; i++) grid[cellOf(ys[i], 1) * CELLS + cellOf(xs[i], 0)].push(i);
  const middles = colours.map((_, label) => middleOf(label));

  // What is seen; kept when the page is run again.
  const seen = (root.seen ??= { at: null, only: null, mistakes: false, zoom: 1, x: null, y: null });
  if (seen.zoom === 1 || seen.plane !== points.base64) home(); // another network has another plane
  seen.plane = points.base64;
  const shown = (i) => (seen.only === null || labels[i] === seen.only) && (!seen.mistakes || wrong(i));

  // Figures
  const canvas = make("canvas", "stage");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label",
    `${count} test digits on a plane; arrow keys go from mistake to mistake, Enter opens a digit, plus and minus zoom`);
  const pen = canvas.getContext("2d");
  const layer = document.createElement("canvas"); // all dots, drawn only when they change
  const legend = make("div", "controls legend");
  const side = make("div", "side");
  const digit = make("canvas", "digit");
  digit.width = digit.height = PIXELS * 12;
  digit.setAttribute("role", "img");
  const texts = make("div", "texts");
  const words = make("div", "words");
  words.setAttribute("aria-live", "polite");
  const openButton = button("Open", () => open(seen.at));
  texts.append(words, openButton);
  side.append(digit, texts);
  const plane = make("div", "plane");
  plane.append(canvas, side, legend);
  root.replaceChildren(plane);

  // Legend and tools
  const classes = colours.map((colour, label) => {
    const made = button(`${label}`, () => {
      seen.only = seen.only === label ? null : label;
      change();
    }, `Show only the ${label}s, or all again`);
    const dot = make("i");
    dot.style.background = colour;
    made.prepend(dot);
    return made;
  });
  const mistakes = button("Mistakes only", () => {
    seen.mistakes = !seen.mistakes;
    change();
  });
  mistakes.prepend(make("i", "mistake"));
  const tools = make("span", "tools");
  tools.append(
    button("\u2212", () => zoomBy(1 / STEP), "Zoom out"),
    button("+", () => zoomBy(STEP), "Zoom in"),
    button("Reset", reset, "Show the whole plane and all classes"),
    saveButton(canvas, "plane"),
  );
  legend.append(...classes, mistakes, tools);

  // Pointer and keys
  let drag = null, due = null;
  const on = (target, name, heard, more = {}) => target.addEventListener(name, heard, { signal, ...more });
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  on(canvas, "pointerdown", (event) => {
    if (event.button) return;
    const [x, y] = placeOf(event);
    drag = { x, y, fromX: seen.x, fromY: seen.y, moved: false, before: seen.at };
  });
  on(canvas, "pointermove", (event) => {
    const [x, y] = placeOf(event);
    if (!event.buttons) drag = null; // let go of outside
    if (!drag) return pointAt(nearest(x, y));
    if (Math.hypot(x - drag.x, y - drag.y) > STILL && !drag.moved) {
      drag.moved = true;
      canvas.setPointerCapture(event.pointerId);
    }
    if (!drag.moved) return;
    seen.x = drag.fromX - (x - drag.x) / scale();
    seen.y = drag.fromY + (y - drag.y) / scale();
    keepInside();
    drawSoon();
  });
  on(canvas, "pointerup", (event) => {
    const { moved, before } = drag ?? { moved: true };
    drag = null;
    if (moved) return;
    const found = nearest(...placeOf(event));
    pointAt(found);
    // A finger cannot point without touching: its first tap shows a digit, the second opens it.
    if (found !== null && (event.pointerType === "mouse" || found === before)) open(found);
  });
  on(canvas, "pointercancel", () => { drag = null; });
  on(canvas, "wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page's to scroll
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 120), ...placeOf(event));
  }, { passive: false });
  on(canvas, "keydown", (event) => {
    const act = {
      ArrowRight: () => walk(1), ArrowDown: () => walk(1),
      ArrowLeft: () => walk(-1), ArrowUp: () => walk(-1),
      "+": () => zoomBy(STEP), "-": () => zoomBy(1 / STEP), 0: reset,
      Enter: () => open(seen.at),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  on(canvas, "transitionend", draw);
  on(globalThis, SHEET, show);
  const watcher = new ResizeObserver(draw);
  watcher.observe(canvas);
  signal.addEventListener("abort", () => watcher.disconnect());
  change();

  function button(text, act, title = "") {
    const made = make("button", "", text);
    made.type = "button";
    made.title = title;
    made.addEventListener("click", act);
    return made;
  }

  // Where a class lies: the middle of its dots along each axis.
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
    Object.assign(seen, { only: null, mistakes: false });
    change();
  }

  // CSS pixels for each unit of the plane, the same on both axes.
  function scale() {
    const rim = 24;
    return seen.zoom * Math.min((canvas.clientWidth - 2 * rim) / span[0], (canvas.clientHeight - 2 * rim) / span[1]);
  }

  function screen(x, y) {
    const factor = scale();
    return [canvas.clientWidth / 2 + (x - seen.x) * factor, canvas.clientHeight / 2 - (y - seen.y) * factor];
  }

  function zoomBy(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const before = scale();
    seen.zoom = clamp(seen.zoom * factor, 1, MOST);
    const gained = 1 / before - 1 / scale(); // what is under (x, y) stays there
    seen.x += (x - canvas.clientWidth / 2) * gained;
    seen.y -= (y - canvas.clientHeight / 2) * gained;
    if (seen.zoom === 1) home();
    keepInside();
    drawSoon();
  }

  function keepInside() {
    seen.x = clamp(seen.x, low[0], high[0]);
    seen.y = clamp(seen.y, low[1], high[1]);
  }

  function nearest(px, py) {
    const factor = scale();
    const x = seen.x + (px - canvas.clientWidth / 2) / factor;
    const y = seen.y - (py - canvas.clientHeight / 2) / factor;
    const reach = NEAR / factor;
    let best = null, least = reach ** 2;
    for (let row = cellOf(y - reach, 1); row <= cellOf(y + reach, 1); row++)
      for (let cell = cellOf(x - reach, 0); cell <= cellOf(x + reach, 0); cell++)
        for (const i of grid[row * CELLS + cell]) {
          const far = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
          if (far < least && shown(i)) [best, least] = [i, far];
        }
    return best;
  }

  function pointAt(found) {
    canvas.style.cursor = found === null ? "default" : "pointer";
    if (found === null || found === seen.at) return; // the last digit stays to be looked at
    seen.at = found;
    show();
  }

  // To the next mistake that is shown; to the next dot where none is.
  function walk(step) {
    const all = Array.from({ length: count }, (_, i) => i).filter(shown);
    const some = all.filter(wrong);
    const stops = some.length ? some : all;
    if (!stops.length) return;
    const from = seen.at ?? -1;
    const next = step > 0 ? stops.find((i) => i > from) : stops.findLast((i) => i < from);
    seen.at = next ?? stops.at(step > 0 ? 0 : -1);
    const [x, y] = screen(xs[seen.at], ys[seen.at]);
    if (!within(x, 0, canvas.clientWidth) || !within(y, 0, canvas.clientHeight)) {
      [seen.x, seen.y] = [xs[seen.at], ys[seen.at]];
      draw();
    } else show();
  }

  function open(number) {
    if (number !== null) setTriggerValue("opened", number);
  }

  // Another choice of dots
  function change() {
    classes.forEach((each, label) => each.setAttribute("aria-pressed", String(seen.only === label)));
    mistakes.setAttribute("aria-pressed", String(seen.mistakes));
    if (seen.at !== null && (seen.at >= count || !shown(seen.at))) seen.at = null;
    draw();
  }

  function drawSoon() {
    due ??= requestAnimationFrame(() => {
      due = null;
      draw();
    });
  }

  // The theme's colours as they are now.
  function ink() {
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(`--st-${name}`).trim();
    return { text: colour("text-color") || "#888", ground: colour("background-color") || "#fff",
             accent: colour("primary-color") || FRAME, font: style.fontFamily };
  }

  // A dot as a small picture: ten thousand of these are drawn in a few milliseconds.
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
    canvas.style.touchAction = seen.zoom > 1 ? "none" : "auto"; // drag to move: only what is larger
    const { text, ground, font } = ink();
    const paint = layer.getContext("2d");
    paint.fillStyle = ground;
    paint.fillRect(0, 0, layer.width, layer.height);
    const size = Math.min(2 * seen.zoom ** 0.35, 6) * (canvas.clientWidth < 450 ? 0.8 : 1);
    const dots = colours.map((colour) => stamp([[size, colour, 0.7]], sharp));
    const rings = colours.map((colour) =>
      stamp([[size + 3, ground, 1], [size + 2, text, 1], [size + 0.5, ground, 1], [size, colour, 1]], sharp));
    for (const [stamps, wanted] of [[dots, false], [rings, true]]) // mistakes lie on top
      for (let i = 0; i < count; i++) {
        if (wrong(i) !== wanted || !shown(i)) continue;
        const [x, y] = screen(xs[i], ys[i]), picture = stamps[labels[i]], half = picture.width / 2;
        paint.drawImage(picture, Math.round(x * sharp - half), Math.round(y * sharp - half));
      }
    paint.setTransform(sharp, 0, 0, sharp, 0, 0);
    middles.forEach((middle, label) => {
      if (middle && (seen.only === null || seen.only === label))
        write(paint, String(label), ...screen(...middle), `700 20px ${font}`, text, ground, "center");
    });
    show();
  }

  function write(paint, text, x, y, font, colour, ground, align) {
    Object.assign(paint, { font, textAlign: align, textBaseline: "middle", lineJoin: "round",
                           lineWidth: 4, strokeStyle: ground, fillStyle: colour });
    paint.strokeText(text, x, y);
    paint.fillText(text, x, y);
  }

  // The dots as they were drawn, and what is marked over them.
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
    pen.beginPath();
    for (let i = 0; i < 10; i++) {
      const angle = (i / 5 - 0.5) * Math.PI, radius = i % 2 ? 5 : 12;
      pen.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
    pen.closePath();
    Object.assign(pen, { lineWidth: 4, strokeStyle: ground, fillStyle: accent, lineJoin: "round" });
    pen.stroke();
    pen.fill();
    Object.assign(pen, { lineWidth: 1, strokeStyle: text });
    pen.stroke();
    const left = x > canvas.clientWidth / 2; // the name has more room on that side
    write(pen, chosen.title, x + (left ? -16 : 16), y, `600 13px ${font}`, text, ground, left ? "right" : "left");
  }

  function showDigit() {
    const i = seen.at, sheet = globalThis.digitSheet;
    const paint = digit.getContext("2d");
    paint.clearRect(0, 0, digit.width, digit.height);
    openButton.disabled = i === null;
    if (i === null) {
      words.replaceChildren(make("p", "where", "Point at a dot to see its digit; click to open it."));
      digit.setAttribute("aria-label", "No digit yet");
      return;
    }
    const name = `Test digit ${i.toLocaleString("en-GB")}`;
    const read = `a ${labels[i]}, read as ${answers[i]} (${percent(sureness[i])})`;
    words.replaceChildren(make("p", "", `${name}: ${read}`));
    digit.setAttribute("aria-label", `${name}, enlarged`);
    if (!sheet) return;
    const columns = sheet.width / PIXELS;
    paint.imageSmoothingEnabled = false;
    paint.drawImage(sheet, (i % columns) * PIXELS, Math.floor(i / columns) * PIXELS, PIXELS, PIXELS,
                    0, 0, digit.width, digit.height);
  }
}
