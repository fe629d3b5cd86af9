// A network on one picture, in the browser: the twin of cnn.inspection.recognizer.Recognizer. A map
// is {shape, values}: (h, w, channels), row by row, or (units,), as in Keras; values a Float32Array.

// Bytes from cnn.networks.packing.pack_network -> {key, layers: [{kind, name, its arguments, weights}]}.
function readNetwork(bytes) {
  const { header, end } = readHeader(bytes);
  let at = end;
  const take = (type, count) => {
    const start = at;
    at += count * type.BYTES_PER_ELEMENT;
    return new type(bytes.slice(start, at).buffer); // a copy begins at a multiple of 4
  };
  // Integers of 16 bits, and for each output channel a factor.
  const readWeights = (shape) => {
    const channels = shape.at(-1), count = shape.reduce((a, b) => a * b, 1);
    const factors = take(Float32Array, channels), integers = take(Int16Array, count);
    return Float32Array.from(integers, (each, i) => each * factors[i % channels]);
  };
  for (const layer of header.layers) layer.weights = layer.shapes.map(readWeights);
  return header;
}

// The output of every layer for a picture, 28 x 28 grey levels: the last are the probabilities.
function activations(layers, pixels) {
  const side = Math.sqrt(pixels.length);
  let map = { shape: [side, side, 1], values: Float32Array.from(pixels, (each) => each / 255) };
  return layers.map((layer) => (map = OUTPUTS[layer.kind](map, layer)));
}

const OUTPUTS = {
  Conv2D: (map, layer) => activate(convolve(map, layer), layer.activation),
  MaxPooling2D: (map, layer) => pool(map, layer, Math.max, -Infinity, (largest) => largest),
  AveragePooling2D: (map, layer) => pool(map, layer, add, 0, (sum, cells) => sum / cells),
  SumPooling2D: (map, layer) => pool(map, layer, add, 0, (sum) => sum),
  Dense: (map, layer) => activate(multiply(map, layer), layer.activation),
  Activation: (map, layer) => activate({ ...map, values: map.values.slice() }, layer.activation),
  BatchNormalization: normalize,
  GlobalAveragePooling2D: averageMaps,
  Flatten: ({ values }) => ({ shape: [values.length], values }),
  Dropout: (map) => map, // only during training
};
const EPSILON = 1e-3; // Keras's, of BatchNormalization
const add = (a, b) => a + b;

// Number of windows along a side, and cells of padding before it, as cnn.arithmetic.pooling.
function windowsAlong(length, size, stride, padding) {
  if (padding !== "same") return [Math.floor((length - size) / stride) + 1, 0];
  const count = Math.ceil(length / stride);
  return [count, Math.floor(Math.max((count - 1) * stride + size - length, 0) / 2)];
}

// The twin of cnn.arithmetic.convolution.convolve, with all kernels of a layer.
function convolve({ shape: [height, width, channels], values }, layer) {
  const { kernel_size: size, strides: stride, padding, weights: [kernel, bias] } = layer;
  const maps = kernel.length / (size * size * channels);
  const [rows, top] = windowsAlong(height, size, stride, padding);
  const [columns, left] = windowsAlong(width, size, stride, padding);
  const sums = new Float32Array(rows * columns * maps);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at += maps) {
      if (bias) sums.set(bias, at);
      for (let m = 0; m < size; m++) {
        const y = row * stride + m - top;
        if (y < 0 || y >= height) continue;
        for (let n = 0; n < size; n++) {
          const x = column * stride + n - left;
          if (x < 0 || x >= width) continue;
          const first = (y * width + x) * channels, weight = (m * size + n) * channels;
          for (let channel = 0; channel < channels; channel++)
            addTimes(sums, at, values[first + channel], kernel, (weight + channel) * maps, maps);
        }
      }
    }
  return { shape: [rows, columns, maps], values: sums };
}

// sums[at + i] += value * weights[from + i]. After ReLU half of all values are 0, and outside of the
// strokes all pixels.
function addTimes(sums, at, value, weights, from, count) {
  if (value === 0) return;
  for (let i = 0; i < count; i++) sums[at + i] += value * weights[from + i];
}

// The twin of cnn.arithmetic.pooling; `finish` gets the number of cells inside of the map.
function pool({ shape: [height, width, channels], values }, layer, combine, start, finish) {
  const { pool_size: size, strides: stride, padding } = layer;
  const [rows, top] = windowsAlong(height, size, stride, padding);
  const [columns, left] = windowsAlong(width, size, stride, padding);
  const pooled = new Float32Array(rows * columns * channels);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const y0 = row * stride - top, x0 = column * stride - left;
      const [yFirst, yEnd] = [Math.max(y0, 0), Math.min(y0 + size, height)];
      const [xFirst, xEnd] = [Math.max(x0, 0), Math.min(x0 + size, width)];
      const cells = (yEnd - yFirst) * (xEnd - xFirst);
      for (let channel = 0; channel < channels; channel++) {
        let value = start;
        for (let y = yFirst; y < yEnd; y++)
          for (let x = xFirst; x < xEnd; x++)
            value = combine(value, values[(y * width + x) * channels + channel]);
        pooled[(row * columns + column) * channels + channel] = finish(value, cells);
      }
    }
  return { shape: [rows, columns, channels], values: pooled };
}

// The sums of a dense layer.
function multiply({ values }, { units, weights: [kernel, bias] }) {
  const sums = new Float32Array(units);
  if (bias) sums.set(bias);
  values.forEach((value, i) => addTimes(sums, 0, value, kernel, i * units, units));
  return { shape: [units], values: sums };
}

function normalize({ shape, values }, { weights: [gamma, beta, mean, variance] }) {
  const scale = variance.map((each, i) => gamma[i] / Math.sqrt(each + EPSILON));
  const channels = shape.at(-1);
  const normalized = values.map((value, i) => {
    const channel = i % channels;
    return (value - mean[channel]) * scale[channel] + beta[channel];
  });
  return { shape, values: normalized };
}

function averageMaps({ shape: [height, width, channels], values }) {
  const sums = new Float64Array(channels);
  values.forEach((value, i) => (sums[i % channels] += value));
  return { shape: [channels], values: Float32Array.from(sums, (sum) => sum / (height * width)) };
}

// Keras's activations with their default arguments.
const ACTIVATIONS = {
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x < 0 ? 0.2 * x : x),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  gelu: (x) => (x / 2) * (1 + errorFunction(x / Math.SQRT2)),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

// Changes the values of `map` in place.
function activate(map, activation) {
  const { shape, values } = map;
  if (activation === "softmax") softmax(values, shape.at(-1));
  const apply = ACTIVATIONS[activation];
  if (apply) for (let i = 0; i < values.length; i++) values[i] = apply(values[i]);
  return map;
}

// Over each `count` values in succession.
function softmax(values, count) {
  for (let first = 0; first < values.length; first += count) {
    const part = values.subarray(first, first + count), highest = Math.max(...part);
    const powers = Array.from(part, (each) => Math.exp(each - highest));
    const sum = powers.reduce(add, 0);
    part.set(powers.map((each) => each / sum));
  }
}

// erf(x), to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26.
function errorFunction(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = series.reduce((sum, each) => (sum + each) * t, 0);
  return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
}
