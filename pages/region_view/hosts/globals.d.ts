// Constants that Python puts before the code of a host.
declare const PALETTES: Record<string, import("../../../figures/live_view/core/types.js").Palette>;
declare const MESSAGE: import("../../../figures/live_view/view/messages.js").Message; // of a plain page
declare const FRAME: string; // its frame's bytes in base64
declare const STROKES: import("../../../figures/live_view/core/types.js").Strokes;
