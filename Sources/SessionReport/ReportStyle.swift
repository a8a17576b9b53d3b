/// How a report looks.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6474; --paper: #fff; --rule: #d9dee7; \
    --c0: #1f6feb; --c1: #c2571a; --c2: #1a7f4b; --c3: #8a3ffc; --c4: #b0284f; --c5: #0b7285; --c6: #7a6a00; --c7: #5b6474; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b5; --paper: #14181f; --rule: #313846; \
    --c0: #6cb0ff; --c1: #f0a05f; --c2: #5fd08f; --c3: #c3a0ff; --c4: #ff85a6; --c5: #5fd0e0; --c6: #d8c75a; --c7: #9aa4b5; } }
    body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); \
    max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
    .note, figcaption, p { color: var(--soft); } a { color: var(--c0); }
    figure { margin: 0 0 .8rem; } svg { width: 100%; height: auto; display: block; }
    svg text { font: 11px system-ui, sans-serif; fill: var(--soft); text-anchor: middle; } svg text.end { text-anchor: end; }
    .grid { stroke: var(--rule); } .line { fill: none !important; stroke-width: 2; stroke: currentColor; }
    .key { margin-right: 1.2em; white-space: nowrap; } .key i { display: inline-block; width: .8em; height: .8em; \
    border-radius: 2px; margin-right: .4em; background: currentColor; }
    .s0 { color: var(--c0); } .s1 { color: var(--c1); } .s2 { color: var(--c2); } .s3 { color: var(--c3); } \
    .s4 { color: var(--c4); } .s5 { color: var(--c5); } .s6 { color: var(--c6); } .s7 { color: var(--c7); }
    circle, .bar { fill: currentColor; }
    .wide { overflow-x: auto; } table { border-collapse: collapse; min-width: 24rem; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); } \
    th { color: var(--soft); font-weight: 600; } .n { text-align: right; }

    """
}
