"""What can be said of somebody's activations without knowing the features they hold."""
