"""Formats: each module turns one file into the temp table `source_rows`, with line numbers."""
