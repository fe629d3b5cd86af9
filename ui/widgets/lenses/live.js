// The answer while one draws: the network runs here at each frame in which the pen moves. The server's
// answer after the stroke is the one that counts: until it comes, what is computed here lies over the
// server's elements, which are hidden, not changed.

const LOADED = "network-loaded"; // the event that the network has arrived
const VIEWS = {
  answer: showAnswer,
  prediction: (args) => followChoices(PredictionView, args),
  layers: (args) => followChoices(LayersView, args),
  sheets: (args) => followChoices(SheetsView, args),
};
const WAIT_MS = 15_000; // for strokes of the server that are as many as those drawn here
const SLOW_MS = 30; // of a frame; after a longer one the pen gets as much time as it took
const TOLERANCE = 2e-3; // of probabilities

// Comes with the network, once. Streamlit sends a component's code with each of its messages, so what
// changes with each stroke or picture has a component of its own, view.js, which calls one of VIEWS.
export default function ({ data }) {
  globalThis.liveViews = VIEWS;
  globalThis.liveNetwork = readNetwork(data);
  dispatchEvent(new Event(LOADED));
}

// Returns the function that ends it, as all views.
function showAnswer({ data, parentElement }) {
  const root = parentElement.querySelector(".lens");
  const live = (root.live ??= new LiveAnswer(root, data.all));
  live.listen(data);
  live.update({ ...data, palette: rgbOf(data.colours), image: data.image && pixelsOf(data.image) });
  return () => live.stop();
}

// strokes: those that are finished; server: what it sent last; answered: what was computed for the
// drawing since, {image, probabilities}, or null.
class LiveAnswer {
  constructor(root, all) {
    Object.assign(this, { root, pen: { pointed: null }, strokes: [], answered: null });
    const strips = new MapStrips(root, all);
    this.views = all ? [strips, new ThreePoolings(root), new ConnectionLines(root, strips)] : [strips];
  }

  listen({ container, side }) {
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    followPen(this.pen, { container, side }, signal, {
      moved: () => this.request(),
      lifted: (points) => this.change([...this.strokes, this.strokeOf(points)]),
      undone: () => this.change(this.strokes.slice(0, -1)),
    });
    addEventListener(LOADED, () => this.request(), { signal });
  }

  stop() {
    this.controller.abort();
    clearTimeout(this.late);
    uncover();
  }

  // The server's strokes count unless others were drawn here since. Then they count as soon as they are
  // as many; if the server has put another drawing on the canvas (another mark); and if they stay
  // other ones for a while, as when Fabric.js has not taken a stroke.
  update(server) {
    const isOther = server.mark !== this.server?.mark || server.network !== this.server.network;
    const isMine = this.strokes !== this.server?.strokes;
    this.server = server;
    clearTimeout(this.late);
    if (isOther) this.answered = null;
    if (isOther || !isMine || server.strokes.length === this.strokes.length) this.strokes = server.strokes;
    else this.late = setTimeout(() => this.change(this.server.strokes), WAIT_MS);
    this.request();
  }

  change(strokes) {
    this.strokes = strokes;
    clearTimeout(this.late);
    this.request();
  }

  strokeOf(points) {
    return { points: penLine(points, this.server.brush), width: this.server.brush };
  }

  // Draw once, at the next frame; after a slow one there is none for a while.
  request() {
    this.isWanted = true;
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      const began = performance.now();
      this.isWanted = false;
      this.tryToDraw();
      const took = performance.now() - began;
      setTimeout(() => {
        this.isWaiting = false;
        if (this.isWanted) this.request();
      }, took > SLOW_MS ? took : 0);
    });
  }

  // Without this component the page answers as well, after each stroke.
  tryToDraw() {
    try {
      if (this.root.isConnected && !this.hasFailed) this.draw();
    } catch (error) {
      this.hasFailed = true;
      this.stop();
      this.root.replaceChildren();
      console.warn("The answer while drawing failed:", error);
    }
  }

  draw() {
    const network = globalThis.liveNetwork;
    if (network?.key !== this.server.network) uncover();
    else if (this.pen.pointed || this.strokes !== this.server.strokes) this.drawMoving(network.layers);
    else this.drawSettled(network.layers);
  }

  drawMoving(layers) {
    const { pointed } = this.pen;
    const strokes = pointed ? [...this.strokes, this.strokeOf(pointed)] : this.strokes;
    const image = normalizeStrokes(strokes, this.server.side);
    const outputs = image && activations(layers, image);
    const probabilities = outputs ? [...outputs.at(-1).values] : null;
    this.answered = outputs && { image, probabilities };
    delete this.root.dataset.agrees;
    cover(this.server, image, probabilities);
    this.show(layers, outputs);
  }

  show(layers, outputs) {
    for (const view of this.views) view.show(layers, outputs, this.server.palette);
  }

  drawSettled(layers) {
    uncover();
    const { image } = this.server;
    const outputs = image && activations(layers, image);
    this.show(layers, outputs);
    if (image) this.compare(this.answered ?? { image, probabilities: [...outputs.at(-1).values] });
    this.answered = null;
  }

  // The server's answer is shown in any case.
  compare(here) {
    const { image, probabilities } = this.server;
    const apart = (a, b) => a.reduce((most, each, i) => Math.max(most, Math.abs(each - b[i])), 0);
    const differences = [apart(here.probabilities, probabilities), apart(here.image, image)];
    const agrees = differences[0] <= TOLERANCE && differences[1] <= 1;
    this.root.dataset.agrees = agrees;
    if (!agrees)
      console.warn("Computed while drawing, probabilities and pixels differ from the server's by", ...differences);
  }
}
