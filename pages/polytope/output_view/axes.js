// The frame of the output plane: ticks, and the names of the axes.

import { ticks } from "../../../figures/live_view/core/ticks.js";
import { axisText } from "./names.js";
import { drawLine, drawText } from "./pen.js";

/** @import { OutputMessage } from "./core.js" */
/** @import { OutputPen } from "./pen.js" */

/**
 * @param {OutputPen} pen
 * @param {OutputMessage} options
 */
export function drawAxes(pen, options) {
  const { context, colours, plot, font } = pen, [x0, x1, y0, y1] = pen.window;
  context.strokeStyle = colours.faint;
  context.lineWidth = 1;
  context.strokeRect(plot.x + 0.5, plot.y + 0.5, plot.width - 1, plot.height - 1);
  context.fillStyle = colours.ink;
  context.font = `${font.size - 1}px ${font.family}`;
  context.textAlign = "center";
  const across = ticks(x0, x1, Math.max(3, plot.width / 90)), up = ticks(y0, y1, Math.max(3, plot.height / 60));
  for (const { value, text: words } of across.places) {
    const x = pen.toX(value);
    drawLine(context, x, plot.y + plot.height, x, plot.y + plot.height + 4);
    if (x > plot.x + 14 && x < plot.x + plot.width - 14) context.fillText(words, x, plot.y + plot.height + 6 + font.size * 0.8);
  }
  context.textAlign = "right";
  for (const { value, text: words } of up.places) {
    const y = pen.toY(value);
    drawLine(context, plot.x - 4, y, plot.x, y);
    if (y > plot.y + 6 && y < plot.y + plot.height - 6) context.fillText(words, plot.x - 7, y + font.size * 0.33);
  }
  context.font = `600 ${font.size}px ${font.family}`;
  const [right, left] = [plot.width - 20, plot.width - 110]; // left of the tools
  const names = [
    axisText(context, options.axes[0], across.base, "", " →", right),
    axisText(context, options.axes[1], up.base, "↑ ", "", left),
  ];
  context.textAlign = "right";
  drawText(pen, names[0].shown, plot.x + plot.width - 10, plot.y + plot.height - 10);
  context.textAlign = "left";
  drawText(pen, names[1].shown, plot.x + 10, plot.y + 10 + font.size * 0.8);
  const height = font.size * 1.5;
  pen.names = [ // the rectangles, for a pointer on a shortened name
    { ...names[0], x: plot.x + plot.width - 10 - names[0].width, y: plot.y + plot.height - 6 - height, height },
    { ...names[1], x: plot.x + 10, y: plot.y + 6, height },
  ];
}
