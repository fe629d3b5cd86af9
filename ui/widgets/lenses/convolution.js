// One output value of a convolution: the patch that it came from, the kernel, and the sum.

const SPEEDS = [2, 8, 30, 120]; // output cells a second
const MOST = 8; // channels that are listed, those that count most

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".lens");
  clearInterval(root.timer);
  root.timer = null;
  const { bias, relu, stride, before, scales, names, fields } = data;
  const input = unpack(data.input), kernel = unpack(data.kernel);
  const output = rowsOf(unpack(data.output));
  const picture = data.picture && rowsOf(unpack(data.picture));
  const [height, width, channels] = input.shape, [tall, wide] = kernel.shape;
  const rows = output.length, columns = output[0].length;
  let cell = root.cell ? [clamp(root.cell[0], 0, rows - 1), clamp(root.cell[1], 0, columns - 1)]
                       : strongest(output); // where there is something to see
  let chosen = root.name === names.output ? root.channel ?? null : null; // null: whichever counts most
  let until = Infinity, speed = root.speed ?? 1;
  root.name = names.output;
  if (chosen >= channels) chosen = null;
  root.channel = chosen;

  // Figures
  const move = (y, x) => point(cell[0] + y, cell[1] + x);
  const inputs = mapFigure(picture ? "input" : "large input", height, width, {
    // The patch whose middle is nearest.
    point: (y, x) => point(Math.round((y + before[0] - (tall - 1) / 2) / stride[0]),
                           Math.round((x + before[1] - (wide - 1) / 2) / stride[1])),
    step: move,
  });
  const outputs = mapFigure("large output", rows, columns, { point, step: move });
  const seen = picture && mapFigure("small picture", picture.length, picture[0].length);
  const grid = make("table", "kernel");
  const kernelBox = make("figure", "kernel");
  const kernelWords = make("figcaption");
  kernelBox.append(grid, kernelWords, scaleBar(scales.kernel));
  inputs.box.append(scaleBar(scales.input), saveButton(inputs.canvas, "input"));
  outputs.box.append(scaleBar(scales.output), saveButton(outputs.canvas, "output"));
  outputs.caption(`${names.output}: ${rows} x ${columns}`);
  const row = make("div", "row");
  if (seen) row.append(seen.box);
  row.append(inputs.box, sign("·"), kernelBox, sign("="), outputs.box);

  // Controls
  const controls = make("div", "controls");
  const play = button("Play", () => (root.timer ? pause() : start()));
  const pace = make("input");
  Object.assign(pace, { type: "range", min: 0, max: SPEEDS.length - 1, step: 1, value: speed });
  pace.setAttribute("aria-label", "Speed");
  pace.addEventListener("input", () => {
    speed = root.speed = Number(pace.value);
    if (root.timer) start();
  });
  const label = make("label", "", "Speed ");
  label.append(pace);
  controls.append(
    make("span", "", "Step through:"),
    button("From the start", () => { pause(); goTo(0); }),
    play,
    button("Step", () => { pause(); goTo(Math.min(until, last()) === last() ? 0 : until); }),
    button("All", () => { pause(); until = Infinity; show(); }),
    label,
  );
  if (channels > 1) controls.append(channelPicker());

  const words = make("div", "words");
  words.setAttribute("aria-live", "polite");
  root.replaceChildren(row, controls, words);
  show();
  return () => {
    clearInterval(root.timer);
    root.timer = null;
  };

  function sign(text) {
    return make("span", "sign", text);
  }

  function button(text, action) {
    const made = make("button", "", text);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  function channelPicker() {
    const label = make("label", "", "Input map ");
    const select = make("select");
    select.append(new Option("the one that counts most here", ""));
    for (let channel = 0; channel < channels; channel++) select.append(new Option(channel, channel));
    select.value = chosen ?? "";
    select.addEventListener("change", () => {
      chosen = root.channel = select.value === "" ? null : Number(select.value);
      show();
    });
    label.append(select);
    root.select = select;
    return label;
  }

  // Stepping: the cells from number `until` on are still empty.
  function last() {
    return rows * columns;
  }
  function goTo(number) {
    until = number + 1;
    cell = root.cell = [Math.floor(number / columns), number % columns];
    show();
  }
  function start() {
    clearInterval(root.timer);
    if (until >= last()) until = 0;
    play.textContent = "Pause";
    root.timer = setInterval(() => (until >= last() ? pause() : goTo(until)), 1000 / SPEEDS[speed]);
  }
  function pause() {
    clearInterval(root.timer);
    root.timer = null;
    play.textContent = "Play";
  }

  function point(y, x) {
    if (root.timer) return; // the window is on its way
    cell = root.cell = [clamp(y, 0, rows - 1), clamp(x, 0, columns - 1)];
    show();
  }

  // The products of one channel: [pixel, weight] row by row, and their sum. Beyond the map are zeros.
  function products(channel) {
    const pairs = [];
    for (let m = 0; m < tall; m++)
      for (let n = 0; n < wide; n++) {
        const y = cell[0] * stride[0] - before[0] + m, x = cell[1] * stride[1] - before[1] + n;
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        const pixel = inside ? input.values[(y * width + x) * channels + channel] : 0;
        pairs.push([pixel, kernel.values[(m * wide + n) * channels + channel]]);
      }
    return { channel, pairs, sum: pairs.reduce((sum, [a, b]) => sum + a * b, 0) };
  }

  function show() {
    const all = Array.from({ length: channels }, (_, channel) => products(channel));
    const ordered = [...all].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const one = chosen === null ? ordered[0] : all[chosen];
    const total = all.reduce((sum, each) => sum + each.sum, 0);
    const top = cell[0] * stride[0] - before[0], left = cell[1] * stride[1] - before[1];
    inputs.paint(rowsOf(input, one.channel), scales.input);
    inputs.frame(top, left, tall, wide);
    inputs.caption(channels > 1 ? `${names.input}, map ${one.channel}: ${height} x ${width}`
                                : `${names.input}: ${height} x ${width}`);
    outputs.paint(output, scales.output, until);
    outputs.frame(...cell);
    if (seen) showField(seen, picture, scales.picture, fields, cell);
    showKernel(one);
    showWords(all, ordered, one, total);
  }

  function showKernel({ channel, pairs }) {
    grid.replaceChildren();
    for (let m = 0; m < tall; m++) {
      const line = grid.insertRow();
      for (let n = 0; n < wide; n++) {
        const weight = pairs[m * wide + n][1];
        const box = line.insertCell();
        box.textContent = Number(weight.toPrecision(2)).toString().replace("-", "\u2212");
        box.title = weight;
        box.style.background = colourOf(weight, scales.kernel);
        box.style.color = Math.abs(weight) > 0.6 * scales.kernel.high ? "#fff" : "#000";
      }
    }
    kernelWords.textContent = channels > 1 ? `Kernel for map ${channel}: ${tall} x ${wide}`
                                           : `Kernel: ${tall} x ${wide}`;
  }

  function showWords(all, ordered, one, total) {
    const lines = [make("p", "where", `Output at row ${cell[0]}, column ${cell[1]}`)];
    const written = one.pairs.map(([a, b]) => `${readable(a)}\u00b7${factor(b)}`).join(" + ");
    lines.push(make("p", "products",
      `${channels > 1 ? `Input map ${one.channel}: ` : ""}${written} = ${readable(one.sum)}`));
    if (channels > 1) {
      const chips = make("p", "chips");
      chips.append(`All ${channels} input maps, those that count most first: `);
      for (const { channel, sum } of ordered.slice(0, MOST)) {
        const chip = button(`${channel}: ${sum > 0 ? "+" : ""}${readable(sum)}`, () => {
          chosen = root.channel = channel;
          root.select.value = channel;
          show();
        });
        chip.setAttribute("aria-pressed", channel === one.channel);
        chips.append(chip, " ");
      }
      const rest = ordered.slice(MOST).reduce((sum, each) => sum + each.sum, 0);
      if (channels > MOST) chips.append(`the other ${channels - MOST}: ${readable(rest)}`);
      lines.push(chips);
    }
    const before = total + bias;
    const sum = `${readable(total)} + bias ${factor(bias)} = ${readable(before)}`;
    const after = relu ? `, and ReLU makes max(0, ${readable(before)}) = ${readable(Math.max(0, before))}` : "";
    lines.push(make("p", "formula", `Sum ${sum}${after}`));
    lines.at(-1).dataset.value = relu ? Math.max(0, before) : before;
    words.replaceChildren(...lines);
  }
}
