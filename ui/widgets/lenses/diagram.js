// The network as a row of its layers; a click opens one.

function showDiagram({ data, root, open }) {
  const heights = [data.inputShape, ...data.layers.map((layer) => layer.shape)]
    .filter((shape) => shape.length === 3).map((shape) => shape[0]);
  const tallest = Math.max(...heights);
  const diagram = make("div", "diagram");
  diagram.setAttribute("role", "group");
  diagram.setAttribute("aria-label", "Layers of the network");
  diagram.append(box("div", { name: "input", kind: "Image", shape: data.inputShape, parameters: 0,
                              map: data.picture, scale: data.pictureScale }));
  for (const layer of data.layers) {
    const element = box("button", layer);
    element.type = "button";
    element.setAttribute("aria-pressed", layer.name === data.open);
    element.addEventListener("click", () => open(layer.name));
    diagram.append(make("span", "arrow", "\u2192"), element);
  }
  const scrolled = root.querySelector(".diagram")?.scrollLeft ?? 0;
  walkButtons(diagram);
  fill(root, diagram);
  diagram.scrollLeft = scrolled;
  const [before, after] = [diagram, diagram.querySelector("[aria-pressed=true]")]
    .map((each) => each?.getBoundingClientRect());
  if (after && (after.left < before.left || after.right > before.right)) // a link opened it
    diagram.scrollLeft += (after.left + after.right - before.left - before.right) / 2;

  function box(tag, { name, kind, shape, parameters, map, scale }) {
    return make(tag, "layer", "",
      make("div", "glyph", "", stack(map, scale, shape)),
      make("b", "", name),
      make("span", "", kind.replace("Pooling", "\u200bPooling")), // where the line may be broken
      make("span", "", shape.join(" x ")),
      make("span", "", parameters ? `${parameters.toLocaleString("en")} parameters` : "\u00a0"),
    );
  }

  // Feature maps as a stack of sheets, with the mean of the maps on the first; the number of sheets
  // grows with that of maps. The values of other layers are in columns.
  function stack(array, scale, shape) {
    const canvas = make("canvas");
    const flat = shape.length < 3;
    const rows = flat ? columnsOf(array.values) : rowsOf(array);
    canvas.height = rows.length;
    canvas.width = rows[0].length;
    const pen = penOf(canvas);
    rows.forEach((line, y) => line.forEach((value, x) => {
      pen.fillStyle = colourOf(value, scale);
      pen.fillRect(x, y, 1, 1);
    }));
    const side = flat ? 60 : 18 + (36 * shape[0]) / tallest;
    canvas.style.height = `${side}px`;
    canvas.style.width = flat ? `${side * canvas.width / canvas.height}px` : `${side}px`;
    if (!flat && shape[2] > 1) {
      const sheets = Math.min(4, Math.round(Math.log2(shape[2])));
      canvas.style.boxShadow = Array.from({ length: sheets }, (_, i) => {
        const offset = `${2 * i + 2}px ${-2 * i - 2}px 0`;
        return `${offset} -1px var(--st-background-color, #fff), ${offset} 0 rgba(128,128,128,.55)`;
      }).join(", ");
    }
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  }

  function columnsOf(values) {
    const high = Math.min(values.length, 32), wide = Math.ceil(values.length / high);
    return Array.from({ length: high }, (_, y) =>
      Array.from({ length: wide }, (_, x) => values[y * wide + x] ?? 0));
  }
}
