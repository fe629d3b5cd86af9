"""The Train page: settings, queue, a run as it is watched, evaluation, downloads."""
