// A part of the page whose code comes with the network (live.js): `data.view` is its name there.

export default function (args) {
  const root = args.parentElement.querySelector(".lens");
  // This is called again for new data, and what it returned is called only when the part is removed.
  root.waiting?.abort();
  root.waiting = new AbortController();
  const start = () => {
    root.stop = globalThis.liveViews?.[args.data.view](args) ?? root.stop;
  };
  start();
  if (!root.stop) addEventListener("network-loaded", start, { once: true, signal: root.waiting.signal });
  return () => {
    root.waiting.abort();
    root.stop?.();
  };
}
