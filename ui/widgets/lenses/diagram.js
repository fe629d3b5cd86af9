// The network as a row of its layers, which is the navigation: a click opens one.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lens");
  const tallest = Math.max(...[data.inputShape, ...data.layers.map((each) => each.shape)]
    .filter((shape) => shape.length === 3).map((shape) => shape[0]));
  const row = make("div", "diagram");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "The network's layers, in order");
  row.append(box({ name: "input", kind: "Picture", shape: data.inputShape, parameters: 0, map: data.picture,
                   scale: data.pictureScale }, true));
  for (const layer of data.layers) {
    row.append(make("span", "arrow", "\u2192"), box(layer));
  }
  const kept = root.querySelector(".diagram")?.scrollLeft ?? 0;
  root.replaceChildren(row);
  row.scrollLeft = kept;

  function box({ name, kind, shape, parameters, map, scale, family }, fixed = false) {
    const made = make(fixed ? "div" : "button", `layer ${family ?? ""}`);
    const glyph = make("div", "glyph");
    if (map) glyph.append(stack(unpack(map), scale, shape));
    made.append(
      glyph,
      make("b", "", name),
      make("span", "", kind),
      make("span", "", shape.join(" x ")),
      make("span", "", parameters ? `${parameters.toLocaleString("en")} parameters` : "\u00a0"),
    );
    if (!fixed) {
      made.type = "button";
      made.setAttribute("aria-pressed", name === data.open);
      made.addEventListener("click", () => setTriggerValue("layer", name));
    }
    return made;
  }

  // Maps as sheets behind each other, as high as the map and more the more there are; the first shows
  // their mean. What is no map is a row of its values.
  function stack(array, scale, shape) {
    const canvas = make("canvas");
    const flat = shape.length < 3;
    const rows = flat ? column(array.values) : rowsOf(array);
    canvas.height = rows.length;
    canvas.width = rows[0].length;
    const pen = canvas.getContext("2d");
    rows.forEach((line, y) => line.forEach((value, x) => {
      pen.fillStyle = colourOf(value, scale);
      pen.fillRect(x, y, 1, 1);
    }));
    const side = flat ? 72 : 20 + (52 * shape[0]) / tallest;
    canvas.style.height = `${side}px`;
    canvas.style.width = flat ? `${side * canvas.width / canvas.height}px` : `${side}px`;
    if (!flat && shape[2] > 1) {
      const sheets = Math.min(6, Math.round(Math.log2(shape[2])));
      canvas.style.boxShadow = Array.from({ length: sheets }, (_, i) =>
        `${2 * i + 2}px ${-2 * i - 2}px 0 -1px var(--st-background-color, #fff), ${2 * i + 2}px ${-2 * i - 2}px 0 0 rgba(128,128,128,.55)`,
      ).join(", ");
    }
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  }

  function column(values) {
    const high = Math.min(values.length, 32), wide = Math.ceil(values.length / high);
    return Array.from({ length: high }, (_, y) =>
      Array.from({ length: wide }, (_, x) => values[y * wide + x] ?? 0));
  }
}
