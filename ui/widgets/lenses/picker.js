// The choice of a test digit, or test picture: by number, by class, the next or a random one. With the
// pictures of the test set, which come once (testset.js), it is answered here.

const PIXELS = 28 * 28; // of a picture

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lens");
  root.picker ??= new PicturePicker(root);
  root.picker.update(data, setTriggerValue);
}

class PicturePicker {
  constructor(root) {
    this.number = Object.assign(make("input"), { type: "number", min: 0, step: 1 });
    this.number.addEventListener("change", () => this.take());
    this.classes = make("select");
    this.classes.addEventListener("change", () => this.move("next"));
    this.buttons = [["Next", "next"], ["Random", "random"]].map(([text, step]) => button(text, () => this.move(step)));
    this.name = make("span");
    root.replaceChildren(make("div", "picker", "",
      make("label", "number", "", this.name, this.number),
      make("label", "class", "", make("span", "", "Class"), this.classes),
      ...this.buttons,
    ));
  }

  update(data, send) {
    Object.assign(this, { data, send });
    const { noun, count, names, disabled } = data;
    this.name.textContent = `Test ${noun}, 0 to ${(count - 1).toLocaleString("en")}`;
    this.number.max = count - 1;
    this.number.placeholder = data.title;
    if (this.names !== names.join("\n")) {
      this.names = names.join("\n");
      this.classes.replaceChildren(new Option("Any", ""), ...names.map((each, i) => new Option(each, i)));
    }
    for (const each of [this.number, this.classes, ...this.buttons]) each.disabled = disabled;
    if (data.number < explored.number) return; // another was chosen here since
    if (this.chosen !== data.picture) this.number.value = data.picture ?? ""; // else somebody may be typing
    this.chosen = data.picture;
    this.classes.value = data.class ?? "";
  }

  get label() {
    return this.classes.value === "" ? null : Number(this.classes.value);
  }

  take() {
    const number = this.number.valueAsNumber, last = this.data.count - 1;
    if (Number.isInteger(number)) this.choose(clamp(number, 0, last));
    else this.number.value = this.chosen ?? "";
  }

  // Without the pictures, the server finds the one that is meant.
  move(step) {
    const { label } = this, set = this.testSet();
    if (!set) return chooseHere({}, { step, class: label }, this.send);
    const numbers = [...set.labels.keys()].filter((i) => label === null || set.labels[i] === label);
    if (!numbers.length) return undefined; // a class without test pictures
    const next = numbers.find((i) => i > (this.chosen ?? -1)) ?? numbers[0];
    return this.choose(step === "next" ? next : numbers[Math.floor(Math.random() * numbers.length)]);
  }

  choose(number) {
    const set = this.testSet(), message = { picture: number, class: this.label };
    this.chosen = number;
    this.number.value = number;
    if (!set) return chooseHere({}, message, this.send);
    const image = set.images.subarray(PIXELS * number, PIXELS * (number + 1));
    const title = `Test ${this.data.noun} ${number.toLocaleString("en")}, label ${this.data.names[set.labels[number]]}`;
    return chooseHere({ picture: { image: btoa(String.fromCharCode(...image)), title } }, message, this.send);
  }

  testSet() {
    return globalThis.testSet?.key === this.data.key ? globalThis.testSet : null;
  }
}
