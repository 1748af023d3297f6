"""Draws charts as SVG for a brief: a list of specs on standard input, a list of SVGs back.

In a process of its own, because the engine that draws brings a browser's script engine with it.
"""

from __future__ import annotations

import json
import sys

import vl_convert


def main() -> None:
    """Draw what standard input asks for; a chart that cannot be drawn is empty."""
    told = []
    for spec in json.load(sys.stdin):
        try:
            # No address is ever asked for: the data are in the spec.
            told.append(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
        except ValueError:
            told.append("")
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
