"""A folder comes in; two short episodes of an invented series, drawn by code, go out into it.

Beside each episode lies the exact truth about its cuts, drawings and tags, to measure by.
"""

from ingest.demo.film import render_demo, source_version

__all__ = ["render_demo", "source_version"]
