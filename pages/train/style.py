"""The CSS of the Train page."""

STYLE = """<style>
[data-stale="true"] { opacity: 1 !important; } /* a series of pictures must not fade between them */
:is(.st-key-train-back, .st-key-train-step, .st-key-train-rewind) button p {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
} /* the icon is for the eye, the text for screen readers */
.st-key-train-title { padding-right: 2.6rem; }
.train-legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; font-size: .85rem; margin-left: 50px; }
.train-legend span { display: inline-flex; align-items: center; gap: .4em; white-space: nowrap; }
.train-legend i { width: 1em; height: 1em; border-radius: 3px; }
.train-legend i.ball { border: 3px solid; border-radius: 50%; box-sizing: border-box; }
.train-legend span span { display: inline; }
.train-legend i.line { height: 0; width: 1.5em; border-top: 3px solid; border-radius: 0; }
.train-head {
  container-type: inline-size; display: flex; align-items: baseline; flex-wrap: wrap; gap: .1rem 1rem;
  min-height: 3.2rem;
}
.train-head .title { font-weight: 650; font-size: 1.12rem; white-space: nowrap; }
.train-head .title::before {
  content: ""; display: inline-block; width: .72em; height: .72em; margin-right: .45em; border-radius: 50%;
  background: var(--slot);
}
.train-head .facts {
  display: flex; gap: .9rem; flex-basis: 100%; overflow-x: auto; scrollbar-width: none; font-size: .87rem;
  font-variant-numeric: tabular-nums;
} /* on a separate line, so that pictures side by side have equal heights */
.train-head .fact { white-space: nowrap; }
.train-head .fact b { font-weight: 650; }
@container (max-width: 340px) { /* the badge in the picture shows it, too */
  .train-head .fact[data-fact="regions"] { display: none; }
  .train-head .facts { gap: .5rem; font-size: .8rem; }
}
.train-key { display: flex; flex-wrap: wrap; gap: 0 1.1rem; font-size: .87rem; font-weight: 600; }
.train-key span::before {
  content: ""; display: inline-block; width: 1.3em; height: 0; margin-right: .45em; vertical-align: middle;
  border-top: 3px solid var(--slot);
}
.train-says { min-height: 1.5rem; font-size: 1rem; font-variant-numeric: tabular-nums; }
@media (max-width: 1500px) { /* they may take two lines */
  .train-says { min-height: 3rem; }
  .train-legend { min-height: 2.6rem; align-content: start; }
}
</style>"""
