// What the server knows of the drawing; the code that shows it comes with the network (live.js).

let latest = null;

export default function (args) {
  latest = args;
  let stop = globalThis.showLive?.(args);
  const start = () => {
    if (latest === args) stop ??= globalThis.showLive(args);
  };
  addEventListener("network-loaded", start, { once: true });
  return () => {
    removeEventListener("network-loaded", start);
    stop?.();
  };
}
