"""The contracts of the house: identifiers, tables, configuration. Imports nothing else of ours."""
