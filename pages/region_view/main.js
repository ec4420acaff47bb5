// Entry of the view. Called anew whenever Python sends something; the live view is made once per mount.

const mounted = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let live = mounted.get(parentElement);
  if (!live) {
    live = new LiveView(parentElement.querySelector(".view"));
    mounted.set(parentElement, live);
  }
  live.update(data, (events) => setStateValue("events", events));
  return () => {
    live.close();
    mounted.delete(parentElement);
  };
}
