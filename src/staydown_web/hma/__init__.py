"""The calls of hasher-matcher-actioner, over our banks and checks."""
