// Reports once that the place it stands in is in view, and stays there for a moment: while a page is being built, what
// belongs below passes through what is in view.

const STAYS = 400; // milliseconds

export default function ({ parentElement, setTriggerValue }) {
  let timer = 0;
  const place = parentElement.host ?? parentElement;
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
