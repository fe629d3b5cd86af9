// The prediction for a picture chosen here: it lies over the server's until that has come.

class PredictionView {
  draw(shown, layers, outputs) {
    this.isHere = explored.picture !== null;
    if (this.isHere) {
      const caption = `${shown.title}: 28 x 28 pixels, 0 to 255`;
      cover(shown, pixelsOf(shown.image), [...outputs.at(-1).values], caption);
    } else this.uncoverWhenDecoded();
  }

  // The server's image may not be decoded yet, and the one before would be seen again.
  async uncoverWhenDecoded() {
    const images = document.querySelectorAll(".st-key-model_input img");
    await Promise.allSettled([...images].map((each) => each.decode()));
    if (!this.isHere) uncover();
  }

  stop() {
    this.isHere = false;
    uncover();
  }
}
