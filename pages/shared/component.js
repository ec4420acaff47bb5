// Types of the arguments that Streamlit passes to a component's script.

/**
 * @template Data
 * @typedef {object} Component
 * @property {Data} data of the last run
 * @property {HTMLElement} parentElement the parent of the component's HTML
 * @property {(name: string, value: unknown) => void} setStateValue sets a state and reruns the script
 * @property {(name: string, value: unknown) => void} setTriggerValue the same, for this run only
 */

export {};
