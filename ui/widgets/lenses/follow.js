// Views of the chosen picture in the network, which are drawn again at each choice made here.

// What is shown: what the server sent, {number, image, title, layer, map, ...}, with the later choices.
function withChoices(server) {
  if (server.number >= explored.number) Object.assign(explored, { picture: null, opened: null });
  return { ...server, ...explored.picture, ...explored.opened };
}

// Show the component `args` by a View, which is made once for it: view.draw(shown, layers, outputs) is
// called now and at each choice, once the network is here; until then what was drawn stays. Returns the
// function that ends it.
function followChoices(View, { data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lens");
  const view = (root.view ??= new View(root));
  view.send = setTriggerValue;
  const draw = () => {
    const shown = withChoices(data), network = globalThis.liveNetwork;
    if (network?.key === data.network) view.draw(shown, network.layers, outputsOf(network, shown.image));
  };
  draw();
  view.following?.abort();
  view.following = new AbortController();
  for (const event of [CHOSEN, LOADED]) addEventListener(event, draw, { signal: view.following.signal });
  return () => {
    view.following.abort();
    view.stop?.();
  };
}

const computed = {}; // the last outputs, as several views show them

// The outputs of all layers for a picture, 28 x 28 bytes in base64.
function outputsOf(network, image) {
  if (computed.network !== network || computed.image !== image)
    Object.assign(computed, { network, image, outputs: activations(network.layers, pixelsOf(image)) });
  return computed.outputs;
}

const pixelsOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
