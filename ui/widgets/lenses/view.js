// A part of the page whose code comes with the network (live.js): `data.view` is its name there.

export default function (args) {
  const root = args.parentElement.querySelector(".lens");
  root.latest = args;
  let stop = null;
  const start = () => {
    if (root.latest === args) stop ??= globalThis.liveViews?.[args.data.view](args);
  };
  start();
  addEventListener("network-loaded", start, { once: true });
  return () => {
    removeEventListener("network-loaded", start);
    stop?.();
  };
}
