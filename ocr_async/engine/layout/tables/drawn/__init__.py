"""Tables that rulings mark: drawn grids, and stacks of level rules."""
