"""Charts as SVG, without a library: bars with their spread, and lines. Pure: from figures to text."""

import html
import math

WIDTH, LABELS, RIGHT, TOP, ROW, BAR = 760, 230, 90, 44, 26, 16
COLOURS = ("#2563eb", "#64748b", "#b45309", "#047857", "#be185d", "#6d28d9", "#0e7490")
STYLE = ("<style>text{font:12px system-ui,sans-serif;fill:#1f2937}.title{font-weight:600;font-size:14px}"
         ".small{font-size:11px;fill:#4b5563}.grid{stroke:#e5e7eb}.spread{stroke:#111827;stroke-width:1.5}</style>")


def opening(height, title):
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{html.escape(title)}">', STYLE, f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text class="title" x="8" y="20">{html.escape(title)}</text>']


def short(value):
    """A figure with as many digits as one reads at a glance."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def bars(title, rows, unit, logarithmic=False):
    """rows: (label, (least, median, greatest), highlighted)."""
    rows = [row for row in rows if row[1]]
    height = TOP + ROW * len(rows) + 24
    out = opening(height, title)
    most = max((row[1][2] for row in rows), default=1) or 1
    least = min((row[1][0] for row in rows if row[1][0] > 0), default=most)
    base = 10 ** math.floor(math.log10(least)) if logarithmic and least > 0 else 0
    room = WIDTH - LABELS - RIGHT

    def place(value):
        if not logarithmic:
            return LABELS + room * value / most
        if value <= base:
            return LABELS
        return LABELS + room * math.log(value / base) / math.log(most / base)

    for at, (label, (low, middle, high), own) in enumerate(rows):
        top = TOP + ROW * at
        out.append(f'<text x="{LABELS - 8}" y="{top + 13}" text-anchor="end">{html.escape(label)}</text>')
        out.append(f'<rect x="{LABELS}" y="{top}" width="{max(place(middle) - LABELS, 1):.1f}" height="{BAR}" '
                   f'fill="{COLOURS[0] if own else COLOURS[1]}"/>')
        out.append(f'<line class="spread" x1="{place(low):.1f}" x2="{place(high):.1f}" y1="{top + BAR / 2}" '
                   f'y2="{top + BAR / 2}"/>')
        out.append(f'<text class="small" x="{place(high) + 6:.1f}" y="{top + 12}">{short(middle)}</text>')
    scale = "logarithmic scale; " if logarithmic else ""
    out.append(f'<text class="small" x="{LABELS}" y="{height - 8}">{html.escape(unit)}; {scale}the line is least to '
               'greatest</text></svg>')
    return "\n".join(out) + "\n"


def ticks(low, high, logarithmic):
    if logarithmic:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return [10.0 ** power for power in range(first, last + 1)]
    step = 10 ** math.floor(math.log10((high - low) or 1))
    if (high - low) / step < 3:
        step /= 2
    return [step * at for at in range(math.floor(low / step), math.ceil(high / step) + 1)]


def lines(title, series, x_label, y_label, x_names=None, logarithmic=False):
    """series: (name, [(x, y)]). With x_names, x counts them."""
    height, left, bottom, right = 320, 70, 52, 28
    points = [point for _, each in series for point in each if not logarithmic or point[1] > 0]
    out = opening(height, title)
    if not points:
        return "\n".join([*out, "</svg>"]) + "\n"
    xs, ys = [x for x, _ in points], [y for _, y in points]
    y_ticks = ticks(min(ys) if logarithmic else 0, max(ys) or 1, logarithmic)
    y_low, y_high = y_ticks[0], y_ticks[-1] if y_ticks[-1] > y_ticks[0] else y_ticks[0] * 10 or 1
    x_low, x_high = min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1

    def across(x):
        return left + (WIDTH - left - right) * (x - x_low) / (x_high - x_low)

    def up(y):
        share = math.log(y / y_low) / math.log(y_high / y_low) if logarithmic else (y - y_low) / (y_high - y_low)
        return height - bottom - (height - bottom - TOP - 16) * share

    for value in y_ticks:
        out.append(f'<line class="grid" x1="{left}" x2="{WIDTH - right}" y1="{up(value):.1f}" y2="{up(value):.1f}"/>')
        out.append(f'<text class="small" x="{left - 6}" y="{up(value) + 4:.1f}" text-anchor="end">{short(value)}</text>')
    named = list(enumerate(x_names)) if x_names else [(value, short(value)) for value in ticks(x_low, x_high, False)
                                                      if x_low <= value <= x_high]
    for value, name in named:
        out.append(f'<text class="small" x="{across(value):.1f}" y="{height - bottom + 16}" '
                   f'text-anchor="middle">{html.escape(str(name))}</text>')
    for at, (name, each) in enumerate(series):
        colour = COLOURS[at % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in each if not logarithmic or y > 0)
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>')
        out.append(f'<text x="{left + 170 * at}" y="{TOP}" style="fill:{colour}">{html.escape(name)}</text>')
    out.append(f'<text class="small" x="{WIDTH / 2}" y="{height - 8}" text-anchor="middle">{html.escape(x_label)}</text>')
    out.append(f'<text class="small" x="14" y="{height / 2}" text-anchor="middle" '
               f'transform="rotate(-90 14 {height / 2})">{html.escape(y_label)}</text></svg>')
    return "\n".join(out) + "\n"
