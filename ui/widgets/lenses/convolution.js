// One output value of a convolution: the input patch, the kernel, and the sum of their products.

const WHOLE_MS = 20_000; // playing a whole map
const SLOWEST_MS = 500; // a cell of a small map
const MOST_NUMBERS = 5; // in a row of the kernel; of a larger one, only the colours are shown
const LISTED = 8; // channels, those with the largest contributions

function showConvolution({ data, root, setTriggerValue }) {
  clearInterval(root.timer);
  root.timer = null;
  // Any rerun of the page draws the lens again: it goes on as it was unless its numbers are others.
  const shown = data.identity ?? [data.input, data.kernel, data.output].map((each) => each.base64).join();
  if (shown !== root.shown) Object.assign(root, { shown, playing: false, until: Infinity });
  const { bias, activation, stride, before, scales, names, fields } = data;
  const input = unpack(data.input), kernel = unpack(data.kernel);
  const output = rowsOf(unpack(data.output));
  const picture = data.picture && rowsOf(unpack(data.picture));
  const [height, width, channels] = input.shape, [tall, wide] = kernel.shape;
  const rows = output.length, columns = output[0].length, cells = rows * columns;
  let cell = root.cell ? [clamp(root.cell[0], 0, rows - 1), clamp(root.cell[1], 0, columns - 1)]
                       : strongest(output);
  // The channel that is shown; null: the one with the largest contribution.
  let chosen = root.name === names.output && root.channel < channels ? root.channel : null;
  let until = root.until;
  root.name = names.output;
  root.channel = chosen;

  // Figures
  const step = (y, x) => point(cell[0] + y, cell[1] + x);
  const inputs = mapFigure(picture ? "input" : "large input", height, width, {
    point: (y, x) => point(...nearestWindow(y, x, stride, before, [tall, wide])),
    step, scale: scales.input, file: "input",
  });
  const outputs = mapFigure("large output", rows, columns,
                            { point, step, scale: scales.output, file: "output" });
  const field = picture && mapFigure("small picture", picture.length, picture[0].length);
  const grid = make("table", "kernel"), kernelLabel = make("figcaption");
  const kernelBox = make("figure", "kernel", "", grid, kernelLabel, scaleBar(scales.kernel));
  const sign = (text) => make("span", "sign", text);

  // Controls
  const play = button("Play", () => (root.timer ? pause() : start()));
  const position = slider("Position", { min: 0, max: cells - 1, step: 1 }, (number) => {
    pause();
    goTo(number);
  });
  const select = channels > 1 && channelSelect();
  const controls = make("div", "controls", "",
    play,
    position,
    button("Step", () => { pause(); goTo(until < cells ? until : 0); }),
    button("All", () => { pause(); until = root.until = Infinity; show(); }),
    ...(select ? [make("label", "", "Input map ", select)] : []),
  );

  const words = liveText();
  const figures = [inputs.box, sign("\u00b7"), kernelBox, sign("="), outputs.box];
  root.refresh = show; // after other weights
  const planes = row(...(field ? [field.box] : []), ...figures);
  planes.classList.add("planes");
  fill(root, controls, together(planes, words));
  show();
  if (root.playing) start();
  return () => { // also before it is drawn again
    clearInterval(root.timer);
    root.timer = null;
  };

  function channelSelect() {
    const element = make("select");
    element.append(new Option("largest contribution", ""));
    for (let channel = 0; channel < channels; channel++) element.append(new Option(channel, channel));
    element.value = chosen ?? "";
    element.addEventListener("change", () => choose(element.value === "" ? null : Number(element.value)));
    return element;
  }

  function choose(channel) {
    chosen = root.channel = channel;
    select.value = channel ?? "";
    show();
  }

  // Stepping: cells from number `until` on are still empty.
  function goTo(number) {
    until = root.until = number + 1;
    cell = root.cell = [Math.floor(number / columns), number % columns];
    show();
  }
  function start() {
    clearInterval(root.timer);
    const from = until < cells ? until : 0, begun = performance.now();
    const cell_ms = Math.min(WHOLE_MS / cells, SLOWEST_MS);
    play.textContent = "Pause";
    root.playing = true;
    root.timer = setInterval(() => {
      goTo(Math.min(from + Math.floor((performance.now() - begun) / cell_ms), cells - 1));
      if (until === cells) pause();
    }, cell_ms);
  }
  function pause() {
    clearInterval(root.timer);
    root.timer = null;
    root.playing = false;
    play.textContent = "Play";
  }

  function point(y, x) {
    if (root.timer) return; // the window is moving
    cell = root.cell = [clamp(y, 0, rows - 1), clamp(x, 0, columns - 1)];
    report(cell.join(", "));
    show();
  }

  // Tell the server once that enough different cells were pointed at, if it asked for that.
  function report(place) {
    if (!data.report_after || root.pointed?.has(place)) return;
    root.pointed = (root.pointed ?? new Set()).add(place);
    if (root.pointed.size === data.report_after) setTriggerValue("pointed", true);
  }

  // The products of one channel: [pixel, weight] row by row, and their sum. Padding is zeros.
  function products(channel) {
    const pairs = [], [top, left] = windowStart(cell, stride, before);
    for (let m = 0; m < tall; m++)
      for (let n = 0; n < wide; n++) {
        const y = top + m, x = left + n;
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
    inputs.paint(rowsOf(input, one.channel), scales.input);
    inputs.frame(...windowStart(cell, stride, before), tall, wide);
    inputs.caption(`${names.input}${channels > 1 ? `, map ${one.channel}` : ""}: ${inputs.size()}`);
    outputs.paint(output, scales.output, until);
    outputs.frame(...cell);
    outputs.caption(`${names.output}: ${outputs.size()}`);
    const place = position.querySelector("input");
    place.value = cell[0] * columns + cell[1];
    place.setAttribute("aria-valuetext", `row ${cell[0]}, column ${cell[1]}`);
    if (field) showField(field, picture, scales.picture, fields, cell);
    showKernel(one);
    showWords(all, ordered, one, total);
  }

  function showKernel({ channel, pairs }) {
    grid.replaceChildren();
    grid.className = `kernel ${wide > MOST_NUMBERS ? "many" : wide > 3 ? "wide" : ""}`;
    grid.style.setProperty("--cells", tall);
    for (let m = 0; m < tall; m++) {
      const line = grid.insertRow();
      for (let n = 0; n < wide; n++) {
        const weight = pairs[m * wide + n][1], box = line.insertCell();
        box.textContent = Number(weight.toPrecision(2)).toString().replace("-", "\u2212");
        box.title = weight;
        box.style.background = colourOf(weight, scales.kernel);
        box.style.color = Math.abs(weight) > 0.6 * scales.kernel.high ? "#fff" : "#000";
      }
    }
    kernelLabel.textContent = `Kernel${channels > 1 ? ` for map ${channel}` : ""}: ${tall} x ${wide}`;
  }

  function showWords(all, ordered, one, total) {
    const lines = [make("p", "where", `Output at row ${cell[0]}, column ${cell[1]}`)];
    const products = one.pairs.map(([a, b]) => `${readable(a)}\u00b7${factor(b)}`).join(" + ");
    lines.push(make("p", "products",
      `${channels > 1 ? `Input map ${one.channel}: ` : ""}${products} = ${readable(one.sum)}`));
    if (channels > 1) {
      const chips = make("p", "chips");
      chips.append(`All ${channels} input maps, largest contribution first: `);
      for (const { channel, sum } of ordered.slice(0, LISTED)) {
        const chip = button(`${channel}: ${sum > 0 ? "+" : ""}${readable(sum)}`, () => choose(channel));
        chip.setAttribute("aria-pressed", channel === one.channel);
        chips.append(chip, " ");
      }
      const rest = ordered.slice(LISTED).reduce((sum, each) => sum + each.sum, 0);
      if (channels > LISTED) chips.append(`the other ${channels - LISTED}: ${readable(rest)}`);
      lines.push(chips);
    }
    const sum = bias === null ? "Sum =" : `Sum ${readable(total)} + bias ${factor(bias)} =`;
    lines.push(sumFormula(sum, total + bias, activation, output[cell[0]][cell[1]]));
    fill(words, ...lines);
  }
}
