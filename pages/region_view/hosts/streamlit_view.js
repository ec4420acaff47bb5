// Entry of the view. Called anew whenever Python sends something; the live view is made once per mount.

const mounts = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const mount = mounts.get(parentElement) ?? { live: null };
  mounts.set(parentElement, mount);
  mount.show = () => {
    const root = parentElement.querySelector(".view");
    if (mount.live?.root !== root) {
      mount.live?.close();
      mount.live = new (shared().LiveView)(root);
    }
    mount.live.update(data, (events) => setStateValue("events", events));
  };
  if (shared().LiveView) mount.show();
  else shared().arrivals.addEventListener("code", () => mount.show(), { once: true }); // whatever is then the latest
  return () => whenGone(parentElement, () => {
    mount.live?.close();
    mount.show = () => {};
    mounts.delete(parentElement);
  });
}
