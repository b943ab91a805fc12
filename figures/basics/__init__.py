"""Linear against ReLU output: the first figures of the paper."""
