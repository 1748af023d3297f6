"""The two doors: arrivals (after ingest) and outputs (after scoring). They only say yes or no."""
