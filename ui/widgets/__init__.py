"""What several pages show: pictures, bars, canvases, components that answer the pointer."""
