#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""block.py FILE WORDS: the one literal block of a document that has these words."""

import re
import sys


def literal_blocks(text):
    """(line, text) of what is indented below a paragraph that ends in ::"""
    lines, found, i = text.split("\n"), [], 0
    while i < len(lines):
        if not lines[i].rstrip().endswith("::") or lines[i].startswith(".. "):
            i += 1
            continue
        margin = len(lines[i]) - len(lines[i].lstrip())
        start = i = i + 1
        body = []
        while i < len(lines) and (not lines[i].strip() or
                                  len(lines[i]) - len(lines[i].lstrip()) > margin):
            body.append(lines[i])
            i += 1
        indent = min((len(x) - len(x.lstrip()) for x in body if x.strip()), default=0)
        found.append((start + 1, "\n".join(x[indent:] for x in body).strip("\n")))
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        blocks = [b for _, b in literal_blocks(f.read()) if re.search(sys.argv[2], b)]
    if len(blocks) != 1:
        sys.exit(f"{len(blocks)} blocks of {sys.argv[1]} have {sys.argv[2]}")
    print(blocks[0])


if __name__ == "__main__":
    main()
