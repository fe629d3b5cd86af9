"""The session: chosen network and picture, page address, visitor, and the menu of pages."""
