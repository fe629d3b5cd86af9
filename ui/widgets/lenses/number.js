// A picture with a numbered box around each digit, and a tile for each of the first ones: its
// network input and prediction. A click on a box or a tile opens the digit.

export default function ({ data, parentElement, setTriggerValue }) {
  const open = (number) => () => setTriggerValue("opened", number);
  const boxes = data.boxes.map(({ place, words, accepted }, number) => {
    const name = accepted ? "box" : "box rejected", title = `${words}. ${data.action}`;
    const box = button("", open(number), { name, title });
    box.setAttribute("aria-label", title);
    if (number) box.tabIndex = -1; // the arrow keys lead to it: Tab must not stop 300 times
    ["left", "top", "width", "height"].forEach((side, i) => (box.style[side] = `${place[i]}%`));
    if (data.numbered) box.append(make("span", place[1] < 8 ? "within" : "", number + 1));
    return box;
  });
  const image = Object.assign(make("img"), { src: data.picture, alt: data.alt });
  const picture = make("div", "picture", "", image, ...boxes);
  picture.style.width = `${data.width}px`;
  picture.style.aspectRatio = data.ratio;
  const tiles = data.tiles.map((source, number) => {
    const tile = button("", open(number), { name: "tile", title: data.action });
    const input = Object.assign(make("img"), { src: source, alt: "" });
    tile.append(input, make("span", "", data.boxes[number].words));
    return tile;
  });
  // Where one points at a digit, its box and its tile are marked.
  tiles.forEach((tile, number) => {
    for (const [from, to] of [[tile, boxes[number]], [boxes[number], tile]])
      for (const [event, on] of [["pointerenter", true], ["pointerleave", false]])
        from.addEventListener(event, () => to.classList.toggle("marked", on));
  });
  walkButtons(picture);
  fill(parentElement.querySelector(".lens"), row(picture, make("div", "tiles", "", ...tiles)));
}
