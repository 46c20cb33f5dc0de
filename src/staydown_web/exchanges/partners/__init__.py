"""The wire of each partner, and what they all share."""
