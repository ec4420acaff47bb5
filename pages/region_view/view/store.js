// What the components share on a browser page: the view's code, and frames by hash. Each comes
// in a message of its own, so that a pin or a change of colours sends kilobytes while code and frame stay where they are.

function shared() {
  globalThis.reluscope ??= { LiveView: null, frames: new Map(), links: new Set(), told: [], arrivals: new EventTarget() };
  return globalThis.reluscope;
}

function keepFrame(hash, bytes) {
  const { frames, arrivals } = shared();
  const entry = frames.get(hash) ?? { frame: readFrame(bytes), holders: 0 };
  entry.holders++;
  frames.set(hash, entry);
  arrivals.dispatchEvent(new Event("frame"));
}

function releaseFrame(hash) {
  const { frames } = shared();
  const entry = frames.get(hash);
  if (entry && --entry.holders <= 0) frames.delete(hash);
}

// Clean up after a mount, unless its place is still in use: a mount may be cleaned up after its successor has begun.
function whenGone(place, cleanUp) {
  setTimeout(() => {
    if (!place.isConnected) cleanUp();
  });
}
