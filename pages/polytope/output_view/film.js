// The invisible component that brings a film: one scene per radius. It comes apart, so that a step of ε is small.

export default function ({ data, parentElement }) {
  const films = (globalThis.reluscopeFilms ??= { byView: new Map(), arrivals: new EventTarget() });
  const text = new TextDecoder().decode(data), at = text.indexOf("\n");
  const view = text.slice(0, at);
  films.byView.set(view, JSON.parse(text.slice(at + 1)));
  films.arrivals.dispatchEvent(new Event(view));
  return () => setTimeout(() => {
    if (!parentElement.isConnected) films.byView.delete(view);
  });
}
