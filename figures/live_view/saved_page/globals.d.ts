// Constants that figures/live_view/web_page.py puts before the code of a saved page.
declare const SAVED: import("./types.js").Saved;
declare const FRAMES: Record<string, string>; // by hash: the frame's bytes, packed
