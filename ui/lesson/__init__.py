"""The lesson: a path of steps over all pages, and the view for a lecture.

May import: cnn, ui.loading, ui.state, ui.widgets. app.py shows the bar below every page.
"""
