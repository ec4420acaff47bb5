// Reports once that the place it stands in is in view, and stays there for a moment: while a page is being built, what
// belongs below passes through what is in view.

/** @import { Component } from "../component.js" */

const STAYS = 400; // milliseconds

/**
 * @param {Component<void>} component
 */
export default function ({ parentElement, setTriggerValue }) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const place = /** @type {any} */ (parentElement).host ?? parentElement;
  const observer = new IntersectionObserver(([{ isIntersecting }]) => {
    clearTimeout(timer);
    if (!isIntersecting) return;
    timer = setTimeout(() => {
      observer.disconnect();
      setTriggerValue("seen", true);
    }, STAYS);
  });
  observer.observe(place);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}
