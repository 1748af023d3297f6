"""Every SQL statement of the app; pages hold none. Values are bound, never written into text."""
