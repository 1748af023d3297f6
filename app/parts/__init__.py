"""Cards that more than one page draws, or that would make a page's file too long."""
