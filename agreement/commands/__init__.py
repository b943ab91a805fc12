"""The verbs of the command `superposition`, a file each: `add` its options, `run` it."""
