// Names in the output plane: those of the axes, as long as there is room, and those of bounds at their lines.

import { overlap } from "../../region_view/core/hits.js";
import { pairs, shortened } from "./core.js";
import { drawText } from "./pen.js";

// The name of an axis between what stands before and behind it, in at most so many pixels.
export function axisText(context, name, base, before, behind, most) {
  const rest = `${base && ` ${base}`}${behind}`, taken = context.measureText(before + rest).width;
  const short = shortened(name, most - taken, (text) => context.measureText(text).width), shown = before + short + rest;
  return { shown, whole: name, shortened: short !== name, width: context.measureText(shown).width };
}

// The names of bounds at their lines, where the sets beside them are farthest, and where no name lies on another.
export function drawNames(pen, scene, options) {
  const { context, colours, plot, font } = pen, taken = [...(pen.names ?? []), { x: plot.x + plot.width - 90, y: plot.y, width: 90, height: 50 }];
  const shown = options.order.filter((name) => scene.sets[name]), placed = [];
  const corners = Object.fromEntries(shown.map((name) => [name, scene.sets[name].flatMap((ring) => pairs(ring, 2).map(([a, b]) => [pen.toX(a), pen.toY(b)]))]));
  const height = font.size * 1.2;
  context.font = `600 ${font.size - 1}px ${font.family}`;
  for (const name of shown.filter((name) => name !== "true" && name !== "hull")) {
    const { title } = colours.sets[name], width = context.measureText(title).width;
    let best = null;
    for (let k = 0; k < 24; k++) {
      const way = [Math.cos((2 * Math.PI * k) / 24), Math.sin((2 * Math.PI * k) / 24)], along = ([x, y]) => x * way[0] + y * way[1];
      const touching = corners[name].reduce((best, one) => (along(one) > along(best) ? one : best)), reach = along(touching);
      const others = shown.filter((other) => other !== name).map((other) => Math.abs(Math.max(...corners[other].map(along)) - reach));
      const x = touching[0] + way[0] * (width / 2 + 5) - width / 2, y = touching[1] + way[1] * (height / 2 + 5) - height / 2;
      const box = { x, y, width, height, touching, gap: Math.min(40, ...others) };
      const inside = x > plot.x + 2 && y > plot.y + 2 && x + width < plot.x + plot.width - 2 && y + height < plot.y + plot.height - 2;
      if (inside && !taken.some((other) => overlap(box, other)) && (best === null || box.gap > best.gap)) best = box;
    }
    if (best === null || best.gap < 2) continue; // lines that lie on each other: the legend tells them apart
    taken.push(best);
    placed.push(name);
    context.textAlign = "left";
    drawText(pen, title, best.x, best.y + height * 0.8, colours.sets[name].line);
  }
  return placed;
}
