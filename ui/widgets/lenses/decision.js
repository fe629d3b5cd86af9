// The sum of a dense unit as contributions, largest first; for softmax, the ten probabilities at a
// temperature. Computed from the inputs and weights of the layer.

const LISTED_PARTS = 12; // contributions

function showDecision({ data, root }) {
  const { softmax, names, best, activation } = data;
  const inputs = unpack(data.inputs).values, weights = unpack(data.weights), biases = data.biases ? unpack(data.biases).values : new Float32Array(data.names.length);
  const units = weights.shape[1];
  // The most probable class until another is clicked; reset for another picture or network.
  let unit = softmax ? (root.picked === data.picture ? root.unit : best) : 0;
  let logT = root.logT ?? 0; // of the temperature, base 2
  const sums = Array.from({ length: units }, () => 0);
  root.refresh = () => { // after other weights
    addUp();
    showBars();
    if (softmax) showSoftmax();
  };

  const bars = make("div", "contributions");
  const table = make("table", "softmax");
  const formula = make("p", "formula");
  const side = softmax ? [make("div", "side", "", table, temperature(), formula)] : [];
  fill(root, together(row(bars, ...side)));
  walkButtons(table);
  root.refresh();

  function addUp() {
    for (let k = 0; k < units; k++)
      sums[k] = biases[k] + inputs.reduce((sum, value, i) => sum + value * weights.values[i * units + k], 0);
  }

  function temperature() {
    const text = () => `T = ${readable(2 ** logT)}`, output = make("output", "", text());
    const options = { min: -3, max: 4, step: 0.25, value: logT };
    const label = slider("Temperature", options, (value) => {
      logT = root.logT = value;
      output.textContent = text();
      showSoftmax();
    }, output);
    label.className = "controls";
    return label;
  }

  function showSoftmax() {
    const T = 2 ** logT, highest = Math.max(...sums);
    const powers = sums.map((z) => Math.exp((z - highest) / T));
    const total = powers.reduce((a, b) => a + b, 0);
    const header = ["", "sum z", "probability", ""].map((text) => make("th", "", text));
    fill(table, make("tr", "", "", ...header), ...sums.map((z, k) => {
      const p = powers[k] / total;
      const pick = button(names[k], () => {
        unit = root.unit = k;
        root.picked = data.picture;
        showSoftmax();
        showBars();
      });
      pick.setAttribute("aria-pressed", k === unit);
      const bar = make("i");
      bar.style.width = `${100 * p}%`;
      const line = make("tr", "", "",
        make("th", "", "", pick),
        make("td", "", readable(z)),
        make("td", "", percent(p)),
        make("td", "bar", "", bar),
      );
      line.dataset.probability = p;
      return line;
    }));
    // The formula of the chosen class, with the three largest terms of the denominator.
    const order = sums.map((_, k) => k).sort((a, b) => sums[b] - sums[a]).slice(0, 3);
    const e = (k) => `e^(${readable(sums[k])}${logT ? ` / ${readable(T)}` : ""})`;
    const all = units > order.length ? ` + \u2026 all ${units === 10 ? "ten" : units}` : "";
    formula.textContent = `p(${names[unit]}) = ${e(unit)} / (${order.map(e).join(" + ")}${all}) `
      + percent(powers[unit] / total).replace(/^\d/, "= $&");
  }

  function showBars() {
    const parts = Array.from(inputs, (value, i) => {
      const weight = weights.values[i * units + unit];
      return { name: inputName(i), value, weight, product: value * weight };
    }).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    const count = Math.min(LISTED_PARTS, parts.filter((each) => each.product).length);
    const listed = parts.slice(0, count), rest = parts.slice(count);
    const others = rest.reduce((sum, each) => sum + each.product, 0);
    const reach = Math.max(...listed.map((each) => Math.abs(each.product)), Math.abs(others), Math.abs(biases[unit]), 1e-9);
    const lines = listed.map(({ name, value, weight, product }) =>
      line(name, product, reach, `${readable(value)} \u00b7 ${factor(weight)}`));
    if (rest.length) {
      const still = rest.filter((each) => each.product === 0).length;
      lines.push(line(`the other ${rest.length}`, others, reach, `${still} of them are 0`));
    }
    if (data.biases) lines.push(line("bias", biases[unit], reach, ""));
    bars.replaceChildren(
      make("p", "where", `Contributions to the sum of ${names[unit]}: input \u00b7 weight, largest first`),
      ...lines,
      sumFormula(`z(${names[unit]}) =`, sums[unit], activation, data.outputs[unit]),
    );
  }

  // A flattened input is named by its position in the maps.
  function inputName(i) {
    if (!data.inputShape) return `unit ${i}`;
    const [, width, count] = data.inputShape, cell = Math.floor(i / count);
    return `map ${i % count} at ${Math.floor(cell / width)}, ${cell % width}`;
  }

  function line(name, product, reach, words) {
    const bar = make("i");
    bar.style.width = `${(50 * Math.abs(product)) / reach}%`;
    return make("div", `part ${product < 0 ? "against" : "for"}`, "",
      make("span", "name", name),
      make("span", "track", "", bar),
      make("span", "value", `${product > 0 ? "+" : ""}${readable(product)}`),
      make("span", "how", words),
    );
  }
}
