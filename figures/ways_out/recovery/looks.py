"""Colours, marks and words of methods, models and limits, the same in all panels."""

METHODS = {
    "autoencoder": ("#0072B2", "o", "sparse autoencoder"),
    "dictionary": ("#D55E00", "s", "dictionary learning"),
    "lone_rays": ("#009E73", "D", "lone rays"),
    "signed": ("#999999", "x", "signed dictionary"),
}
MODELS = {"digon": "#E69F00", "pentagon": "#56B4E9", "random": "#CC79A7"}
# Of theory, without noise: colour, dashes, width, words.
LIMITS = {
    "lone": ("#009E73", "-", 2.4, "lone rays, exact"),
    "mixing": ("#222222", "-", 0.9, "theory (D42), mixtures"),
    "decoded": ("#777777", "--", 0.8, "true dictionary decodes half"),
    "decoded_most": ("#777777", ":", 0.9, "any decoder at most"),
}
