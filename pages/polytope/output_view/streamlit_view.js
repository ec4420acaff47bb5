// Entry of the output plane as a Streamlit component. Called anew whenever Python sends something.

import { OutputView } from "./view.js";

const views = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".outputs");
  let view = views.get(parentElement);
  if (view?.root !== root) {
    view?.close();
    views.set(parentElement, (view = new OutputView(root)));
  }
  const show = () => view.update(data, (asked) => setStateValue("asked", asked));
  const films = (globalThis.reluscopeFilms ??= { byView: new Map(), arrivals: new EventTarget() });
  view.waiting?.abort();
  view.waiting = new AbortController();
  films.arrivals.addEventListener(data.film, show, { signal: view.waiting.signal });
  show();
  return () => setTimeout(() => {
    if (parentElement.isConnected) return;
    view.waiting.abort();
    view.close();
    views.delete(parentElement);
  });
}
