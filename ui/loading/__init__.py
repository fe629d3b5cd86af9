"""Networks in memory, Keras loaded behind the first page, and sentences for errors."""
