"""What a platform is told to do; delivery and receipts."""
