"""What each figure is made from: set-ups, and how they are measured and derived."""
