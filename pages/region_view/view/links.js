// Views with the same link look at the same place, without asking the server.

const TOLD = 100; // places that Python may still answer with

function linkView(live) {
  const { links } = shared();
  links.add(live);
  live.shareView = () => {
    for (const other of links) {
      const together = other !== live && live.options.link && other.options?.link === live.options.link;
      if (together && other.view) other.look({ ...live.view }, { fitTo: live.fitTo, shared: true });
    }
  };
  live.shareHover = (point) => {
    for (const other of links) {
      const together = other !== live && live.options.link_hover && live.options.link === other.options?.link;
      if (together && other.view) other.hover(point && { x: other.toX(point[0]), y: other.toY(point[1]) }, true);
    }
  };
  return () => links.delete(live);
}

// Python's view is an echo of what hands told it, or, if none did, where the page asks to look; null asks for home.
function takeAskedView(live) {
  const { links, told } = shared(), asked = String(live.options.view ?? ""), before = live.asked;
  live.asked = asked;
  if (before === undefined || before === asked || told.includes(asked)) return;
  const together = [...links].filter((other) => other === live || (live.options.link && other.options?.link === live.options.link));
  if (together.some((other) => other.moving || other.pending.some(({ kind }) => kind === "view"))) return; // hands win
  live.fitTo = live.options.view ?? live.home;
  live.stale.raster = true;
  live.reportSoon();
}

function noteTold(view) {
  const { told } = shared();
  told.push(String(view));
  if (told.length > TOLD) told.shift();
}
