#!/usr/bin/env python3
"""Draws results.svg from criterion's estimates and the peers' ratios. Standard library only.

    python3 benches/plot.py [TARGET_DIRECTORY]     # default: target, next to Cargo.toml
"""

import json
import sys
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLORS = {"ours": "#1a73e8", "into": "#34a853"}
PEER_COLORS = {"josekit": "#e8710a", "jose-rs": "#a142f4", "jose4rs": "#d93025"}
LABEL, BAR, HEIGHT, GAP, WIDTH = 240, 440, 12, 8, 820


def criterion(target):
    """{group: {contestant: median in ns}}"""
    groups = {}
    for file in sorted(target.glob("criterion/*/*/new/estimates.json")):
        name = json.loads((file.parent / "benchmark.json").read_text())
        median = json.loads(file.read_text())["median"]["point_estimate"]
        groups.setdefault(name["group_id"], {})[name["function_id"]] = median
    return groups


def panel(title, rows, unit):
    """Bars, one group below the other; `rows` is [(label, [(name, value, color)])], each group to its own scale."""
    out, y = [f'<text x="0" y="16" class="title">{escape(title)}</text>'], 34
    for label, bars in rows:
        longest = max(value for _, value, _ in bars)
        out.append(f'<text x="{LABEL - 8}" y="{y + HEIGHT}" text-anchor="end">{escape(label)}</text>')
        for name, value, color in bars:
            width = max(1, BAR * value / longest)
            out.append(f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{HEIGHT}" fill="{color}"/>')
            text = f"{name} {unit(value)}"
            out.append(f'<text x="{LABEL + width + 5:.1f}" y="{y + HEIGHT - 2}">{escape(text)}</text>')
            y += HEIGHT + 1
        y += GAP
    return out, y


def time(ns):
    for size, name in ((1e6, "ms"), (1e3, "µs")):
        if ns >= size:
            return f"{ns / size:.3g} {name}"
    return f"{ns:.0f} ns"


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "target"
    order = ("into", "ours")
    rows = [
        (group, [(name, times[name], COLORS[name]) for name in order if name in times])
        for group, times in criterion(target).items()
        if "ours" in times
    ]
    panels = [("Time of each operation, each row to its own scale (criterion, median)", rows, time)]
    peers = HERE / "peers" / "results.json"
    if peers.exists():
        by_row = {}
        for result in json.loads(peers.read_text()):
            bars = by_row.setdefault(result["row"], {"ours": (1.0, COLORS["ours"])})
            bars[result["peer"]] = (1 / result["ours"], PEER_COLORS[result["peer"]])
        rows = [(row, [(name, *bar) for name, bar in bars.items()]) for row, bars in by_row.items()]
        title = "Compared with other crates: time ÷ ours, from text to text with allocation; shorter is faster"
        panels.append((title, rows, lambda value: f"{value:.2f} ×"))
    body, top = [], 10
    for title, rows, unit in panels:
        if rows:
            lines, height = panel(title, rows, unit)
            body += [f'<g transform="translate(10 {top})">', *lines, "</g>"]
            top += height + 20
    style = "text{font:11px sans-serif;fill:#202124}.title{font-weight:bold;font-size:13px}"
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}">',
        f"<style>{style}</style>",
        f'<rect width="{WIDTH}" height="{top}" fill="#fff"/>',
        *body,
        "</svg>",
    ]
    (HERE / "results.svg").write_text("\n".join(svg) + "\n")


if __name__ == "__main__":
    main()
