// All layers with all their maps, numbered, on one colour scale each; a click on a map opens it.

const SHEET_COLUMNS = 8, SHEET_GAP = 3, NUMBER_HEIGHT = 14; // canvas pixels
const TILE_SIDES = [[20, 104], [1, 78]]; // minimum height of the maps, canvas pixels of a tile
const UNIT_SIDE = 16; // canvas pixels

class SheetsView {
  constructor(root) {
    this.list = make("div", "sheets");
    this.box = make("details", "", "", make("summary", "", "All layers"), this.list);
    this.box.addEventListener("toggle", () => this.fill());
    root.replaceChildren(this.box);
  }

  draw(shown, layers, outputs) {
    Object.assign(this, { shown, outputs });
    const drawn = [shown.network, shown.image].join();
    if (drawn !== this.drawn) this.fill();
    this.drawn = drawn;
  }

  fill() {
    if (!this.box.open) return this.list.replaceChildren();
    const { shown, outputs } = this;
    const note = make("p", "caption", "Click a map to open it above.");
    return fill(this.list, note, ...shown.layers.map((info, i) => this.layer(info, outputs[i])));
  }

  layer(info, output) {
    const { name, kind, shape, arithmetic, parameters, words, activation } = info;
    const count = parameters ? `${arithmetic} = ${parameters.toLocaleString("en")}` : "none";
    const what = make("p", "", `${kind} · output ${shape.join(" x ")} · parameters ${count}`);
    const parts = [make("h3", "", name), what, make("p", "caption", words)];
    if (activation === "softmax") parts.push(this.bars(output.values));
    else if (shape.length === 3) parts.push(this.maps(name, output));
    else parts.push(this.units(name, output.values));
    return make("div", "layer-sheet", "", ...parts);
  }

  maps(name, { shape: [height, width, count], values }) {
    const scale = scaleFor(this.shown.palettes, values), canvas = make("canvas");
    const side = TILE_SIDES.find(([least]) => height >= least)[1];
    const factor = Math.max(1, Math.floor(side / height)), columns = Math.min(SHEET_COLUMNS, count);
    const [wide, high] = [width * factor + SHEET_GAP, height * factor + NUMBER_HEIGHT + SHEET_GAP];
    Object.assign(canvas, { width: columns * wide - SHEET_GAP, height: Math.ceil(count / columns) * high - SHEET_GAP });
    const pen = penOf(canvas), tile = Object.assign(make("canvas"), { height, width });
    Object.assign(pen, { imageSmoothingEnabled: false, font: "11px sans-serif", fillStyle: "#808080" });
    const palette = rgbOf(scale.colours);
    for (let map = 0; map < count; map++) {
      const x = (map % columns) * wide, y = Math.floor(map / columns) * high;
      paintMap(tile, values, map, count, scale.low, scale.high, palette);
      pen.drawImage(tile, x, y, width * factor, height * factor);
      pen.fillText(map, x + 1, y + height * factor + 11);
    }
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * canvas.width / wide);
      const line = Math.floor(((event.clientY - box.top) / box.height) * canvas.height / high);
      const map = line * columns + Math.min(column, columns - 1);
      if (map < count) chooseHere({ opened: { layer: name, map } }, { layer: name, map }, this.send);
    });
    canvas.classList.add("to-open");
    const isZero = Array.from({ length: count }, () => true);
    values.forEach((value, i) => value && (isZero[i % count] = false));
    const zeros = isZero.filter(Boolean).length;
    const caption = `${name}: ${count} feature maps, numbered from 0, ${height} x ${width}, on one scale`
      + (zeros ? `; ${zeros} of them 0 everywhere for this image` : "");
    return sheetFigure(canvas, caption, scale, name);
  }

  units(name, values) {
    const scale = scaleFor(this.shown.palettes, values), canvas = make("canvas");
    const columns = values.length > 64 ? 48 : 32, wide = Math.min(columns, values.length);
    Object.assign(canvas, { width: wide * UNIT_SIDE, height: Math.ceil(values.length / columns) * UNIT_SIDE });
    const pen = penOf(canvas);
    values.forEach((value, i) => {
      pen.fillStyle = colourOf(value, scale);
      pen.fillRect((i % columns) * UNIT_SIDE, Math.floor(i / columns) * UNIT_SIDE, UNIT_SIDE, UNIT_SIDE);
    });
    const nonzero = values.filter((value) => value !== 0).length;
    return sheetFigure(canvas, `${name}: ${values.length} values, row by row; ${nonzero} nonzero`, scale, name);
  }

  bars(probabilities) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const lines = [...probabilities].map((share, i) => {
      const bar = make("i");
      bar.style.width = `${100 * share}%`;
      return make("tr", i === best ? "best" : "", "",
        make("th", "", this.shown.classes[i]), make("td", "bar", "", bar), make("td", "", percent(share)));
    });
    return make("table", "softmax", "", ...lines);
  }
}

function sheetFigure(canvas, caption, scale, name) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", caption);
  canvas.style.maxWidth = `${canvas.width}px`;
  return make("figure", "sheet", "",
    canvas, make("figcaption", "", caption), scaleBar(scale), saveButton(canvas, name));
}
