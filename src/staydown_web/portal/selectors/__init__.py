"""What the person's pages read."""
