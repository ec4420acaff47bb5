// What Streamlit gives to a component's script, as types.

/**
 * @template Data
 * @typedef {object} Component
 * @property {Data} data of the last run
 * @property {HTMLElement} parentElement what the component's HTML is in
 * @property {(name: string, value: unknown) => void} setStateValue tells Python, and runs the script
 * @property {(name: string, value: unknown) => void} setTriggerValue the same, for this run only
 */

export {};
