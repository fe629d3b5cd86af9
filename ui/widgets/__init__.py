"""Elements of several pages: images, bars, canvases and interactive components."""
