// Entry of the view. Called anew whenever Python sends something; the live view is made once per mount.

const mounts = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const mount = mounts.get(parentElement) ?? { live: null };
  mounts.set(parentElement, mount);
  mount.show = () => {
    mount.live ??= new (shared().LiveView)(parentElement.querySelector(".view"));
    mount.live.update(data, (events) => setStateValue("events", events));
  };
  if (shared().LiveView) mount.show();
  else shared().arrivals.addEventListener("frame", () => mount.show(), { once: true }); // whatever is then the latest
  return () => {
    mount.live?.close();
    mount.show = () => {};
    mounts.delete(parentElement);
  };
}
