// Reports once that its container has been in view for a moment: while a page is being built, elements that end up
// below pass through the view.

/** @import { Component } from "../component.js" */

const STAYS = 400; // milliseconds in view before the report; guards against elements that only pass

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
