/** The style of a report, light and dark. The script reads the colours of its plots from here too. */
export const reportStyle = `
:root {
  --back: #ffffff; --panel: #f6f7f9; --text: #1a1d23; --quiet: #5a6270; --line: #dfe3e8; --focus: #0b62c4;
  --policies: #0072b2 #d55e00 #00875f #b5468b #947000 #2a93d5 #7a3b69;
  --steps: #0b4f8a #4a93cf #a9cdea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171c; --panel: #1c2027; --text: #e8ebf0; --quiet: #a3adba; --line: #333a45; --focus: #7db8ff;
    --policies: #4ba3e3 #f28a4b #2fc196 #e58cc3 #e0b63a #93d5f5 #c58fd0;
    --steps: #8cc4f2 #4487c0 #2a5176;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 78rem; color: var(--text);
  background: var(--back); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { margin: 0; font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 1.15rem; }
p { margin: 0; }
.made, .about { color: var(--quiet); font-size: .9rem; }
.about { max-width: 60rem; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0 0; }
.figures dt { color: var(--quiet); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(12.5rem, 46%), 1fr)); gap: .75rem; margin-top: 1.5rem; }
.card { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); font-size: .9rem; overflow-wrap: anywhere; }
.card .at { color: var(--quiet); font-size: .85rem; }
.card .name { font-size: 1.15rem; font-weight: 600; }
.card .others { color: var(--quiet); font-size: .85rem; font-weight: 400; }
.legend { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .25rem; margin: 1.5rem 0 0; padding: .5rem 0; background: var(--back); border-bottom: 1px solid var(--line); }
.legend:empty { display: none; }
button, select { font: inherit; color: inherit; }
.legend button { display: inline-flex; align-items: center; gap: .4rem; max-width: 100%; padding: .15rem .6rem; border: 1px solid transparent; border-radius: 1rem; background: none; font-size: .85rem; cursor: pointer; overflow-wrap: anywhere; text-align: left; }
.legend button:hover { border-color: var(--line); background: var(--panel); }
.legend button[aria-pressed="false"] { color: var(--quiet); text-decoration: line-through; }
.legend button[aria-pressed="false"] svg { opacity: .3; }
.legend svg { flex: none; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem; margin: 1.5rem 0; }
.plots figure { margin: 0; min-width: 0; }
.plots figure[data-plot="prefixHitRate"], .plots figure[data-plot="traffic"] { grid-column: 1 / -1; }
.plot { width: 100%; min-height: 12rem; margin-top: .5rem; }
.choice { display: inline-flex; align-items: center; gap: .5rem; margin-top: .5rem; font-size: .9rem; }
.choice select { max-width: 14rem; padding: .2rem .4rem; border: 1px solid var(--line); border-radius: .3rem; background: var(--panel); }
.choices[hidden] { display: none; }
.tip { max-width: 19rem; color: var(--text); font-size: .8rem; line-height: 1.35; font-variant-numeric: tabular-nums; white-space: normal; }
.tip table { border-collapse: collapse; }
.tip td { padding: 0 .5rem 0 0; overflow-wrap: anywhere; }
.tip td:last-child { padding: 0; text-align: right; white-space: nowrap; }
.scroll { margin-top: .75rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
.runs { width: 100%; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
.runs th, .runs td { padding: .3rem .75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
.runs tr:last-child > * { border-bottom: 0; }
.runs .number { text-align: right; }
.runs thead th { padding: 0; background: var(--panel); }
.runs thead button { width: 100%; white-space: normal; padding: .5rem .75rem; border: 0; background: none; font-weight: 600; text-align: inherit; cursor: pointer; }
.runs thead button::after { content: "↕"; margin-left: .3rem; color: var(--quiet); opacity: .5; }
.runs [aria-sort="ascending"] button::after { content: "↑"; opacity: 1; color: inherit; }
.runs [aria-sort="descending"] button::after { content: "↓"; opacity: 1; color: inherit; }
.runs tbody th { position: sticky; left: 0; max-width: min(16rem, 40vw); background: var(--back); overflow: hidden; text-overflow: ellipsis; font-weight: 400; }
.runs tbody tr:hover { background: var(--panel); }
.runs .best > * { font-weight: 650; }
.runs .reference { color: var(--quiet); font-style: italic; }
@media (max-width: 56rem) { .plots { grid-template-columns: minmax(0, 1fr); } .legend { position: static; } }
@media (max-width: 40rem) { .runs th, .runs td { padding: .3rem .5rem; } .runs thead button { padding: .4rem .5rem; } .runs { font-size: .85rem; } }
@media print { .legend { position: static; } .scroll { overflow: visible; } }
`;
