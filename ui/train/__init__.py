"""The Train page: settings, learning rate finder, queue, live charts, evaluation, downloads."""
