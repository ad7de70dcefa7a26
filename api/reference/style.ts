/** How the reference looks: system fonts only, light or dark as the reader's own system is, and printable. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1d2327, #dfe4e8);
  --soft: light-dark(#5c6870, #97a3ac);
  --line: light-dark(#e1e6ea, #2c343a);
  --paper: light-dark(#ffffff, #14181b);
  --raised: light-dark(#f6f8f9, #1b2125);
  --accent: light-dark(#0b6b5e, #5ecfbd);
  --post: light-dark(#8a4b00, #f0b46a);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body {
  margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr);
  color: var(--ink); background: var(--paper);
  font: 16px/1.6 system-ui, -apple-system, 'Segoe UI', 'Noto Sans KR', 'Apple SD Gothic Neo', sans-serif;
}
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
code, pre { font: 0.86em/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
pre {
  margin: 0.5rem 0; padding: 0.8rem 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
}
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 3rem 1.5rem;
  border-right: 1px solid var(--line); background: var(--raised); font-size: 0.875rem;
}
nav p { margin: 1.1rem 0 0.2rem; font-weight: 600; }
nav p a { color: var(--ink); }
nav .brand { margin-top: 0; font-size: 1.3rem; }
nav .brand span { color: var(--soft); font-weight: 400; font-size: 1rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { padding: 0.14rem 0; }
main { padding: 2.5rem clamp(1.25rem, 4vw, 4rem) 6rem; max-width: 62rem; }
h1 { margin: 0; font-size: 2.2rem; letter-spacing: -0.02em; }
h1 small { color: var(--soft); font-size: 1rem; font-weight: 400; letter-spacing: 0; }
h2 { margin: 3.5rem 0 0.5rem; padding-bottom: 0.4rem; border-bottom: 2px solid var(--line); font-size: 1.5rem; }
h3 { margin: 0 0 0.5rem; font-size: 1.05rem; }
h4 { margin: 1.2rem 0 0.3rem; color: var(--soft); font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.06em; }
p { margin: 0.5rem 0; max-width: 46rem; }
.lead { color: var(--soft); font-size: 1.05rem; }
.operation, .schema { margin: 2rem 0; padding: 1.25rem 1.5rem; border: 1px solid var(--line); border-radius: 12px; }
.operation h3 { display: flex; flex-wrap: wrap; gap: 0.4rem 0.7rem; align-items: baseline; }
.operation h3 code { font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
.operation h3 .summary { flex-basis: 100%; color: var(--ink); font-size: 1.2rem; order: -1; }
.method { color: var(--accent); font: 600 0.72rem ui-monospace, Menlo, Consolas, monospace; letter-spacing: 0.04em; }
.method.post { color: var(--post); }
h3 .method { padding: 0.1rem 0.45rem; border: 1px solid currentColor; border-radius: 6px; }
.status { color: var(--soft); font-variant-numeric: tabular-nums; }
.answer .status { color: var(--accent); font-weight: 600; }
.form { color: var(--soft); font-size: 0.9rem; }
table { width: 100%; margin: 0.8rem 0; border-collapse: collapse; font-size: 0.92rem; }
th, td { padding: 0.45rem 0.9rem 0.45rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { width: 30%; font-weight: 500; overflow-wrap: anywhere; }
td.form { width: 27%; }
dl { display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr; gap: 0.5rem 1.2rem; }
dt { font-weight: 600; }
dt span { display: block; color: var(--soft); font-weight: 400; font-size: 0.85rem; }
dd { margin: 0; }
.refusals { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0; padding: 0; list-style: none; font-size: 0.9rem; }
summary { color: var(--accent); cursor: pointer; font-size: 0.9rem; }
:target { border-color: var(--accent); }
tr:target th, tr:target td { background: var(--raised); }
@media (max-width: 56rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  dl { display: block; } dd { margin: 0 0 0.6rem; }
  th, td, td.form { display: block; width: auto; border-top: 0; padding: 0.1rem 0; }
  tr { display: block; padding: 0.5rem 0; border-top: 1px solid var(--line); }
}
@media print { nav { display: none; } body { display: block; } .operation, .schema { break-inside: avoid; } }
`
