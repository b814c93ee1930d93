"""The lead's view of the library: figures, the lists behind them, and how they moved over a year."""
