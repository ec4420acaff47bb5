// The invisible component that brings a film: one scene per radius. It comes apart, so that a step of ε is small.

export default function ({ data, parentElement }) {
  const films = (globalThis.reluscopeFilms ??= { byView: new Map(), arrivals: new EventTarget() });
  const text = new TextDecoder().decode(data), at = text.indexOf("\n");
  const view = text.slice(0, at);
  const film = JSON.parse(text.slice(at + 1));
  films.byView.set(view, film);
  films.arrivals.dispatchEvent(new Event(view));
  return () => setTimeout(() => {  // another carrier of the same film may have come in between
    if (!parentElement.isConnected && films.byView.get(view) === film) films.byView.delete(view);
  });
}
