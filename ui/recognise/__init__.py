"""The page Recognise: symbols of a few drawings each, recognised by comparison."""
