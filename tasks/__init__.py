"""The verbs of the pipeline: fetch, parse, validate, load, publish. Only the files at this level import Prefect."""
