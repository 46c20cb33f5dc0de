"""Other installations of Staydown: signed events of entries, both ways."""
