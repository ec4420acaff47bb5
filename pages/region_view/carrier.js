// Entry of the invisible component whose only data are a frame's bytes.

const carried = new WeakMap();

export default function ({ data, parentElement }) {
  const { hash } = readHeader(data).header;
  const before = carried.get(parentElement);
  if (before !== hash) {
    keepFrame(hash, data);
    carried.set(parentElement, hash);
    if (before) releaseFrame(before);
  }
  return () => {
    releaseFrame(carried.get(parentElement));
    carried.delete(parentElement);
  };
}
