// The choice of a map or unit of a layer: a number field, and for maps a strip to click at.

const WITHOUT = ["Flatten", "Dropout"]; // layers of which all values are shown, or none

class UnitPicker {
  constructor(choose) {
    this.input = Object.assign(make("input"), { type: "number", min: 0, step: 1 });
    this.input.addEventListener("change", () => {
      const value = this.input.valueAsNumber;
      if (Number.isInteger(value)) choose(clamp(value, 0, this.last));
      else this.input.value = this.number;
    });
    const by = (step) => () => choose(clamp(this.number + step, 0, this.last));
    this.buttons = ["\u2212", "+"].map((text, i) => button(text, by(2 * i - 1)));
    this.name = make("span");
    this.label = make("label", "", "", this.name, this.input);
    this.strip = make("div", "strip");
    this.strip.addEventListener("click", ({ target }) => {
      if (target.dataset.map) choose(Number(target.dataset.map));
    });
    this.box = make("div", "unit", "", this.label, ...this.buttons, this.strip);
  }

  // Show the choice for a layer; returns the chosen number, by default that with the largest value.
  show({ name, kind, activation }, { shape, values }, { map, palettes }) {
    const count = shape.at(-1), hasMaps = shape.length === 3;
    this.box.hidden = WITHOUT.includes(kind) || activation === "softmax";
    this.last = count - 1;
    const before = this.number;
    this.number = map === null ? strongestMap(values, count) : clamp(map, 0, this.last);
    const what = hasMaps ? "Map" : "Unit";
    this.name.textContent = `${what}, 0 to ${this.last}`;
    this.input.max = this.last;
    if (this.number !== before) this.input.value = this.number; // else somebody may be typing
    this.buttons.forEach((each, i) => {
      each.title = `${i ? "Next" : "Previous"} ${what.toLowerCase()}`;
      each.setAttribute("aria-label", each.title);
      each.disabled = this.number === (i ? this.last : 0);
    });
    this.strip.hidden = !hasMaps || this.box.hidden;
    if (!this.strip.hidden) this.paint(name, shape, values, palettes);
    return this.number;
  }

  paint(name, [height, width, count], values, palettes) {
    const scale = scaleFor(palettes, values), palette = rgbOf(scale.colours);
    if (this.strip.childElementCount !== count)
      this.strip.replaceChildren(...Array.from({ length: count }, (_, map) => {
        const canvas = make("canvas");
        canvas.dataset.map = map;
        canvas.setAttribute("aria-hidden", "true"); // the number field selects as well
        return canvas;
      }));
    [...this.strip.children].forEach((canvas, map) => {
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { height, width });
      canvas.title = `Map ${map} of ${name}`;
      canvas.classList.toggle("chosen", map === this.number);
      paintMap(canvas, values, map, count, scale.low, scale.high, palette);
    });
  }
}
