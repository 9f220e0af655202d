"""PDF pages by typst, and how money, times and names read in a language. Pure functions over fonts from a package."""
