"""What is wrong with this installation, in words; doctor, pages, metrics and logs read it here."""
