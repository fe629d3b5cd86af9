// One cell of the pooled maps: its window in the feature map, and the arithmetic of each pooling.

const KINDS = ["max", "average", "sum"];
const PAIRS = [["max", "average"], ["sum", "average"], ["sum", "max"]];

function showPooling({ data, root }) {
  const { scales, names, size, before } = data, stride = [data.stride, data.stride];
  const map = rowsOf(unpack(data.map));
  const pooled = Object.fromEntries(KINDS.map((kind) => [kind, rowsOf(unpack(data.pooled[kind]))]));
  const rows = pooled.max.length, columns = pooled.max[0].length;
  let cell = root.cell && root.cell[0] < rows && root.cell[1] < columns ? root.cell : strongest(pooled.sum);
  const step = (y, x) => point(cell[0] + y, cell[1] + x);

  const input = mapFigure("large input", map.length, map[0].length, {
    point: (y, x) => point(...nearestWindow(y, x, stride, before, [size, size])),
    step, scale: scales.input, file: "map",
  });
  const outputs = KINDS.map((kind) => {
    const figure = mapFigure(kind, rows, columns, { point, step, file: `${kind}-pooling` });
    return { name: kind, values: pooled[kind], scale: scales.pooled, ...figure };
  });
  const differences = PAIRS.map(([one, other]) => {
    const figure = mapFigure("difference", rows, columns, { point, step, file: `${one}-minus-${other}` });
    const values = pooled[one].map((line, y) => line.map((value, x) => value - pooled[other][y][x]));
    return { name: `${one} \u2212 ${other}`, values, scale: scales.differences, ...figure };
  });
  const boxes = (figures) => row(...figures.map((figure) => figure.box));
  const right = make("div", "shared", "",
    boxes(outputs), scaleBar(scales.pooled),
    make("p", "title", "Differences"),
    boxes(differences), scaleBar(scales.differences),
  );
  const picture = data.picture && rowsOf(unpack(data.picture));
  const field = picture && mapFigure("small picture", picture.length, picture[0].length);
  const words = liveText();
  const left = make("div", "left", "", input.box, ...(field ? [field.box] : []));
  fill(root, together(row(left, right), words));
  show();

  function point(y, x) {
    cell = root.cell = [clamp(y, 0, rows - 1), clamp(x, 0, columns - 1)];
    show();
  }

  function show() {
    const [top, left] = windowStart(cell, stride, before);
    const cells = [];
    for (let y = Math.max(top, 0); y < Math.min(top + size, map.length); y++)
      for (let x = Math.max(left, 0); x < Math.min(left + size, map[0].length); x++)
        cells.push(map[y][x]);
    input.paint(map, scales.input);
    input.windows([rows, columns], data.stride, before, size);
    input.frame(top, left, size, size);
    input.caption(`${names.input}: ${input.size()}`);
    if (field) showField(field, picture, scales.picture, data.fields, cell);
    for (const { name, values, scale, paint, frame, caption, size } of [...outputs, ...differences]) {
      paint(values, scale);
      frame(...cell);
      caption(`${name}: ${size()}`);
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
