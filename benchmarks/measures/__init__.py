"""What the benchmarks measure with; each reads the corpus in its own way, none uses the parser's."""
