"""The page Recognise: symbols taught by a few drawings, and recognised by comparison."""
