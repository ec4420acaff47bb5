// Entry of the invisible component that brings the code of all views, once a page.

export default function () {
  shared().LiveView = LiveView;
  shared().arrivals.dispatchEvent(new Event("code"));
}
