// The layers of a network for a picture: the diagram, and the layer opened in it with its arithmetic.
// All of it is computed here; the server follows, as each choice is sent to it.

const POINT = "Point at a cell or use the arrow keys to see how its value is computed.";
const POOLING_NAMES = { MaxPooling2D: "max", AveragePooling2D: "average", SumPooling2D: "sum" };
const MOST_VALUES = 256; // of a layer without maps in the diagram; more would be too fine to see
const SAME_POSITIONS = ["Activation", "BatchNormalization", "Dropout"]; // a value for each of the input

class LayersView {
  constructor(root) {
    this.diagram = make("div", "whole");
    this.heading = make("h2");
    this.words = make("p", "caption");
    this.picker = new UnitPicker((map) => this.choose(this.shown.layer, map));
    this.lenses = {}; // the box of each kind of lens, which keeps what is selected in it
    this.lens = make("div", "opened");
    this.box = make("div", "inside", "", this.heading, this.words, this.picker.box, this.lens);
    root.replaceChildren(this.diagram, this.box);
  }

  choose(layer, map) {
    chooseHere({ opened: { layer, map } }, { layer, map }, this.send);
  }

  stop() {
    this.end?.();
    this.end = null;
  }

  draw(shown, layers, outputs) {
    Object.assign(this, { shown, layers, outputs });
    const index = Math.max(layers.findIndex(({ name }) => name === shown.layer), 0);
    const info = shown.layers[index], output = outputs[index];
    const number = this.picker.show(info, output, shown);
    // What the server sends after a choice is drawn already, but for the exact weights.
    const drawn = [shown.network, shown.image, index, number].join();
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.isExact = false;
      this.drawDiagram([shown.network, shown.image, index].join());
      this.heading.textContent = `Inside ${info.name}`;
      this.words.textContent = info.words;
      this.stop();
      this.drawLens({ index, info, output, number, layer: layers[index], inputs: this.inputsOf(index) });
    }
    this.takeExact(info, number);
  }

  // The weights that came with the network are rounded to 16 bits; the server sends those of the opened
  // map or unit with all their digits.
  takeExact(info, number) {
    const { exact } = this.shown;
    if (this.isExact || exact?.layer !== info.name || (exact.map !== null && exact.map !== number)) return;
    this.isExact = true;
    this.weights.set(unpack(exact.kernel).values);
    this.root.refresh();
  }

  inputsOf(index) {
    if (index) return this.outputs[index - 1];
    const pixels = pixelsOf(this.shown.image);
    return { shape: [IMAGE_SIDE, IMAGE_SIDE, 1], values: Float32Array.from(pixels, (each) => each / 255) };
  }

  // `drawn` says of what it is: another map does not change it.
  drawDiagram(drawn) {
    if (drawn === this.drawnDiagram) return;
    this.drawnDiagram = drawn;
    const { shown, outputs } = this, { palettes } = shown;
    const boxes = shown.layers.map((info, i) => {
      const map = overviewOf(outputs[i]);
      return { ...info, map, scale: scaleFor(palettes, map.values) };
    });
    const picture = { shape: [IMAGE_SIDE, IMAGE_SIDE], values: pixelsOf(shown.image) };
    showDiagram({
      root: this.diagram,
      open: (name) => this.choose(name, null),
      data: { layers: boxes, inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1], picture,
              pictureScale: pixelScale(palettes), open: shown.layer },
    });
  }

  drawLens(opened) {
    const { kind } = opened.layer;
    if (kind === "Conv2D") this.place("convolution", showConvolution, this.convolution(opened), POINT);
    else if (POOLING_NAMES[kind]) this.place("pooling", showPooling, this.pooling(opened), poolingWords(kind));
    else if (kind === "Dense") this.place("decision", showDecision, this.dense(opened));
    else {
      const { palettes } = this.shown;
      const parts = PLAIN[kind]({ ...opened, palettes, source: this.sourceOf(opened.index) });
      if (opened.info.help) parts.push(make("p", "caption", opened.info.help));
      fill(this.lens, ...parts);
    }
  }

  place(name, show, data, words = "") {
    const root = (this.lenses[name] ??= make("div", name));
    if (root.parentElement !== this.lens) this.lens.replaceChildren(make("p", "point"), root);
    this.lens.firstChild.textContent = words;
    this.weights = (data.kernel ?? data.weights)?.values;
    this.root = root;
    this.end = show({ data, root });
  }

  sourceOf = (index) => (index ? this.layers[index - 1].name : "Image");

  // The picture and the receptive fields, for a layer whose input is not the picture.
  fieldOf(index) {
    if (!index) return {};
    const values = Float32Array.from(pixelsOf(this.shown.image));
    return { picture: { shape: [IMAGE_SIDE, IMAGE_SIDE], values }, fields: this.shown.layers[index].fields };
  }

  // The data of ui.widgets.convolution_lens.
  convolution(opened) {
    const { index, layer, inputs, output, number } = opened, { palettes, network, image } = this.shown;
    const { kernel_size: size, strides, padding, activation, weights: [kernel, biases] } = layer;
    const [height, width, count] = output.shape, weights = channelOf(kernel, number, count);
    const map = channelOf(output.values, number, count);
    return {
      identity: [network, image, layer.name, number].join(),
      input: inputs,
      kernel: { shape: [size, size, inputs.shape[2]], values: weights },
      bias: biases ? biases[number] : null,
      output: { shape: [height, width], values: map },
      activation,
      stride: [strides, strides],
      before: [0, 1].map((axis) => windowsAlong(inputs.shape[axis], size, strides, padding)[1]),
      names: { input: this.sourceOf(index), output: `${layer.name}, map ${number}` },
      scales: {
        input: index ? scaleFor(palettes, inputs.values) : pixelScale(palettes, 1),
        kernel: signedScale(palettes, weights),
        output: scaleFor(palettes, map),
        picture: pixelScale(palettes),
      },
      ...this.fieldOf(index),
    };
  }

  // The data of ui.widgets.pooling_lens.
  pooling({ index, layer, inputs, number }) {
    const { palettes } = this.shown, { pool_size: size, strides: stride, padding } = layer;
    const [height, width, count] = inputs.shape;
    const map = { shape: [height, width], values: channelOf(inputs.values, number, count) };
    const pooled = Object.fromEntries(Object.entries(POOLING_NAMES).map(([kind, name]) => {
      const { shape, values } = OUTPUTS[kind]({ shape: [height, width, 1], values: map.values }, layer);
      return [name, { shape: shape.slice(0, 2), values }];
    }));
    const { max, average, sum } = pooled;
    const differences = [[max, average], [max, sum], [average, sum]].map(([one, other]) =>
      one.values.map((value, i) => value - other.values[i]));
    return {
      map,
      pooled,
      size,
      stride,
      before: [height, width].map((length) => windowsAlong(length, size, stride, padding)[1]),
      scales: {
        input: scaleFor(palettes, map.values),
        pooled: scaleFor(palettes, ...Object.values(pooled).map(({ values }) => values)),
        picture: pixelScale(palettes),
        differences: signedScale(palettes, ...differences),
      },
      names: { input: `${this.sourceOf(index)}, map ${number}` },
      ...this.fieldOf(index),
    };
  }

  // The sums of all units of the last layer, or of one unit of another.
  dense(opened) {
    const { index, layer, inputs, output, number } = opened, { classes, network, image } = this.shown;
    const { units, activation, weights: [kernel, biases] } = layer;
    const softmax = activation === "softmax", count = inputs.values.length;
    // Copies, as the exact weights are written over them.
    const weights = softmax ? { shape: [count, units], values: kernel.slice() }
      : { shape: [count, 1], values: channelOf(kernel, number, units) };
    const one = (values) => (softmax ? values : values.slice(number, number + 1));
    return {
      inputs,
      weights,
      biases: biases ? { shape: [one(biases).length], values: one(biases) } : null,
      names: softmax ? classes : [`unit ${number}`],
      inputShape: softmax ? null : this.flattenedShape(index),
      best: output.values.indexOf(Math.max(...output.values)),
      softmax,
      activation,
      outputs: [...one(output.values)],
      picture: `${network} ${image}`,
    };
  }

  // The shape of the maps, (h, w, maps), that a layer's input vector was flattened from; null if none.
  flattenedShape(index) {
    for (let place = index - 1; place >= 0; place--) {
      const { kind } = this.layers[place];
      if (kind === "Flatten") {
        const { shape } = this.inputsOf(place);
        return shape.length === 3 ? shape : null;
      }
      if (!SAME_POSITIONS.includes(kind)) return null;
    }
    return null;
  }
}

const poolingWords = (kind) =>
  `This layer is ${POOLING_NAMES[kind]} pooling; the other two are shown for comparison. ${POINT}`;

// The mean of the maps of a layer, or its first values.
function overviewOf({ shape, values }) {
  if (shape.length < 3) return { shape: [Math.min(shape[0], MOST_VALUES)], values: values.subarray(0, MOST_VALUES) };
  const [height, width, count] = shape, means = new Float32Array(height * width);
  values.forEach((value, i) => (means[Math.floor(i / count)] += value / count));
  return { shape: [height, width], values: means };
}
