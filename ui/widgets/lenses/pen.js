// The pen on a drawing canvas of the page: its points while it moves, and its strokes. The canvas is
// another component's (Fabric.js), which keeps its points to itself until the pen is lifted.

// Follow the pen until `signal` aborts. `pen` has the points of the unfinished stroke in `pointed`,
// null while it is up. Calls `moved()`, `lifted(points)`, and `undone()` after the canvas's own undo.
function followPen(pen, { container, side }, signal, { moved, lifted, undone }) {
  const on = (kind, listener) => window.addEventListener(kind, listener, { capture: true, passive: true, signal });
  const canvasAt = (event) =>
    event.target.matches?.(`.st-key-${container} canvas[data-fabric="top"]`) ? event.target : null;
  const touchOf = (event) =>
    event.changedTouches && [...event.changedTouches].find((each) => each.identifier === pen.finger);

  const put = (canvas, at, finger) => {
    if (pen.pointed) return; // a second finger
    Object.assign(pen, { canvas, finger, pointed: [] });
    pen.pointed = [placeOn(canvas, side, at), placeOn(canvas, side, at)]; // as Fabric.js begins
    moved();
  };
  const move = (at) => {
    if (!pen.pointed || !at) return;
    const point = placeOn(pen.canvas, side, at);
    if (isSame(point, pen.pointed.at(-1))) return;
    pen.pointed.push(point);
    moved();
  };
  const lift = () => {
    const points = pen.pointed;
    pen.pointed = null;
    if (points) lifted(points);
  };
  on("mousedown", (event) => event.button === 0 && canvasAt(event) && put(canvasAt(event), event));
  on("mousemove", (event) => move(event));
  on("mouseup", (event) => event.button === 0 && lift());
  on("touchstart", (event) => {
    const [touch] = event.changedTouches;
    if (canvasAt(event)) put(canvasAt(event), touch, touch.identifier);
  });
  on("touchmove", (event) => move(touchOf(event)));
  on("touchend", (event) => touchOf(event) && lift());
  on("touchcancel", (event) => touchOf(event) && lift());
  on("click", (event) => event.target.closest?.('.dc-toolbar [title="Undo"]:not(:disabled)') && undone());
}

// A place on the screen in the pixels of a canvas `side` pixels wide.
function placeOn(canvas, side, { clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [((clientX - left) * side) / width, ((clientY - top) * side) / height];
}
