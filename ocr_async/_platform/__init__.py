"""
What systems have under different names or not at all, one module for each concern, named by what it gives.

Linux is where all of it is tested; what macOS and Windows lack is replaced by what they have, or left out with a word.
Imports the standard library alone.
"""
