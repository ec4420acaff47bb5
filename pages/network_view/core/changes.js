// Changes of a network by hand, as text that pages/shared/plane/weights.py reads.

/** @import { Network } from "./network.js" */

/**
 * @param {number} layer of the weight, counted from 1
 * @param {number} to the unit that it leads to, counted from 1
 * @param {number} from the unit or input that it leads from, counted from 1
 * @param {number} value
 */
export function weightChange(layer, to, from, value) {
  return `w${layer}.${to}.${from}:${digits(value)}`;
}

/**
 * @param {number} layer counted from 1
 * @param {number} unit counted from 1
 * @param {number} value
 */
export function biasChange(layer, unit, value) {
  return `b${layer}.${unit}:${digits(value)}`;
}

/**
 * Set the weight or the bias of a change in a network; any other change has no effect here.
 * @param {Network} network
 * @param {string} change
 */
export function applyChange({ layers }, change) {
  const [, kind, layer, to, from, value] = /^([wb])(\d+)\.(\d+)(?:\.(\d+))?:(.*)$/.exec(change) ?? [];
  const at = layers[Number(layer) - 1];
  if (!at || Number(to) > at.units || (kind === "w" && !(Number(from) <= at.inputs))) return;
  if (kind === "w") at.weights[(Number(to) - 1) * at.inputs + Number(from) - 1] = Number(value);
  else at.bias[Number(to) - 1] = Number(value);
}

/**
 * Which weight or bias a change sets; the whole change where it is of another kind.
 * @param {string} change
 */
export function targetOf(change) {
  return change.split(":")[0];
}

const digits = (/** @type {number} */ value) => String(Number(value.toPrecision(6)));
