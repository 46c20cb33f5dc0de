"""The person's pages: thin edges. Every view here is open; a test holds the list."""
