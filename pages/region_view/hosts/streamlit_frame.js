// Entry of the invisible component that brings a frame's bytes.

const carried = new WeakMap();

export default function ({ data, parentElement }) {
  const { hash } = readHeader(data).header;
  const before = carried.get(parentElement);
  if (before !== hash) {
    keepFrame(hash, data);
    carried.set(parentElement, hash);
    if (before) releaseFrame(before);
  }
  return () => whenGone(parentElement, () => {
    releaseFrame(carried.get(parentElement));
    carried.delete(parentElement);
  });
}
