"""What a report is made of, for the artifacts of the Prefect UI: pure functions from rows to Markdown and pictures.

markdown.py   text from documents that stays text, tables
pictures.py   bars and lines as SVG in a data address, which the UI shows without any other server
"""
