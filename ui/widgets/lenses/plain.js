// Layers whose arithmetic takes no lens: each function returns elements.

const FORMULAS = { // of the activations, as Keras computes them
  relu: "y = max(0, x)",
  leaky_relu: "y = max(0.2 · x, x)",
  elu: "y = x if x > 0, otherwise e^x \u2212 1",
  gelu: "y = x · \u03a6(x), \u03a6: the cumulative normal distribution",
  silu: "y = x / (1 + e^(\u2212x))",
  tanh: "y = tanh(x)",
  sigmoid: "y = 1 / (1 + e^(\u2212x))",
  linear: "y = x",
};

// Each gets {layer, inputs, output, number, palettes, source}: the layer with its arguments and weights,
// {shape, values} before and after it, the map or unit shown, and the name of the layer before.
const PLAIN = {
  Flatten: ({ inputs, output }) => {
    if (inputs.shape.length === 1)
      return [make("p", "", "Its input is a vector already, which it leaves unchanged.")];
    const [height, width, count] = inputs.shape;
    return [make("p", "",
      "The values are ordered by row, column and map: the value at row y, column x of map c becomes "
      + `element (y · ${width} + x) · ${count} + c of the vector. The last element of `
      + `${inputs.shape.join(" x ")} is (${height - 1} · ${width} + ${width - 1}) · ${count} + `
      + `${count - 1} = ${(output.values.length - 1).toLocaleString("en")}. The values are unchanged; `
      + "which of them were adjacent is no longer explicit.")];
  },

  BatchNormalization: (shown) => {
    const { layer, inputs, output, number } = shown;
    const [gamma, beta, mean, variance] = layer.weights.map((each) => each[number]);
    const before = channelOf(inputs.values, number, inputs.shape.at(-1));
    const largest = before.indexOf(Math.max(...before));
    const after = channelOf(output.values, number, output.shape.at(-1))[largest];
    return [
      make("p", "formula", `y = (x \u2212 mean) / \u221a(variance + ${EPSILON}) · gamma + beta`),
      make("p", "", `Mean ${readable(mean)} and variance ${readable(variance)} are moving averages over the `
        + `batches of the training; gamma ${readable(gamma)} and beta ${readable(beta)} were trained. `
        + `The largest input, ${readable(before[largest])}, becomes ${readable(after)}.`),
      ...mapsBetween(shown),
    ];
  },

  Activation: (shown) => {
    const { layer, inputs, output, number } = shown, count = inputs.shape.at(-1);
    const [before, after] = [inputs, output].map(({ values }) => channelOf(values, number, count));
    const formula = FORMULAS[layer.activation];
    const lines = formula ? [make("p", "formula", formula)] : [];
    if (output.shape.length < 3)
      return [...lines, make("p", "", `Unit ${number}: the input ${readable(before[0])} becomes ${readable(after[0])}.`)];
    const at = (value) => `${readable(value)}, becomes ${readable(after[before.indexOf(value)])}`;
    return [
      ...lines,
      make("p", "", `It is applied to each value by itself. Of the ${before.length} values of map ${number}, `
        + `${before.filter((each) => each < 0).length} are negative. The smallest, ${at(Math.min(...before))}, `
        + `and the largest, ${at(Math.max(...before))}.`),
      ...mapsBetween(shown),
    ];
  },

  Dropout: ({ layer: { rate } }) => [make("p", "",
    `In each training step, ${readable(100 * rate)} % of the values, chosen at random, were set to 0 and `
    + `the others divided by 1 \u2212 ${rate} = ${readable(1 - rate)}, so that their expected sum stays the `
    + "same. In a prediction, as here, all values pass unchanged.")],

  GlobalAveragePooling2D: ({ inputs, output, number, palettes, source }) => {
    const [height, width] = inputs.shape;
    return [
      make("p", "", `Unit ${number} is the average of the ${height} · ${width} = ${height * width} values of map `
        + `${number}: ${readable(output.values[number])}.`),
      plainMap(source, inputs, number, palettes),
    ];
  },
};

// The map before and after the layer, each on its own scale.
function mapsBetween({ layer, inputs, output, number, palettes, source }) {
  if (output.shape.length < 3) return [];
  return [row(plainMap(source, inputs, number, palettes), plainMap(layer.name, output, number, palettes))];
}

function plainMap(name, maps, number, palettes) {
  const rows = rowsOf(maps, number), scale = scaleFor(palettes, rows.flatMap((line) => [...line]));
  const figure = mapFigure("", rows.length, rows[0].length, { scale, file: `${name}-map-${number}` });
  figure.paint(rows, scale);
  figure.caption(`${name}, map ${number}: ${figure.size()}`);
  return figure.box;
}
