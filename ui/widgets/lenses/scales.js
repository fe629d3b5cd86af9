// Colour scales of what is computed here: {low, high, colours}. `palettes`, from ui.explore.layer_facts,
// has the colours of pixels, activations and weights.

// The twin of cnn.rendering.images.scale_for: signed if any value is negative.
function scaleFor(palettes, ...arrays) {
  const [low, high] = arrays.map(rangeOf).reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)]);
  return low < 0 ? signedScale(palettes, ...arrays) : { low: 0, high, colours: palettes.activations };
}

function signedScale(palettes, ...arrays) {
  const largest = Math.max(...arrays.map(rangeOf).flat().map(Math.abs)) || 1;
  return { low: -largest, high: largest, colours: palettes.weights };
}

const pixelScale = (palettes, white = 255) => ({ low: 0, high: white, colours: palettes.pixels });
