// A network 2-2-1 that one can evaluate by hand: units x and y - 1, slope 0.5 for the second; output x+ - 2 (y - 1)' + 3.

import { readNetwork } from "../../../../pages/network_view/core/network.js";

export const byHand = () =>
  readNetwork({ key: "", widths: [2, 2, 1], slopes: [[0, 0.5]], tops: [null] }, Float64Array.from([1, 0, 0, 1, 0, -1, 1, -2, 3]));
