/** The one style sheet of a report: system fonts, light and dark by the reader's preference, and fit for paper. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --ink: #1d2327; --soft: #59646c; --rule: #dfe3e5; --faint: #eef1f2; --accent: #0b6e75; --card: #fff;
  --s1: #0072b2; --s2: #c4510a; --s3: #00815e; --s4: #a8548a; --s5: #8a6d00; --s6: #2f8fc4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181b; --ink: #e4e8ea; --soft: #9ba6ad; --rule: #30383d; --faint: #1f262a; --accent: #5cc4cb; --card: #191f22;
    --s1: #56b4e9; --s2: #f08a4b; --s3: #3fc79a; --s4: #dd9cc4; --s5: #e6c94a; --s6: #9fd3f2;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif; }
main, .masthead > div, footer > div { max-width: 66rem; margin: 0 auto; padding: 0 2rem; }
.masthead { border-bottom: 1px solid var(--rule); padding: 2.6rem 0 1.7rem; margin-bottom: 0.5rem; }
.brand { display: flex; align-items: center; gap: 0.55rem; color: var(--soft); font-size: 0.8rem; letter-spacing: 0.14em; text-transform: uppercase; }
.brand svg { width: 1.25rem; height: 1.25rem; fill: var(--accent); }
h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 0.9rem 0 0.5rem; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.3; font-weight: 620; letter-spacing: -0.01em; margin: 0 0 0.6rem; }
h3 { font-size: 1.02rem; font-weight: 620; margin: 1.8rem 0 0.4rem; }
p { max-width: 46rem; margin: 0.5rem 0 0.9rem; text-wrap: pretty; }
.lead { color: var(--soft); font-size: 1.06rem; max-width: 46rem; margin: 0; }
.lead p { margin: 0.3rem 0; }
section { padding: 2.1rem 0 1rem; }
section + section { border-top: 1px solid var(--rule); }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
nav { margin-top: 1.2rem; font-size: 0.92rem; }
nav ol { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; list-style: none; padding: 0; margin: 0; }
code { font: 0.88em ui-monospace, "SF Mono", Consolas, "Liberation Mono", monospace; background: var(--faint); border-radius: 3px; padding: 0.1em 0.35em; overflow-wrap: anywhere; }
.notice { border-left: 3px solid var(--accent); background: var(--faint); padding: 0.65rem 1rem; margin: 1.1rem 0; font-size: 0.94rem; max-width: 46rem; border-radius: 0 4px 4px 0; }

.key-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 1px; background: var(--rule); border: 1px solid var(--rule); border-radius: 6px; overflow: hidden; margin: 1.3rem 0; }
.key-figures > div { background: var(--card); padding: 0.85rem 1.1rem 0.95rem; }
.key-figures dt { color: var(--soft); font-size: 0.84rem; }
.key-figures dd { margin: 0; }
.key-figures .value { font-size: 1.75rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.35; font-variant-numeric: tabular-nums; }
.key-figures .note { color: var(--soft); font-size: 0.84rem; line-height: 1.4; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 0 2.4rem; font-size: 0.93rem; margin: 0.9rem 0; }
.facts > div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--rule); padding: 0.36rem 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }

.scroll { overflow-x: auto; margin: 1.1rem 0; }
table { border-collapse: collapse; }
caption { caption-side: bottom; text-align: left; color: var(--soft); font-size: 0.88rem; padding-top: 0.6rem; line-height: 1.5; }
.data { min-width: 60%; font-size: 0.93rem; font-variant-numeric: tabular-nums; }
.data th, .data td { padding: 0.42rem 1.5rem 0.42rem 0; text-align: left; vertical-align: baseline; white-space: nowrap; }
.data th:last-child, .data td:last-child { padding-right: 0.2rem; }
.data thead th { color: var(--soft); font-weight: 500; font-size: 0.86rem; border-bottom: 1px solid var(--soft); }
.data tbody th { font-weight: 450; }
.data tbody tr + tr > * { border-top: 1px solid var(--rule); }
.data.total tbody tr:last-child > * { border-top: 1px solid var(--soft); font-weight: 620; }
.data .number { text-align: right; }
.interval-text { color: var(--soft); font-size: 0.86em; font-weight: 400; margin-left: 0.35em; }

main { counter-reset: figure; }
figure { margin: 1.6rem 0 1.9rem; }
figcaption { counter-increment: figure; color: var(--soft); font-size: 0.9rem; line-height: 1.5; max-width: 46rem; margin-top: 0.65rem; }
figcaption::before { content: "Figure " counter(figure) "\\2002"; color: var(--ink); font-weight: 600; }
.picture { position: relative; display: inline-block; vertical-align: top; max-width: 100%; width: var(--width); line-height: 0; background: #000; border-radius: 3px; overflow: hidden; }
.picture img { display: block; width: 100%; height: auto; }
.picture i { position: absolute; font: 600 11px/1 system-ui, sans-serif; color: #fff; text-shadow: 0 0 3px #000, 0 0 2px #000; opacity: 0.92; }
.mark.left { left: 5px; top: 50%; transform: translateY(-50%); }
.mark.right { right: 5px; top: 50%; transform: translateY(-50%); }
.mark.top { top: 5px; left: 50%; transform: translateX(-50%); }
.mark.bottom { bottom: 5px; left: 50%; transform: translateX(-50%); }
.picture .scale { left: 8px; bottom: 7px; height: 5px; border: solid #fff; border-width: 0 1.5px 1.5px; filter: drop-shadow(0 0 1.5px #000); }
.picture .scale b { position: absolute; left: 0; bottom: 5px; font-weight: 500; white-space: nowrap; }
.picture-row { display: flex; flex-wrap: wrap; gap: 0.9rem; align-items: flex-end; }
.picture-item { max-width: 100%; }
.under { display: block; font-size: 0.88rem; color: var(--soft); margin-top: 0.3rem; }
.sheet { font-size: 0.9rem; }
.sheet th { font-weight: 500; color: var(--soft); padding: 0 0 0.35rem; }
.sheet td { padding: 0 0.5rem 0.5rem 0; text-align: center; }
.sheet tbody th { text-align: left; padding: 0 1rem 0 0; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 1.1rem; font-size: 0.88rem; color: var(--soft); margin: 0.6rem 0; }
.legend .key { display: inline-flex; align-items: center; gap: 0.45rem; color: var(--ink); }
.swatch { width: 0.85rem; height: 0.85rem; border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.heat { width: 9rem; height: 0.7rem; border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.heat-ends { font-variant-numeric: tabular-nums; }
.heat-ends + .heat, .heat + .heat-ends { margin-left: -0.5rem; }

.chart { max-width: 46rem; }
.chart > svg { display: block; width: 100%; height: auto; font-family: inherit; overflow: visible; }
.chart.scatter { max-width: 29rem; }
.line-key { width: 1.65rem; height: 0.65rem; }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { stroke: var(--soft); stroke-width: 1; }
.zero { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 2 3; }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.axis-label { fill: var(--soft); font-size: 12.5px; }
.row-name { fill: var(--ink); font-size: 13px; }
.series { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.band { fill: currentColor; opacity: 0.16; }
.dot { fill: currentColor; }
.dot.faint { opacity: 0.5; }
.interval { fill: none; stroke: currentColor; stroke-width: 2.4; stroke-linecap: round; }
.mean { fill: currentColor; stroke: var(--page); stroke-width: 1.5; paint-order: stroke; }
.s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); } .s6 { color: var(--s6); }
.series.s2, .s2 .series { stroke-dasharray: 7 4; } .series.s3, .s3 .series { stroke-dasharray: 2 4.5; } .series.s4, .s4 .series { stroke-dasharray: 10 4 2 4; } .series.s5, .s5 .series { stroke-dasharray: 4 3; } .series.s6, .s6 .series { stroke-dasharray: 14 4; }

footer p { margin: 0.2rem 0; max-width: none; }
footer { margin-top: 1.5rem; padding: 1.1rem 0 2.4rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: 0.86rem; }
@media (max-width: 40rem) { main, .masthead > div, footer > div { padding-left: 1.1rem; padding-right: 1.1rem; } h1 { font-size: 1.6rem; } }
@page { size: A4; margin: 16mm 15mm 18mm; }
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #ccc; --faint: #f3f3f3; --accent: #0b6e75;
    --s1: #0072b2; --s2: #c4510a; --s3: #00815e; --s4: #a8548a; --s5: #8a6d00; --s6: #2f8fc4; }
  body { font-size: 10.5pt; }
  main, .masthead > div, footer > div { max-width: none; padding-left: 0; padding-right: 0; }
  .masthead { padding-top: 0; }
  nav { display: none; }
  figure, table, tr, .facts, .key-figures, .notice, .chart, .picture-row, .picture-item, .picture { break-inside: avoid; }
  .picture-item { max-width: 31.5%; }
  .chart.scatter { max-width: 19rem; }
  .picture, .picture i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  /* A cut-off column is lost on paper. */
  .data { font-size: 8.5pt; }
  .data th, .data td { padding-right: 0.9rem; white-space: normal; overflow-wrap: break-word; }
  .data td.number { white-space: nowrap; }
  .data code { display: inline-block; min-width: 9rem; }
  thead { display: table-header-group; }
  section { padding: 1rem 0 0.4rem; }
}
`;
