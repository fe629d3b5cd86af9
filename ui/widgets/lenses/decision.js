// A dense unit's sum as contributions, largest first; for softmax, the ten probabilities with a
// temperature to turn. All of it is computed here, from the layer's inputs and weights.

const MOST = 12; // contributions that are listed

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".lens");
  const { softmax, names, best, activation } = data;
  const inputs = unpack(data.inputs).values, weights = unpack(data.weights), biases = unpack(data.biases).values;
  const units = weights.shape[1];
  // The likeliest class, until another one is clicked; for another picture or network, anew.
  let unit = softmax ? (root.picked === data.picture ? root.unit : best) : 0;
  let heat = root.heat ?? 0; // the temperature's logarithm, base 2
  const sums = Array.from({ length: units }, (_, k) =>
    biases[k] + inputs.reduce((sum, value, i) => sum + value * weights.values[i * units + k], 0));

  const bars = make("div", "contributions");
  const table = make("table", "softmax");
  const formula = make("p", "formula");
  const row = make("div", "row");
  row.append(bars);
  root.replaceChildren(row);
  if (softmax) {
    const side = make("div", "side");
    side.append(table, temperature(), formula);
    row.append(side);
    showSoftmax();
  }
  showBars();

  function temperature() {
    const label = make("label", "controls");
    const slider = make("input");
    Object.assign(slider, { type: "range", min: -3, max: 4, step: 0.25, value: heat });
    slider.setAttribute("aria-label", "Temperature");
    const value = make("output");
    const tell = () => { value.textContent = `T = ${readable(2 ** heat)}`; };
    slider.addEventListener("input", () => {
      heat = root.heat = Number(slider.value);
      tell();
      showSoftmax();
    });
    tell();
    label.append("Temperature ", slider, value);
    return label;
  }

  function showSoftmax() {
    const T = 2 ** heat, highest = Math.max(...sums);
    const powers = sums.map((z) => Math.exp((z - highest) / T));
    const total = powers.reduce((a, b) => a + b, 0);
    const head = make("tr");
    head.append(...["", "sum z", "probability", ""].map((text) => make("th", "", text)));
    table.replaceChildren(head);
    sums.forEach((z, k) => {
      const line = table.insertRow();
      const name = make("th");
      const pick = make("button", "", names[k]);
      pick.type = "button";
      pick.setAttribute("aria-pressed", k === unit);
      pick.addEventListener("click", () => { unit = root.unit = k; root.picked = data.picture; showSoftmax(); showBars(); });
      name.append(pick);
      const bar = make("i");
      bar.style.width = `${(100 * powers[k]) / total}%`;
      const share = line.insertCell(), shareBar = make("td", "bar");
      line.prepend(name);
      share.textContent = readable(z);
      const p = powers[k] / total;
      line.insertCell().textContent = p > 0.9999 && p < 1 ? "> 99.99 %" : `${(100 * p).toFixed(2)} %`;
      shareBar.append(bar);
      line.append(shareBar);
      line.dataset.probability = p;
    });
    // Written out for the chosen class, the largest three sums of the denominator by name.
    const order = sums.map((_, k) => k).sort((a, b) => sums[b] - sums[a]).slice(0, 3);
    const e = (k) => `e^(${readable(sums[k])}${heat ? ` / ${readable(T)}` : ""})`;
    formula.textContent = `p(${names[unit]}) = ${e(unit)} / (${order.map(e).join(" + ")} + \u2026 all ten) = `
      + readable(powers[unit] / total);
  }

  function showBars() {
    const parts = Array.from(inputs, (value, i) => {
      const weight = weights.values[i * units + unit];
      return { name: inputName(i), value, weight, product: value * weight };
    }).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    const count = Math.min(MOST, parts.filter((each) => each.product).length);
    const listed = parts.slice(0, count), rest = parts.slice(count);
    const others = rest.reduce((sum, each) => sum + each.product, 0);
    const reach = Math.max(...listed.map((each) => Math.abs(each.product)), Math.abs(others), Math.abs(biases[unit]), 1e-9);
    const lines = listed.map(({ name, value, weight, product }) =>
      line(name, product, reach, `${readable(value)} \u00b7 ${factor(weight)}`));
    if (rest.length) {
      const still = rest.filter((each) => each.product === 0).length;
      lines.push(line(`the other ${rest.length}`, others, reach, `${still} of them are 0`));
    }
    lines.push(line("bias", biases[unit], reach, ""));
    const total = make("p", "formula");
    const z = sums[unit];
    total.textContent = `z(${names[unit]}) = ${readable(z)}`
      + (activation === "relu" ? `, and ReLU makes max(0, z) = ${readable(Math.max(0, z))}` : "");
    total.dataset.value = activation === "relu" ? Math.max(0, z) : z;
    bars.replaceChildren(make("p", "where", `What makes the sum of ${names[unit]}: input \u00b7 weight, largest first`), ...lines, total);
  }

  // An input that was flattened is named by the place that it came from.
  function inputName(i) {
    if (!data.inputShape) return `unit ${i}`;
    const [, width, count] = data.inputShape, cell = Math.floor(i / count);
    return `map ${i % count} at ${Math.floor(cell / width)}, ${cell % width}`;
  }

  function line(name, product, reach, words) {
    const made = make("div", `part ${product < 0 ? "against" : "for"}`);
    const track = make("span", "track"), bar = make("i");
    bar.style.width = `${(50 * Math.abs(product)) / reach}%`;
    track.append(bar);
    made.append(make("span", "name", name), track, make("span", "value", `${product > 0 ? "+" : ""}${readable(product)}`),
                make("span", "how", words));
    return made;
  }
}
