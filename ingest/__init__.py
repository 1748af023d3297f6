"""Extracts → raw: land files, read them by contract, quarantine what does not fit."""
