"""M01 to M27 again, by other SQL over the files as delivered: the same figures, to the last digit."""
