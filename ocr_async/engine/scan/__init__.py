"""
What a picture of a page shows beside its text: opened (`pictures`), its ink and rulings, the edges of its lines.

Knows nothing of PDFs; needs Pillow, NumPy and OpenCV.
"""
