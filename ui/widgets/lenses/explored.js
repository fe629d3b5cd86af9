// What was chosen here on Explore and the server has not answered yet. Each choice has a number, which
// the server sends back: what it sends for an earlier one is outdated.

const CHOSEN = "explore-chosen"; // the event
const explored = (globalThis.explored ??= { number: 0, picture: null, opened: null });

// `change`: {picture: {image, title}} or {opened: {layer, map}}; `message`: the same for the server.
function chooseHere(change, message, send) {
  explored.number += 1;
  Object.assign(explored, change);
  send("choice", { ...message, number: explored.number });
  dispatchEvent(new Event(CHOSEN));
}
