// A confusion matrix to click on. Counts or percent of a row is chosen here; only the cell that is
// clicked is told to the server.

export default function ({ data, parentElement, setTriggerValue }) {
  const { counts, titles, picked } = data;
  const root = parentElement.querySelector(".lens");
  const digits = counts.map((_, digit) => digit);
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const cells = digits.map((row) => digits.map((column) => cell(row, column)));
  // What is chosen here; kept when the page is run again.
  const seen = (root.seen ??= { percent: false, at: [0, 0] });
  if (picked) seen.at = picked;

  const choices = [["Counts", false], ["Percent of row", true]].map(([text, percent]) => {
    const made = make("button", "", text);
    made.type = "button";
    made.addEventListener("click", () => {
      seen.percent = percent;
      show();
    });
    return made;
  });
  const controls = make("div", "controls");
  controls.setAttribute("role", "group");
  controls.setAttribute("aria-label", "What the cells show");
  controls.append(...choices);
  const legend = make("div", "legend");
  const sheet = make("div", "sheet");
  sheet.append(table());

  const focused = root.getRootNode().activeElement?.closest?.(".cell");
  root.replaceChildren(controls, sheet, legend);
  show();
  if (focused) cells[seen.at[0]][seen.at[1]].focus();

  function cell(row, column) {
    const made = make("button", row === column ? "cell right" : "cell");
    made.type = "button";
    made.title = titles[row][column];
    made.setAttribute("aria-pressed", String(picked?.[0] === row && picked?.[1] === column));
    made.addEventListener("click", () => {
      stand(row, column);
      setTriggerValue("cell", [row, column]);
    });
    made.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!by) return;
      event.preventDefault();
      stand(clamp(row + by[0], 0, digits.length - 1), clamp(column + by[1], 0, digits.length - 1));
    });
    return made;
  }

  // A hundred cells are one stop of the Tab key; within, the arrow keys lead.
  function stand(row, column) {
    seen.at = [row, column];
    cells.flat().forEach((each) => { each.tabIndex = -1; });
    cells[row][column].tabIndex = 0;
    cells[row][column].focus();
  }

  function table() {
    const made = make("table");
    made.setAttribute("aria-label", "Confusion matrix; arrow keys move from cell to cell, Enter shows its digits");
    const names = (kind, text) => Object.assign(make("th", kind, text), { scope: kind === "axis" ? "colgroup" : "col" });
    const top = make("tr"), heads = make("tr");
    top.append(make("td"), make("td"), Object.assign(names("axis", "read as"), { colSpan: digits.length }));
    heads.append(make("td"), make("td"), ...digits.map((digit) => names("", `${digit}`)));
    made.append(top, heads);
    for (const row of digits) {
      const line = make("tr");
      if (row === 0) {
        const side = Object.assign(make("th", "axis side"), { rowSpan: digits.length, scope: "rowgroup" });
        side.append(make("span", "", "the digit is"));
        line.append(side);
      }
      line.append(Object.assign(make("th", "", `${row}`), { scope: "row" }));
      for (const column of digits) {
        const place = make("td");
        place.append(cells[row][column]);
        line.append(place);
      }
      made.append(line);
    }
    return made;
  }

  // Right and wrong answers have a scale each: on one, a few mistakes among thousands were unseen.
  function show() {
    const value = (row, column) => (seen.percent ? (100 * counts[row][column]) / (totals[row] || 1) : counts[row][column]);
    const most = (wanted) => Math.max(...digits.flatMap((row) =>
      digits.filter((column) => (row === column) === wanted).map((column) => value(row, column))));
    const [right, wrong] = [most(true), most(false)];
    digits.forEach((row) => digits.forEach((column) => {
      const made = cells[row][column], share = value(row, column) / ((row === column ? right : wrong) || 1);
      made.style.setProperty("--share", share);
      made.textContent = words(value(row, column));
      made.setAttribute("aria-label", `${titles[row][column]}${seen.percent ? `, ${made.textContent} percent` : ""}`);
      made.classList.toggle("none", !counts[row][column]);
      made.tabIndex = row === seen.at[0] && column === seen.at[1] ? 0 : -1;
    }));
    choices.forEach((each, i) => each.setAttribute("aria-pressed", String(seen.percent === Boolean(i))));
    legend.replaceChildren(bar("read right", "right", right), bar("read wrong", "", wrong));
  }

  // In percent, never rounded to 0 or 100 where it is neither.
  function words(value) {
    if (!seen.percent || value === 0) return value.toLocaleString("en-GB");
    if (value < 0.05) return "<0.1";
    return value > 99.95 && value < 100 ? ">99.9" : value.toFixed(value === 100 ? 0 : 1);
  }

  function bar(name, kind, most) {
    const made = make("div", `scale ${kind}`);
    made.append(make("b", "", name), make("span", "", "0"), make("i"),
                make("span", "", `${words(most)}${seen.percent ? "\u00a0%" : ""}`));
    return made;
  }
}
