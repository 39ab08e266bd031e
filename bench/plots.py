"""The plots of a report, as SVG files."""

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

import report  # noqa: E402


def draw(made, folder):
    """Writes all plots of a report; their names."""
    rows, openings = made["rows"], made["openings"]
    labels = [row["label"] for row in rows]
    drawn = [
        bars(folder / "ratio.svg", "the best peer's least time over Tenon's", labels,
             best_ratios(rows), line=1),
        bars(folder / "peak.svg", "share of peak, %", labels, by_peer(
            rows, lambda peer: 100 * peer["share"] if "share" in peer else None)),
        bars(folder / "time.svg", "least time, ms", labels,
             by_peer(rows, lambda peer: peer.get("min_ms")), logarithmic=True)]
    for name, title, key, scale in (
            ("load", "load time, ms", "load_ms", 1), ("memory", "memory at most, MB", "peak", 1e6),
            ("size", "size of what is opened, MB", "size", 1e6)):
        groups, series = by_model(openings, key, scale)
        drawn.append(bars(folder / f"{name}.svg", title, groups, series,
                          logarithmic=name == "load"))
    return [path.name for path in drawn]


def best_ratios(rows):
    """A series for each peer that is the best somewhere."""
    best = [report.best_peer(row) for row in rows]
    return {name: [peer["ratio_of_min"] if peer and peer["peer"] == name else None
                   for peer in best]
            for name in dict.fromkeys(peer["peer"] for peer in best if peer)}


def by_peer(rows, value):
    """A series for each peer: a number of each row, or none."""
    names = dict.fromkeys(peer["peer"] for row in rows for peer in row["peers"])
    found = [{peer["peer"]: value(peer) for peer in row["peers"]} for row in rows]
    return {name: [row.get(name) for row in found] for name in names}


def by_model(openings, key, scale):
    """Models, and a series for each peer."""
    groups = list(dict.fromkeys(opening["label"] for opening in openings))
    series = {opening["peer"]: [None] * len(groups) for opening in openings}
    for opening in openings:
        if key in opening:
            series[opening["peer"]][groups.index(opening["label"])] = opening[key] / scale
    return groups, series


def bars(path, title, groups, series, line=None, logarithmic=False):
    """Horizontal bars in groups, a colour for each series; a group has room for
    the bars that it has."""
    figure, axes = pyplot.subplots()
    colours, at, ticks = pyplot.get_cmap("tab10"), 0, []
    for index, _ in enumerate(groups):
        present = [(i, values[index]) for i, values in enumerate(series.values())
                   if values[index] is not None]
        for offset, (i, value) in enumerate(present):
            axes.barh(at + offset, value, height=0.9, color=colours(i))
        ticks.append(at + max(0, len(present) - 1) / 2)
        at += len(present) + 1
    figure.set_size_inches(8, max(2.5, 0.14 * at + 0.12 * len(groups) + 1))
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=colours(i)) for i in range(len(series))]
    axes.legend(handles, list(series), loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)
    axes.set_yticks(ticks, groups, fontsize=8)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10)
    if logarithmic:
        axes.set_xscale("log")
    if line is not None:
        axes.axvline(line, color="black", linewidth=1)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return path
