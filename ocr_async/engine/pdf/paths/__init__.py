"""What a PDF draws rather than writes: rulings, charts, boxes to tick, and letters as shapes."""
