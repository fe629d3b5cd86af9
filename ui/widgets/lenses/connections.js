// Which connections contribute most to an answer: from its unit back to the first layer.

const KEPT = 4; // units or maps that are followed in each layer
const FROM_EACH = 2; // connections that are followed from each of them

// The strongest connections, [{layer, to, source, from, strength}]: into unit or map `to` of the layer of
// number `layer` from `from` of number `source`; strength: its part of the answer's, at most 1. Layers
// that only pass values on, Flatten and Dropout, are left out.
function strongestConnections(layers, outputs, answer) {
  const found = [], chain = visibleLayers(layers);
  let units = [{ unit: answer, strength: 1 }];
  for (let i = chain.length - 1; i > 0; i--) {
    const [source, layer] = [chain[i - 1], chain[i]], reached = new Map();
    for (const { unit, strength } of units)
      for (const [from, share] of largestShares(contributionsTo(layers[layer], outputs[source], outputs[layer], unit))) {
        found.push({ layer, to: unit, source, from, strength: strength * share });
        reached.set(from, (reached.get(from) ?? 0) + strength * share);
      }
    units = [...reached].map(([unit, strength]) => ({ unit, strength }))
      .sort((a, b) => b.strength - a.strength).slice(0, KEPT);
  }
  return found;
}

// The largest positive contributions as [source, share of all positive ones].
function largestShares(contributions) {
  const positive = [...contributions].map((each) => Math.max(each, 0));
  const sum = positive.reduce(add, 0);
  if (!sum) return [];
  return positive.map((each, i) => [i, each / sum])
    .sort((a, b) => b[1] - a[1]).slice(0, FROM_EACH).filter(([, share]) => share > 0);
}

// What each unit or map of the layer before adds to the sum of `unit`; to that of a map: to the sums of
// all its cells that are not 0. A layer without weights passes each map on, and so each contribution.
function contributionsTo(layer, before, after, unit) {
  const count = before.shape.at(-1), sums = new Float64Array(count);
  if (layer.kind === "Conv2D") addConvolution(sums, layer, before, after, unit);
  else if (layer.kind === "Dense")
    before.values.forEach((value, i) => (sums[i % count] += value * layer.weights[0][i * layer.units + unit]));
  else sums[unit] = 1;
  return sums;
}

function addConvolution(sums, { kernel_size: size, strides: stride, padding, weights: [kernel] }, before, after, map) {
  const [height, width, channels] = before.shape, [rows, columns, maps] = after.shape;
  const [, top] = windowsAlong(height, size, stride, padding), [, left] = windowsAlong(width, size, stride, padding);
  for (let cell = 0; cell < rows * columns; cell++) {
    if (after.values[cell * maps + map] === 0) continue;
    const y0 = Math.floor(cell / columns) * stride - top, x0 = (cell % columns) * stride - left;
    for (let m = Math.max(-y0, 0); m < size && y0 + m < height; m++)
      for (let n = Math.max(-x0, 0); n < size && x0 + n < width; n++) {
        const first = ((y0 + m) * width + x0 + n) * channels;
        for (let channel = 0; channel < channels; channel++)
          sums[channel] += before.values[first + channel] * kernel[((m * size + n) * channels + channel) * maps + map];
      }
  }
}

const SVG = "http://www.w3.org/2000/svg";

// Lines over the strips of all layers, on request.
class ConnectionLines {
  constructor(root, strips) {
    Object.assign(this, { strips, isShown: false, last: null });
    this.toggle = button("Strongest connections", () => this.choose(!this.isShown), {
      title: "Lines for the connections that contribute most to the answer",
    });
    this.toggle.setAttribute("aria-pressed", "false");
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("aria-hidden", "true");
    this.words = make("p", "path");
    root.prepend(this.toggle);
    strips.box.before(this.words);
  }

  choose(isShown) {
    this.isShown = isShown;
    this.toggle.setAttribute("aria-pressed", isShown);
    if (this.last) this.show(...this.last);
  }

  show(layers, outputs) {
    this.last = [layers, outputs];
    this.lines.replaceChildren();
    this.strips.box.append(this.lines); // after strips that were built anew
    this.toggle.disabled = !outputs;
    this.words.hidden = !this.isShown || !outputs;
    if (this.words.hidden) return;
    const { values } = outputs.at(-1);
    const answer = values.indexOf(Math.max(...values));
    const connections = strongestConnections(layers, outputs, answer);
    for (const each of connections) this.draw(each);
    this.words.textContent = pathText(layers, connections);
  }

  draw({ layer, to, source, from, strength }) {
    const line = document.createElementNS(SVG, "line");
    const [x1, y1] = this.strips.placeOf(source, from), [x2, y2] = this.strips.placeOf(layer, to);
    for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(name, value);
    line.style.strokeWidth = `${1 + 4 * Math.sqrt(strength)}px`;
    this.lines.append(line);
  }
}

// The strongest path in words, from the answer back.
function pathText(layers, connections) {
  const steps = [];
  for (const each of connections) {
    const last = steps.at(-1);
    if (!last || (last.source === each.layer && last.from === each.to)) steps.push(each);
  }
  const name = (layer, number) => `${layers[layer].name} ${number}`;
  const path = steps.map(({ source, from }) => name(source, from));
  return steps.length ? `Strongest path: ${[name(steps[0].layer, steps[0].to), ...path].join(" \u2190 ")}` : "";
}
