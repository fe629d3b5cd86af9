// One map of the layer before the first pooling, under the three poolings.

const POOLED = { "Max pooling": "MaxPooling2D", "Average pooling": "AveragePooling2D", "Sum pooling": "SumPooling2D" };

class ThreePoolings {
  constructor(root) {
    this.figures = ["", ...Object.keys(POOLED)].map(() => {
      const canvas = make("canvas"), caption = make("figcaption");
      return { canvas, caption, box: make("figure", "", "", canvas, caption) };
    });
    this.title = make("p", "title");
    this.box = make("div", "poolings", "", ...this.figures.map(({ box }) => box));
    root.append(this.title, this.box);
  }

  show(layers, outputs, palette) {
    const at = layers.findIndex(({ kind }) => Object.values(POOLED).includes(kind));
    this.box.hidden = this.title.hidden = at < 1 || !outputs;
    if (this.box.hidden) return;
    const layer = layers[at], before = outputs[at - 1], [, , count] = before.shape;
    const map = strongestMap(before.values, count);
    this.title.textContent = `${layers[at - 1].name} under the three poolings`;
    const maps = [before, ...Object.values(POOLED).map((kind) => OUTPUTS[kind](before, layer))];
    const names = [`Map ${map} of ${layers[at - 1].name}`, ...Object.keys(POOLED)];
    this.figures.forEach(({ canvas, caption }, i) => {
      const [height, width] = maps[i].shape, values = channelOf(maps[i].values, map, count);
      Object.assign(canvas, { height, width });
      const [low, high] = rangeOf(values);
      paintMap(canvas, values, 0, 1, low, high, palette);
      caption.textContent = `${names[i]}: ${height} x ${width}, ${rounded(low)} to ${rounded(high)}`;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", caption.textContent);
    });
  }
}

const channelOf = (values, map, count) => values.filter((_, i) => i % count === map);

// The map with the largest value, the first of several: the twin of ui.widgets.layer_panel.strongest_map.
function strongestMap(values, count) {
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best] || (value === values[best] && i % count < best % count)) best = i;
  });
  return best % count;
}
