"""What is asked first of a point, of weights or of a space, with how each number is known."""
