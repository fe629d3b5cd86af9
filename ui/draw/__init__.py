"""The Draw page: canvases, uploads, explanations, corrections, fine-tuning."""
