"""What is claimed about speed and accuracy, as scripts that print their figures."""
