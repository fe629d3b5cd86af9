// Points at a cell of a pooled map and shows the window that it came from, with the arithmetic.

const KINDS = ["max", "average", "sum"];
const PAIRS = [["max", "average"], ["sum", "average"], ["sum", "max"]];

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".lens");
  const { size, stride, before, scales, names } = data;
  const map = rowsOf(unpack(data.map));
  const pooled = Object.fromEntries(KINDS.map((kind) => [kind, rowsOf(unpack(data.pooled[kind]))]));
  const rows = pooled.max.length, columns = pooled.max[0].length;
  let cell = root.cell && root.cell[0] < rows && root.cell[1] < columns ? root.cell : strongest(pooled.sum);
  const move = (y, x) => point(cell[0] + y, cell[1] + x);

  const input = mapFigure("large input", map.length, map[0].length, {
    // The window whose middle is nearest.
    point: (y, x) => point(Math.round((y + before[0] - (size - 1) / 2) / stride),
                           Math.round((x + before[1] - (size - 1) / 2) / stride)),
    step: move,
  });
  input.caption(`${names.input}: ${map.length} x ${map[0].length}`);
  input.box.append(scaleBar(scales.input), saveButton(input.canvas, "map"));
  const outputs = KINDS.map((kind) => {
    const figure = mapFigure(kind, rows, columns, { point, step: move });
    figure.caption(`${kind}: ${rows} x ${columns}`);
    figure.box.append(saveButton(figure.canvas, `${kind}-pooling`));
    return { kind, ...figure };
  });
  const shared = make("div", "shared");
  const differences = PAIRS.map(([one, other]) => {
    const name = `${one} \u2212 ${other}`;
    const figure = mapFigure("difference", rows, columns, { point, step: move });
    figure.caption(name);
    figure.box.append(saveButton(figure.canvas, `${one}-minus-${other}`));
    const values = pooled[one].map((line, y) => line.map((value, x) => value - pooled[other][y][x]));
    return { name, values, ...figure };
  });
  shared.append(
    row(outputs.map((each) => each.box)), scaleBar(scales.pooled),
    make("p", "title", "Differences between any two"),
    row(differences.map((each) => each.box)), scaleBar(scales.differences),
  );
  const picture = data.picture && rowsOf(unpack(data.picture));
  const seen = picture && mapFigure("small picture", picture.length, picture[0].length);
  const words = make("div", "words");
  words.setAttribute("aria-live", "polite");
  const left = make("div", "left");
  left.append(input.box, ...(seen ? [seen.box] : []));
  root.replaceChildren(row([left, shared]), words);
  show();

  function row(boxes) {
    const made = make("div", "row");
    made.append(...boxes);
    return made;
  }

  function point(y, x) {
    cell = [clamp(y, 0, rows - 1), clamp(x, 0, columns - 1)];
    root.cell = cell;
    show();
  }

  function show() {
    const top = cell[0] * stride - before[0], left = cell[1] * stride - before[1];
    const cells = [];
    for (let y = Math.max(top, 0); y < Math.min(top + size, map.length); y++)
      for (let x = Math.max(left, 0); x < Math.min(left + size, map[0].length); x++)
        cells.push(map[y][x]);
    input.paint(map, scales.input);
    input.windows([rows, columns], stride, before, size);
    input.frame(top, left, size, size);
    if (seen) showField(seen, picture, scales.picture, data.fields, cell);
    for (const { kind, paint, frame } of outputs) {
      paint(pooled[kind], scales.pooled);
      frame(...cell);
    }
    for (const { values, paint, frame } of differences) {
      paint(values, scales.differences);
      frame(...cell);
    }
    const list = cells.map(readable).join(", ");
    const value = (kind) => readable(pooled[kind][cell[0]][cell[1]]);
    words.replaceChildren(
      make("p", "where",
        `Cell ${cell[0]}, ${cell[1]} (row, column) · window from row ${top}, column ${left}`),
      make("p", "formula", `max(${list}) = ${value("max")}`),
      make("p", "formula", `mean(${list}) = ${value("average")}`),
      make("p", "formula", `sum(${list}) = ${value("sum")}`),
    );
  }
}
