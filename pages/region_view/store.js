// Frames on this browser page, by hash. The carrier component puts them, views take them, so that a pin or a change of
// colours sends kilobytes while the frame stays where it is.

function frameStore() {
  globalThis.reluscopeFrames ??= { held: new Map(), arrivals: new EventTarget() };
  return globalThis.reluscopeFrames;
}

function keepFrame(hash, bytes) {
  const { held, arrivals } = frameStore();
  const entry = held.get(hash) ?? { frame: readFrame(bytes), holders: 0 };
  entry.holders++;
  held.set(hash, entry);
  arrivals.dispatchEvent(new Event("frame"));
}

function releaseFrame(hash) {
  const { held } = frameStore();
  const entry = held.get(hash);
  if (entry && --entry.holders <= 0) held.delete(hash);
}
