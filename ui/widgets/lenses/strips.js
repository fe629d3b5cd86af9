// The maps of a network's first convolution and of its first pooling, small, side by side.

class MapStrips {
  constructor(root) {
    this.root = root;
  }

  // `outputs` of all layers, or null: no picture.
  show(layers, outputs, colours) {
    const first = (...kinds) => layers.findIndex(({ kind }) => kinds.includes(kind));
    const shown = [first("Conv2D"), first("MaxPooling2D", "AveragePooling2D", "SumPooling2D")]
      .filter((i) => i >= 0);
    this.build(shown.map((i) => layers[i]));
    shown.forEach((i, strip) => this.paint(this.strips[strip], outputs?.[i], colours));
  }

  build(layers) {
    const key = layers.map(({ name }) => name).join();
    if (this.key === key) return;
    this.key = key;
    this.strips = layers.map((layer) => {
      const caption = make("figcaption"), box = make("div", "strip");
      box.setAttribute("role", "img");
      return { layer, caption, box, canvases: [], figure: make("figure", "strips", "", caption, box) };
    });
    this.root.replaceChildren(...this.strips.map(({ figure }) => figure));
  }

  paint(strip, output, colours) {
    const { layer, caption, box } = strip;
    strip.box.hidden = !output;
    if (!output) {
      caption.textContent = `${layer.name}: draw, and its maps move with the pen`;
      return;
    }
    const { shape: [height, width, count], values } = output;
    const high = values.reduce((most, each) => Math.max(most, each), 0);
    const low = values.reduce((least, each) => Math.min(least, each), 0);
    caption.textContent = `${layer.name}: ${count} maps of ${height} x ${width}, ${rounded(low)} to ${rounded(high)}`;
    box.setAttribute("aria-label", caption.textContent);
    if (strip.canvases.length !== count) {
      strip.canvases = Array.from({ length: count }, () => Object.assign(make("canvas"), { height, width }));
      box.style.setProperty("--count", count);
      box.replaceChildren(...strip.canvases);
    }
    const palette = colours.map((each) => [1, 3, 5].map((at) => parseInt(each.slice(at, at + 2), 16)));
    const scale = high > low ? (palette.length - 1) / (high - low) : 0;
    strip.canvases.forEach((canvas, map) => {
      const pixels = new ImageData(width, height);
      for (let i = 0; i < width * height; i++) {
        const [r, g, b] = palette[Math.round((values[i * count + map] - low) * scale)];
        pixels.data.set([r, g, b, 255], 4 * i);
      }
      canvas.getContext("2d").putImageData(pixels, 0, 0);
    });
  }
}
