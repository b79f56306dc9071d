"""One paper, many witnesses: which of what sources tell is about the same paper, and how that becomes its rows.

identity   which claims are about the same paper
merge      the rows of several sources as the rows of one paper

Pure functions, blind to the order in which the sources were heard.
"""
