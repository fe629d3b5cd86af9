// *Add* takes the drawing and, with the server's answer, clears the canvas. Two things are late:
// the canvas sends a stroke 200 ms after its end, so *Add* waits for that, or the drawing that is
// added would lack its last stroke; and the answer replaces all that is on the canvas, so what is
// drawn until then would be lost. It is held back, and drawn when the canvas is blank.

const SENT_MS = 260; // after the end of a stroke
const LONGEST_MS = 5000; // without an answer
const BLANK_MS = 500; // after the answer, if the drawing could not be added and stays
// What Fabric.js listens to. Pointer events are left alone: to cancel them would suppress these.
const STARTS = ["mousedown", "touchstart"];
const MOVES = ["mousemove", "touchmove"];
const ENDS = ["mouseup", "touchend", "touchcancel"];
const LISTENING = { capture: true, passive: false };

let ended = -Infinity; // when the last stroke did
let held = null; // events on the canvas since *Add*; null if none is held back
let isDown = false; // whether a stroke that is held back goes on
let again = false; // *Add* was pressed for what is held back
let passing = false; // the click that follows is this code's
let answers = null, timer = null;

const addButton = () => document.querySelector(".st-key-add_drawing button");
const onCanvas = (event) => event.target.closest?.(".st-key-canvas canvas");

function stop(event) {
  if (event.cancelable) event.preventDefault();
  event.stopImmediatePropagation();
}

function isBlank() {
  const canvas = document.querySelector(".st-key-canvas canvas.dc-canvas");
  const pixels = canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return !pixels?.some((value, i) => i % 4 === 3 && value);
}

function onPointer(event) {
  if (!held) {
    if (ENDS.includes(event.type) && onCanvas(event)) ended = Date.now();
    return;
  }
  const starts = STARTS.includes(event.type) && onCanvas(event);
  if (!starts && !isDown) return;
  stop(event);
  held.push(event);
  if (starts) isDown = true;
  else if (ENDS.includes(event.type)) isDown = false;
}

function release() {
  clearTimeout(timer);
  const events = held ?? [], pressed = again;
  held = null;
  isDown = again = false;
  for (const event of events) event.target.dispatchEvent(new event.constructor(event.type, event));
  if (pressed) addButton()?.click();
}

function releaseWhenBlank(before) {
  if (!held) return;
  if (isBlank() || Date.now() > before) release();
  else requestAnimationFrame(() => releaseWhenBlank(before));
}

function add(event) {
  if (passing || !addButton() || addButton().disabled) return;
  if (held) {
    stop(event);
    again ||= held.length > 0;
    return;
  }
  held = [];
  timer = setTimeout(release, LONGEST_MS);
  const left = ended + SENT_MS - Date.now();
  if (left <= 0) return;
  stop(event);
  setTimeout(() => {
    passing = true;
    addButton()?.click();
    passing = false;
  }, left);
}

function onClick(event) {
  if (event.target.closest?.(".st-key-add_drawing button")) add(event);
}

function onKey(event) {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key.toLowerCase() === "a" && plain && !event.target.closest("input, textarea")) add(event);
}

const LISTENERS = [
  ...[...STARTS, ...MOVES, ...ENDS].map((each) => [each, onPointer]),
  ["click", onClick],
  ["keydown", onKey],
];

export default function ({ data }) {
  if (answers !== null && data.answers !== answers) releaseWhenBlank(Date.now() + BLANK_MS);
  answers = data.answers;
  LISTENERS.forEach((each) => window.addEventListener(...each, LISTENING)); // twice is once
  return () => {
    LISTENERS.forEach((each) => window.removeEventListener(...each, LISTENING));
    clearTimeout(timer);
    held = answers = null;
  };
}
