// The rows of a network: a layer each, with its fields, what the server says of it, and buttons.
//
// The rows are kept here and sent to the server, which answers with the facts of each. Every edit
// has a number: an answer to an earlier one is left aside, as more has been typed since. `put` is
// the number of the last network that the server has put here, in place of what was there; the
// server ignores edits of the one before. `of` is the number of the one whose settings, which came
// with it, are in the form: *Undo* and *Redo* change it, and the server restores them.

const TYPING_MS = 150, SETTLED_MS = 800; // after the last key
const editor = { put: null, of: 0, number: 0, rows: [], past: [], future: [], typing: "", made: 0 };

const copy = (rows) => rows.map((each) => ({ ...each, texts: { ...each.texts } }));
const present = () => ({ rows: copy(editor.rows), of: editor.of });
// The browser gives no text of a number field that is no number.
const typed = (input) => (input.validity.badInput ? "?" : input.value);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".lens");
  root.editor ??= build(root);
  root.editor.update(data, setStateValue);
}

function build(root) {
  let data, send; // of the last run of the page
  let timers = [];
  const elements = new Map(); // by row id
  const list = make("div", "rows"), totals = make("table", "totals"), note = make("p", "note");
  const undoButton = button("Undo", () => step(editor.past, editor.future), { title: "Ctrl+Z" });
  const redoButton = button("Redo", () => step(editor.future, editor.past), { title: "Ctrl+Y" });
  const addLast = button("Add layer", () => add(editor.rows.length), { name: "add" });
  const starts = make("span", "starts");
  const bar = make("div", "bar", "", starts, undoButton, redoButton);
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Layers");
  const foot = make("div", "bar", "", addLast,
    make("span", "hint", "Alt+\u2191 and Alt+\u2193 move a row, Ctrl+Z undoes"));
  note.setAttribute("role", "alert");
  root.replaceChildren(bar, list, foot, note, totals);
  root.addEventListener("keydown", onKey);

  function update(newData, setStateValue) {
    data = newData;
    send = setStateValue;
    // Another network from the server, or edits of this session that this tab has not seen.
    if (data.put !== editor.put || data.number > editor.number) take();
    if (!list.children.length || list.children.length !== editor.rows.length) show();
    if (data.number === editor.number) keepingPlace(answer);
    marks();
  }

  function take() {
    const rows = data.rows.map(({ id, kind, texts }) => ({ id, kind, texts: { ...texts } }));
    if (editor.put !== null && !same(contents(rows), contents(editor.rows))) {
      editor.past.push(present());
      editor.future = [];
    }
    timers.forEach(clearTimeout);
    Object.assign(editor, { put: data.put, of: data.of, number: data.number, rows, typing: "" });
    show();
  }

  const contents = (rows) => rows.map(({ kind, texts }) => [kind, texts]);

  // Change the rows: `typing` names the field of what is typed, which is undone in one step.
  function edit(change, typing = "") {
    if (!typing || typing !== editor.typing) {
      editor.past.push(present());
      if (editor.past.length > 100) editor.past.shift();
    }
    editor.future = [];
    editor.typing = typing;
    change();
    sent(typing ? TYPING_MS : 0);
  }

  function step(from, to) {
    if (!from.length) return;
    to.push(present());
    Object.assign(editor, from.pop(), { typing: "" });
    show();
    sent(0);
  }

  function sent(after) {
    editor.number += 1;
    timers.forEach(clearTimeout);
    // The page around the rows, as its address, follows when nothing is typed any more.
    timers = after ? [setTimeout(flush, after, false), setTimeout(flush, SETTLED_MS, true)] : [];
    if (!after) flush(true);
    marks();
  }

  function flush(settled) {
    const { put, of, number, rows } = editor;
    send("edit", { put, of, number, settled, rows });
  }

  // Also before a click on *Start training* is sent.
  function flushNow() {
    if (!timers.length) return;
    timers.forEach(clearTimeout);
    timers = [];
    flush(true);
  }

  function add(at) {
    const before = editor.rows[at - 1];
    const facts = before && data.rows.find((each) => each.id === before.id);
    const kind = facts && !facts.maps ? "Dense" : "Conv2D";
    const id = `n${data.put}-${editor.number}-${editor.made++}`;
    const texts = { ...data.kinds[kind].texts };
    edit(() => editor.rows.splice(at, 0, { id, kind, texts }));
    show();
    elements.get(id).kind.focus();
  }

  function remove(id) {
    const at = editor.rows.findIndex((each) => each.id === id);
    edit(() => editor.rows.splice(at, 1));
    show();
    const next = editor.rows[Math.min(at, editor.rows.length - 1)];
    (next ? elements.get(next.id).remove : addLast).focus();
  }

  function move(id, by) {
    const at = editor.rows.findIndex((each) => each.id === id);
    if (at + by < 0 || at + by >= editor.rows.length) return;
    edit(() => editor.rows.splice(at + by, 0, ...editor.rows.splice(at, 1)));
    keepingFocus(show);
    elements.get(id).item.scrollIntoView({ block: "nearest" });
  }

  function change(row, kind) {
    edit(() => {
      const fresh = data.kinds[kind].texts;
      const kept = Object.keys(fresh).map((name) => [name, row.texts[name] ?? fresh[name]]);
      Object.assign(row, { kind, texts: Object.fromEntries(kept) });
    });
    show();
  }

  function onKey(event) {
    event.stopPropagation(); // Streamlit and the lecture view have keys for the rest of the page
    const key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
    if (command && (key === "z" || key === "y")) {
      event.preventDefault();
      const redo = key === "y" || event.shiftKey;
      keepingFocus(() => (redo ? step(editor.future, editor.past) : step(editor.past, editor.future)));
    }
    const item = event.target.closest(".layer");
    if (event.altKey && item && (key === "arrowup" || key === "arrowdown")) {
      event.preventDefault();
      move(item.dataset.id, key === "arrowup" ? -1 : 1);
    }
  }

  // The focus stays in the same control, also if its row moves; in its row if the field is gone.
  function keepingFocus(act) {
    const active = root.getRootNode().activeElement, item = active?.closest(".layer");
    act();
    if (!item || !root.contains(item)) {
      if (active && !root.contains(active)) addLast.focus();
      return;
    }
    const row = elements.get(item.dataset.id);
    const field = active.dataset.name && row?.inputs.get(active.dataset.name);
    (field || (root.contains(active) ? active : row?.kind))?.focus();
  }

  // What appears above the field that is typed in must not move it in the window.
  function keepingPlace(act) {
    const active = root.getRootNode().activeElement;
    const top = active?.getBoundingClientRect().top;
    act();
    const moved = active ? active.getBoundingClientRect().top - top : 0;
    if (moved) document.querySelector('[data-testid="stMain"]')?.scrollBy(0, moved);
  }

  // Make the list what `editor.rows` is; the elements of rows that stay are kept.
  function show() {
    const ids = new Set(editor.rows.map((each) => each.id));
    for (const id of elements.keys())
      if (!ids.has(id)) {
        elements.get(id).item.remove();
        elements.delete(id);
      }
    editor.rows.forEach((row, at) => {
      let element = elements.get(row.id);
      if (!element) elements.set(row.id, (element = rowElement(row.id)));
      if (list.children[at] !== element.item) list.insertBefore(element.item, list.children[at] ?? null);
      element.show(row, at);
    });
    marks();
  }

  function marks() {
    if (!data) return;
    undoButton.setAttribute("aria-disabled", !editor.past.length);
    redoButton.setAttribute("aria-disabled", !editor.future.length);
    root.classList.toggle("waiting", data.number < editor.number);
    if (!starts.children.length)
      starts.append(make("span", "", "Start from"), ...data.starts.map(({ title, rows }) =>
        button(title, () => {
          const fresh = rows.map((row, at) => ({ ...row, id: `s${editor.number}-${at}`, texts: { ...row.texts } }));
          edit(() => (editor.rows = fresh));
          show();
        })));
  }

  // Show what the server has answered to the rows as they are now.
  function answer() {
    for (const row of data.rows) elements.get(row.id)?.tell(row);
    tell(note, data.problem);
    const headed = (first, cells) => make("tr", "", "", first, ...cells);
    const [[, ...columns], ...lines] = data.totals;
    const heads = columns.map((each) => Object.assign(make("th", "", each), { scope: "col" }));
    totals.replaceChildren(
      make("thead", "", "", headed(make("td"), heads)),
      make("tbody", "", "", ...lines.map(([name, ...values]) => headed(
        Object.assign(make("th", "", name), { scope: "row" }),
        values.map((each) => make("td", "", each))))));
  }

  function tell(element, text) {
    if (element.textContent !== text) element.textContent = text; // else it would be read again
    element.hidden = !text;
  }

  function rowElement(id) {
    const find = () => editor.rows.find((each) => each.id === id);
    const item = make("div", "layer"), fields = make("div", "fields"), facts = make("p", "facts");
    const problem = make("p", "problem"), kind = make("select", "kind"), inputs = new Map();
    item.dataset.id = id;
    item.setAttribute("role", "group");
    problem.setAttribute("role", "alert");
    problem.hidden = true;
    kind.append(...Object.keys(data.kinds).map((each) => new Option(each)));
    kind.addEventListener("change", () => change(find(), kind.value));
    const place = () => editor.rows.indexOf(find());
    const buttons = {
      up: button("\u2191", () => move(id, -1)),
      down: button("\u2193", () => move(id, 1)),
      after: button("+", () => add(place() + 1)),
      remove: button("\u00d7", () => remove(id)),
    };
    const actions = make("div", "actions", "", ...Object.values(buttons));
    item.append(make("div", "line", "", kind, fields, actions), facts, problem);
    let shownKind = null;

    function field(argument) {
      const { name, label, values } = argument, input = make(values ? "select" : "input");
      input.dataset.name = name;
      if (values) input.append(...values.map((each) => new Option(each)));
      else Object.assign(input, { type: "number", min: argument.low, max: argument.high,
        step: argument.step, inputMode: argument.step < 1 ? "decimal" : "numeric" });
      input.addEventListener(values ? "change" : "input", () =>
        edit(() => (find().texts[name] = typed(input)), values ? "" : `${id} ${name}`));
      input.addEventListener("blur", () => {
        editor.typing = "";
        flushNow();
      });
      inputs.set(name, input);
      return make("label", `field ${name}`, "", make("span", "", label), input);
    }

    function show(row, at) {
      if (row.kind !== shownKind) {
        const { kind: chosen } = row, active = item.getRootNode().activeElement;
        inputs.clear();
        fields.replaceChildren(...data.kinds[chosen].fields.map(field));
        shownKind = kind.value = chosen;
        facts.textContent = "\u00a0";
        if (active?.dataset.name && !item.contains(active)) kind.focus();
      }
      for (const [name, input] of inputs)
        if (typed(input) !== row.texts[name]) input.value = row.texts[name];
      const number = at + 1, last = editor.rows.length - 1, what = `layer ${number}, ${row.kind}`;
      item.setAttribute("aria-label", `Layer ${number}: ${row.kind}`);
      kind.setAttribute("aria-label", `Kind of layer ${number}`);
      for (const [name, text] of [["up", `Move up ${what}`], ["down", `Move down ${what}`],
        ["after", `Add a layer after ${what}`], ["remove", `Remove ${what}`]]) {
        buttons[name].setAttribute("aria-label", text);
        buttons[name].title = text;
      }
      buttons.up.setAttribute("aria-disabled", at === 0);
      buttons.down.setAttribute("aria-disabled", at === last);
    }

    return {
      item, kind, inputs, show, remove: buttons.remove,
      tell(row) {
        facts.replaceChildren(...row.facts.map(([name, text]) =>
          make("span", "fact", "", make("span", "what", name), ` ${text}`)));
        facts.prepend(make("b", "name", row.name));
        tell(problem, row.problem);
        item.classList.toggle("wrong", Boolean(row.problem));
      },
    };
  }

  return { update };
}
