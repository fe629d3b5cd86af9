// The maps of a network's layers, small: a strip for each layer.

const GAP = 2; // CSS pixels between two maps
const LARGEST = { map: 44, unit: 14 }, SMALLEST = { map: 22, unit: 6 }; // CSS pixels
const POOLINGS = ["MaxPooling2D", "AveragePooling2D", "SumPooling2D"];

class MapStrips {
  // `all`: of all layers that change something, smaller; else of the first convolution and pooling.
  constructor(root, all) {
    this.all = all;
    this.box = make("div", all ? "all" : "");
    root.append(this.box);
  }

  // `outputs` of all `layers`, or null; palette: from `rgbOf`.
  show(layers, outputs, palette) {
    const first = (...kinds) => layers.findIndex(({ kind }) => kinds.includes(kind));
    const shown = this.all
      ? visibleLayers(layers)
      : [first("Conv2D"), first(...POOLINGS)].filter((i) => i >= 0);
    this.shown = shown;
    this.build(shown.map((i) => layers[i]));
    shown.forEach((i, strip) => this.paint(this.strips[strip], outputs?.[i], palette));
  }

  build(layers) {
    const key = layers.map(({ name }) => name).join();
    if (this.key === key) return;
    this.key = key;
    this.strips = layers.map(({ name }) => {
      const caption = make("figcaption"), box = make("div", "strip");
      box.setAttribute("role", "img");
      return { name, caption, box, canvases: [], figure: make("figure", "strips", "", caption, box) };
    });
    this.box.replaceChildren(...this.strips.map(({ figure }) => figure));
  }

  paint(strip, output, palette) {
    const { name, caption, box } = strip;
    box.hidden = !output;
    if (!output) {
      caption.textContent = this.all ? name : `${name}: draw, and its maps move with the pen`;
      return;
    }
    const { shape, values } = output, count = shape.at(-1);
    const [height, width] = shape.length === 3 ? shape : [1, 1];
    const [low, high] = rangeOf(values);
    const what = shape.length === 3 ? `${count} maps of ${height} x ${width}` : `${count} units`;
    caption.textContent = `${name}: ${what}, ${rounded(low)} to ${rounded(high)}`;
    box.setAttribute("aria-label", caption.textContent);
    this.fit(strip, count, shape.length === 3 ? "map" : "unit");
    if (strip.canvases.length !== count || strip.canvases[0].width !== width) {
      strip.canvases = Array.from({ length: count }, () => Object.assign(make("canvas"), { height, width }));
      box.replaceChildren(...strip.canvases);
    }
    strip.canvases.forEach((canvas, map) => paintMap(canvas, values, map, count, low, high, palette));
  }

  // The middle of a map of layer number `layer`, [x, y] in pixels of the box.
  placeOf(layer, map) {
    const { left, top } = this.box.getBoundingClientRect();
    const at = this.strips[this.shown.indexOf(layer)].canvases[map].getBoundingClientRect();
    return [at.left + at.width / 2 - left, at.top + at.height / 2 - top];
  }

  // As large as they can be in one line, or in up to three if all layers are shown.
  fit({ box }, count, kind) {
    const room = this.box.clientWidth + GAP, lines = this.all ? 3 : 1;
    const least = this.all ? SMALLEST.unit : SMALLEST[kind], most = this.all ? 28 : LARGEST[kind];
    const fitting = Math.floor(room / Math.ceil(count / lines)) - GAP;
    box.style.setProperty("--side", `${clamp(fitting, least, Math.min(most, LARGEST[kind]))}px`);
  }
}

// The numbers of the layers that change something.
const visibleLayers = (layers) =>
  [...layers.keys()].filter((i) => !["Flatten", "Dropout"].includes(layers[i].kind));

const rgbOf = (colours) => colours.map((each) => [1, 3, 5].map((at) => parseInt(each.slice(at, at + 2), 16)));

// The lowest value, at most 0, and the highest.
function rangeOf(values) {
  let low = 0, high = 0;
  for (const each of values) {
    if (each < low) low = each;
    if (each > high) high = each;
  }
  return [low, high];
}

// Channel `map` of `count` on a canvas of a pixel a cell.
function paintMap(canvas, values, map, count, low, high, palette) {
  const { width, height } = canvas, pixels = new ImageData(width, height);
  const scale = high > low ? (palette.length - 1) / (high - low) : 0;
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = palette[Math.round((values[i * count + map] - low) * scale) || 0]; // NaN: 0
    pixels.data[4 * i] = red;
    pixels.data[4 * i + 1] = green;
    pixels.data[4 * i + 2] = blue;
    pixels.data[4 * i + 3] = 255;
  }
  penOf(canvas).putImageData(pixels, 0, 0);
}
