// Views with the same link look at the same place, without asking the server.
function linkView(live) {
  const { links } = shared();
  links.add(live);
  live.shareView = () => {
    for (const other of links) {
      const together = other !== live && live.options.link && other.options?.link === live.options.link;
      if (together && other.view) other.look({ ...live.view }, true);
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
