// Constants that Python puts before the code of a host.
declare const PALETTES: Record<string, import("./core/types.js").Palette>;
declare const STROKES: import("./core/types.js").Strokes;
