"""The person's pages: reads from all rooms above."""
