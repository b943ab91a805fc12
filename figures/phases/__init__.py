"""Which solution wins: phase diagrams and the surface behind them."""
