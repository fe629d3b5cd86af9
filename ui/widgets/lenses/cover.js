// What lies over the server's answer while one draws, looking the same. It is hidden from screen
// readers, which read the settled answer.

const AMBIGUITY_THRESHOLD = 0.8; // cnn.evaluation.decision

// Show the answer for `image`, 28 x 28 grey levels, with a caption if there is one; null: nothing is drawn.
function cover({ classes, threshold, rejected }, image, probabilities, caption = "") {
  if (!probabilities?.every(Number.isFinite)) return uncover();
  coverPart(".st-key-prediction", answerOf(probabilities, threshold, classes, rejected));
  const input = inputOf(image);
  if (caption) input.append(make("div", "caption", caption));
  coverPart(".st-key-model_input", input);
  coverPart(".st-key-probabilities", barsOf(probabilities));
  return undefined;
}

function coverPart(place, content) {
  const part = document.querySelector(place);
  if (!part || !content) return;
  const over = part.querySelector(":scope > .live") ?? part.appendChild(make("div", "live"));
  over.setAttribute("aria-hidden", "true");
  over.replaceChildren(content);
  part.dataset.live = "";
}

function uncover() {
  for (const part of document.querySelectorAll("[data-live]")) {
    delete part.dataset.live;
    part.querySelector(":scope > .live")?.remove();
  }
}

// The twin of cnn.evaluation.decision.decide.
function decide(probabilities, threshold) {
  const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[b] - probabilities[a] || b - a);
  const [best, second] = order, confidence = probabilities[best];
  if (confidence >= threshold) return { kind: "digit", best, second, confidence };
  const isUnsure = confidence + probabilities[second] >= AMBIGUITY_THRESHOLD;
  return { kind: isUnsure ? "unsure" : "not_a_digit", best, second, confidence };
}

// The twin of ui.widgets.display.show_answer.
function answerOf(probabilities, threshold, classes, rejected) {
  const { kind, best, second, confidence } = decide(probabilities, threshold);
  const [first, other] = [classes[best], classes[second]];
  const [tag, verdict, note] = {
    digit: ["b", first, percent(confidence)],
    unsure: ["em", `Unsure: ${first} or ${other}?`, `${percent(confidence)} for ${first}`],
    not_a_digit: ["em", rejected, `closest: ${first} (${percent(confidence)}) or ${other}`],
  }[kind];
  const size = [...first].length === 1 ? "" : " named";
  return make("p", `answer ${kind}${size}`, "", make(tag, "", verdict), " ", make("span", "", note));
}

function inputOf(image) {
  const canvas = Object.assign(make("canvas"), { width: IMAGE_SIDE, height: IMAGE_SIDE });
  const pixels = new ImageData(IMAGE_SIDE, IMAGE_SIDE);
  image.forEach((grey, i) => pixels.data.set([grey, grey, grey, 255], 4 * i));
  penOf(canvas).putImageData(pixels, 0, 0);
  return make("div", "", "", canvas);
}

// A copy of the server's bars, which have the names of the classes, with other lengths.
function barsOf(probabilities) {
  const bars = document.querySelector(".st-key-probabilities table")?.cloneNode(true);
  const best = probabilities.indexOf(Math.max(...probabilities));
  bars?.querySelectorAll("tr").forEach((line, i) => {
    line.className = i === best ? "best" : "";
    line.querySelector("i").style.width = `${(100 * probabilities[i]).toFixed(1)}%`;
    line.lastElementChild.textContent = percent(probabilities[i]);
  });
  return bars;
}
