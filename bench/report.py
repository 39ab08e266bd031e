"""What a run of bench/peers came to, as lines, Markdown and JSON."""

import math

BOUNDS = {"fma": "fp32 multiply-adds", "vnni": "8-bit dot products", "bf16": "bf16 dot products",
          "read": "reading"}


def best_peer(row, ratio="ratio_of_min"):
    """The peer, other than Tenon, that comes best beside it, or none."""
    found = [p for p in row["peers"] if p["peer"] != "tenon" and ratio in p]
    return min(found, key=lambda peer: peer[ratio], default=None)


def own(row):
    """Tenon's figures in a row, or none."""
    return next((p for p in row["peers"] if p["peer"] == "tenon" and "error" not in p), None)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def geometric_means(rows):
    """For each precision, the geometric mean over its rows of the best peer's time
    over Tenon's, and how many rows could be compared."""
    means = {}
    for precision in dict.fromkeys(row["precision"] for row in rows):
        mine = [row for row in rows if row["precision"] == precision]
        found = {"rows": len(mine)}
        for name, ratio in (("of_min", "ratio_of_min"), ("of_medians", "ratio")):
            ratios = [best[ratio] for row in mine if (best := best_peer(row, ratio))]
            found |= {"compared": len(ratios)}
            if ratios:
                found[name] = geometric_mean(ratios)
        means[precision] = found
    return means


def mean_lines(means):
    for precision, found in means.items():
        head = f"{precision}: geometric mean over "
        if not found["compared"]:
            yield head + f"none of {found['rows']} rows"
            continue
        rows = "all" if found["compared"] == found["rows"] else f"{found['compared']} of"
        yield (head + f"{rows} {found['rows']} rows of the best peer's time over Tenon's: "
               f"{found['of_min']:.2f} by minima, {found['of_medians']:.2f} by paired medians")


def machine_text(reached):
    parts = [f"{reached[name] / 1e9:.0f} {unit} {label}" for name, unit, label in (
        ("fma", "GFLOP/s", "fp32"), ("vnni", "GOP/s", "8-bit"), ("bf16", "GFLOP/s", "bf16"))
        if reached[name]]
    return ", ".join([*parts, f"{reached['read'] / 1e9:.1f} GB/s"])


def row_lines(row, threads):
    """A row for the terminal."""
    yield f"{row['label']}, {threads} threads: {machine_text(row['machine'])} at most"
    for peer in row["peers"]:
        if "error" in peer:
            yield f"  {peer['peer']:<18} {peer['error']}"
            continue
        share = f"  {peer['share']:4.0%} of peak" if "share" in peer else ""
        ratio = "" if "ratio" not in peer or peer["peer"] == "tenon" else (
            f"  Tenon is {peer['ratio']:.2f}x as fast ({peer['ratio_of_min']:.2f}x by minima)")
        yield (f"  {peer['peer']:<18} min {peer['min_ms']:8.2f} ms  median "
               f"{peer['median_ms']:8.2f} ms{share}{ratio}")


def opening_lines(openings):
    """A model's openings for the terminal."""
    yield (f"{openings[0]['label']}, opened: load, first answer beside a steady one; "
           "memory at most; size")
    for found in openings:
        if "error" in found:
            yield f"  {found['peer']:<18} {found['error']}"
            continue
        late = found["first_ms"] - found["steady_ms"]
        yield (f"  {found['peer']:<18} {found['load_ms']:8.1f} ms, {late:+9.1f} ms; "
               f"{found['peak'] / 1e6:6.0f} MB; {found['size'] / 1e6:7.1f} MB")


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def summary_table(rows):
    lines = []
    for row in rows:
        tenon, best = own(row), best_peer(row)
        paired = best_peer(row, "ratio")
        share = f", {tenon['share']:.0%}" if tenon and "share" in tenon else ""
        lines.append([
            row["label"], f"{tenon['min_ms']:.2f} ms{share}" if tenon else "failed",
            f"{best['peer']} {best['min_ms']:.2f} ms" if best else "none",
            f"{best['ratio_of_min']:.2f}" if best else "",
            f"{paired['ratio']:.2f} ({paired['peer']})" if paired else ""])
    return table(["", "Tenon, share of peak", "best peer", "ratio of minima",
                  "ratio of paired medians"], lines)


def row_table(row):
    lines = []
    for peer in row["peers"]:
        if "error" in peer:
            lines.append([peer["peer"], peer["error"].replace("|", "\\|"), "", "", "", ""])
            continue
        share = f"{peer['share']:.0%}" if "share" in peer else ""
        ratios = [f"{peer[r]:.2f}" if r in peer and peer["peer"] != "tenon" else ""
                  for r in ("ratio_of_min", "ratio")]
        lines.append([peer["peer"], f"{peer['min_ms']:.2f}", f"{peer['median_ms']:.2f}", share,
                      *ratios])
    return table(["", "min, ms", "median, ms", "of peak", "over Tenon, minima",
                  "paired medians"], lines)


def opening_table(openings):
    lines = []
    for found in openings:
        head = [found["model"], found["precision"], found["peer"]]
        if "error" in found:
            lines.append([*head, found["error"].replace("|", "\\|"), "", "", ""])
            continue
        lines.append([*head, f"{found['load_ms']:.1f}",
                      f"{found['first_ms'] - found['steady_ms']:+.1f}",
                      f"{found['peak'] / 1e6:.0f}", f"{found['size'] / 1e6:.1f}"])
    return table(["model", "precision", "peer", "load, ms",
                  "open to first answer beside a steady one, ms", "memory at most, MB",
                  "size, MB"], lines)


def markdown(report, plots=()):
    """The whole report; `plots` are file names beside it."""
    described = report["machine"]
    parts = [
        "# Tenon beside its peers\n",
        f"{described['processor']}, {described['threads']} of {described['cpus']} CPUs, "
        f"{described['rounds']} rounds, in turns. Ratios are a peer's time over Tenon's: above "
        "1, Tenon is faster. In mixed-length rows all are given one batch, padded to the "
        "longest and masked (CTranslate2 is told lengths, Tenon runs texts one by one); shares\n"
        "of peak count no padding.\n",
        "\n".join(f"**{line}**  " for line in mean_lines(report["geometric_means"])) + "\n",
        summary_table(report["rows"]),
        *[f"![{name}]({name})\n" for name in plots]]
    for row in report["rows"]:
        bound = f"; shares are of {BOUNDS[row['bound']]}" if row["bound"] else ""
        parts += [f"## {row['label']}\n", machine_text(row["machine"]) + f" at most{bound}\n",
                  row_table(row)]
    if report["openings"]:
        parts += ["## Opening\n", opening_table(report["openings"])]
    return "\n".join(parts)
