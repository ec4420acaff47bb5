// Paints a surface by WebGL: triangles with a depth buffer, lines as thin rectangles that keep their width.

import { channels } from "../core/colours.js";

/** @import { Orbit } from "../core/orbit.js" */
/** @import { Sheet } from "../core/sheet.js" */
/** @import { SheetLines } from "../core/sheet_lines.js" */

const FACETS = {
  vertex: `#version 300 es
    layout(location = 0) in vec3 place;
    layout(location = 1) in vec2 slope;
    layout(location = 2) in vec2 tone;
    layout(location = 3) in float region;
    layout(location = 4) in float above;
    uniform mat4 clip;
    uniform vec3 light;
    uniform float rise;
    uniform float lit;
    out vec2 at;
    flat out float shade;
    flat out float isTop;
    void main() {
      gl_Position = clip * vec4(place, 1.0);
      vec3 normal = normalize(vec3(-slope * rise, 1.0));
      shade = clamp(0.56 + 0.44 * dot(normal, light) / light.z, 0.6, 1.12);
      if (region == lit) shade *= 0.84;
      at = tone;
      isTop = above;
    }`,
  fragment: `#version 300 es
    precision highp float;
    in vec2 at;
    flat in float shade;
    flat in float isTop;
    uniform sampler2D colours;
    uniform float opacity;
    uniform float pass;
    out vec4 colour;
    void main() {
      if (pass >= 0.0 && isTop != pass) discard;
      ivec2 size = textureSize(colours, 0);
      ivec2 cell = ivec2(clamp(int(at.x * float(size.x)), 0, size.x - 1), int(at.y + 0.5));
      vec3 lighted = texelFetch(colours, cell, 0).rgb * shade * (gl_FrontFacing ? 1.0 : 0.9);
      colour = vec4(min(lighted, 1.0) * opacity, opacity);
    }`,
};
const LINES = {
  vertex: `#version 300 es
    layout(location = 0) in vec2 corner;
    layout(location = 1) in vec3 from;
    layout(location = 2) in vec3 to;
    layout(location = 3) in vec4 ink;
    layout(location = 4) in float width;
    uniform mat4 clip;
    uniform vec2 size;
    out vec4 tint;
    void main() {
      vec4 a = clip * vec4(from, 1.0), b = clip * vec4(to, 1.0);
      vec2 way = (b.xy / b.w - a.xy / a.w) * size;
      vec2 along = length(way) > 1e-6 ? normalize(way) : vec2(1.0, 0.0);
      vec4 end = mix(a, b, corner.x);
      vec2 off = vec2(-along.y, along.x) * corner.y + along * (corner.x * 2.0 - 1.0) * 0.5;
      end.xy += off * width / size * end.w;
      end.z -= 0.0012 * end.w;
      gl_Position = end;
      tint = vec4(ink.rgb * ink.a, ink.a);
    }`,
  fragment: `#version 300 es
    precision mediump float;
    in vec4 tint;
    out vec4 colour;
    void main() { colour = tint; }`,
};
const PLANE = {
  vertex: `#version 300 es
    layout(location = 0) in vec3 place;
    uniform mat4 clip;
    void main() { gl_Position = clip * vec4(place, 1.0); }`,
  fragment: `#version 300 es
    precision mediump float;
    uniform vec4 tint;
    out vec4 colour;
    void main() { colour = tint; }`,
};
const STRIDE = 10; // values of a line's corner: its two ends, which corner it is, the width, and the colour as one word
const RECTANGLE = [0, 1, 2, 2, 1, 3]; // two triangles

/** @typedef {{ count: number, arrays: WebGLVertexArrayObject, buffers: WebGLBuffer[] }} Held */

/**
 * All facets with their lines, or a grid in their place while a slow picture turns.
 * @typedef {"fine" | "coarse"} Detail
 */

/**
 * What is painted besides the sheets: a translucent plane at height 0, and the region under the cursor.
 * @typedef {object} Scene
 * @property {Orbit} orbit
 * @property {number} ratio device pixels of a CSS pixel
 * @property {number | null} region
 * @property {string | null} zero colour of the plane at height 0, if it is drawn
 * @property {Detail} detail
 */

export class SheetWebGL {
  /**
   * The painter of a canvas; null where the browser has no WebGL 2.
   * @param {HTMLCanvasElement} canvas
   */
  static on(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, premultipliedAlpha: true });
    return gl ? new SheetWebGL(canvas, gl) : null;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   */
  constructor(canvas, gl) {
    this.canvas = canvas;
    this.gl = gl;
    this.facets = program(gl, FACETS);
    this.lines = program(gl, LINES);
    this.plane = program(gl, PLANE);
    this.texture = gl.createTexture();
    /** @type {{ fine: Held[], coarse: Held[] }} */
    this.held = { fine: [], coarse: [] };
    /** @type {Held | null} */
    this.drawn = null; // the lines
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  isLost() {
    return this.gl.isContextLost();
  }

  /**
   * @param {Sheet[]} sheets
   * @param {Float32Array[]} tones of each sheet
   * @param {Detail} detail
   */
  setSheets(sheets, tones, detail) {
    const { gl } = this;
    for (const held of this.held[detail]) this.release(held);
    this.held[detail] = sheets.map(({ places, slopes, regions, above, triangles }, i) => {
      const arrays = gl.createVertexArray();
      gl.bindVertexArray(arrays);
      const buffers = [
        attribute(gl, 0, places, 3), attribute(gl, 1, slopes, 2), attribute(gl, 2, tones[i], 2),
        attribute(gl, 3, Float32Array.from(regions), 1), attribute(gl, 4, Float32Array.from(above), 1),
        buffer(gl, gl.ELEMENT_ARRAY_BUFFER, triangles),
      ];
      return { count: triangles.length, arrays, buffers };
    });
    gl.bindVertexArray(null);
  }

  /**
   * @param {Uint32Array} words
   * @param {number} columns
   */
  setColours(words, columns) {
    const { gl } = this, bytes = new Uint8Array(words.buffer, words.byteOffset, 4 * words.length);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, columns, words.length / columns, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  /**
   * Each line is a rectangle of its own corners: instances of one are far slower where no graphics card is.
   * @param {SheetLines} lines
   */
  setLines({ ends, colours, widths }) {
    const { gl } = this, count = widths.length, values = new Float32Array(4 * STRIDE * count), words = new Uint32Array(values.buffer);
    const triangles = new Uint32Array(6 * count), arrays = gl.createVertexArray();
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < 4; k++) {
        const at = STRIDE * (4 * i + k);
        for (let e = 0; e < 6; e++) values[at + e] = ends[6 * i + e];
        values[at + 6] = k >> 1;
        values[at + 7] = k & 1 ? 1 : -1;
        values[at + 8] = widths[i];
        words[at + 9] = colours[i];
      }
      for (let k = 0; k < 6; k++) triangles[6 * i + k] = 4 * i + RECTANGLE[k];
    }
    if (this.drawn) this.release(this.drawn);
    gl.bindVertexArray(arrays);
    const corners = buffer(gl, gl.ARRAY_BUFFER, values);
    for (const [index, size, offset] of [[0, 2, 6], [1, 3, 0], [2, 3, 3], [4, 1, 8]]) {
      gl.enableVertexAttribArray(index);
      gl.vertexAttribPointer(index, size, gl.FLOAT, false, 4 * STRIDE, 4 * offset);
    }
    gl.enableVertexAttribArray(3);
    gl.vertexAttribPointer(3, 4, gl.UNSIGNED_BYTE, true, 4 * STRIDE, 36);
    const indices = buffer(gl, gl.ELEMENT_ARRAY_BUFFER, triangles);
    gl.bindVertexArray(null);
    this.drawn = { count: triangles.length, arrays, buffers: [corners, indices] };
  }

  /**
   * @param {Scene} scene
   */
  draw({ orbit, ratio, region, zero, detail }) {
    const { gl, canvas } = this, clip = new Float32Array(16);
    orbit.matrix.forEach((row, r) => row.forEach((value, c) => (clip[4 * c + r] = value)));
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    this.drawFacets(clip, orbit, region, this.held[detail]);
    if (this.drawn && detail === "fine") {
      gl.useProgram(this.lines);
      gl.enable(gl.BLEND);
      gl.depthMask(false);
      gl.uniformMatrix4fv(gl.getUniformLocation(this.lines, "clip"), false, clip);
      gl.uniform2f(gl.getUniformLocation(this.lines, "size"), canvas.width / ratio, canvas.height / ratio);
      gl.bindVertexArray(this.drawn.arrays);
      gl.drawElements(gl.TRIANGLES, this.drawn.count, gl.UNSIGNED_INT, 0);
      gl.depthMask(true);
      gl.disable(gl.BLEND);
    }
    if (zero) this.drawZero(clip, orbit, zero);
    gl.bindVertexArray(null);
  }

  /**
   * One sheet is opaque. Of several, those below are, and the parts that are the highest lie over them as glass.
   * @param {Float32Array} clip
   * @param {Orbit} orbit
   * @param {number | null} region
   * @param {Held[]} sheets
   */
  drawFacets(clip, orbit, region, sheets) {
    const { gl, facets } = this, at = (/** @type {string} */ name) => gl.getUniformLocation(facets, name);
    gl.useProgram(facets);
    gl.uniformMatrix4fv(at("clip"), false, clip);
    const light = orbit.light(), size = Math.hypot(...light);
    gl.uniform3f(at("light"), light[0] / size, light[1] / size, light[2] / size);
    gl.uniform1f(at("rise"), orbit.rise * orbit.unit);
    gl.uniform1f(at("lit"), region ?? -1);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.uniform1i(at("colours"), 0);
    gl.enable(gl.POLYGON_OFFSET_FILL);
    gl.polygonOffset(1, 1);
    for (const pass of sheets.length > 1 ? [0, 1] : [-1]) {
      gl.uniform1f(at("pass"), pass);
      gl.uniform1f(at("opacity"), pass === 1 ? 0.76 : 1);
      if (pass === 1) gl.enable(gl.BLEND);
      for (const { arrays, count } of sheets) {
        gl.bindVertexArray(arrays);
        gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_INT, 0);
      }
    }
    gl.disable(gl.BLEND);
    gl.disable(gl.POLYGON_OFFSET_FILL);
  }

  /**
   * @param {Float32Array} clip
   * @param {Orbit} orbit
   * @param {string} colour
   */
  drawZero(clip, { box: { window: [s0, s1, t0, t1] } }, colour) {
    const { gl } = this, [r, g, b] = channels(colour).map((value) => value / 255), a = 0.14;
    const place = buffer(gl, gl.ARRAY_BUFFER, Float32Array.of(s0, t0, 0, s1, t0, 0, s0, t1, 0, s1, t1, 0));
    gl.bindVertexArray(null);
    gl.useProgram(this.plane);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    gl.uniformMatrix4fv(gl.getUniformLocation(this.plane, "clip"), false, clip);
    gl.uniform4f(gl.getUniformLocation(this.plane, "tint"), a * r, a * g, a * b, a);
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.depthMask(true);
    gl.disable(gl.BLEND);
    gl.deleteBuffer(place);
  }

  /**
   * Call back when the picture is painted, without waiting for it.
   * @param {() => void} painted
   */
  whenPainted(painted) {
    const { gl } = this, fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    const look = () => {
      if (!fence || gl.isContextLost()) return;
      if (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) {
        setTimeout(look, 2);
        return;
      }
      gl.deleteSync(fence);
      painted();
    };
    setTimeout(look);
  }

  /**
   * @param {Held} held
   */
  release({ arrays, buffers }) {
    for (const each of buffers) this.gl.deleteBuffer(each);
    this.gl.deleteVertexArray(arrays);
  }

  // Browsers allow some sixteen contexts a page: one that is not needed is given up at once.
  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {{ vertex: string, fragment: string }} sources
 */
function program(gl, { vertex, fragment }) {
  const made = gl.createProgram();
  for (const [kind, source] of /** @type {const} */ ([[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]])) {
    const shader = gl.createShader(kind);
    if (!shader) continue; // the context is lost
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(made) ?? "a shader does not link");
  return made;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} target
 * @param {Float32Array | Uint32Array} values
 */
function buffer(gl, target, values) {
  const made = gl.createBuffer();
  gl.bindBuffer(target, made);
  gl.bufferData(target, values, gl.STATIC_DRAW);
  return made;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} index
 * @param {Float32Array} values
 * @param {number} size
 */
function attribute(gl, index, values, size) {
  const made = buffer(gl, gl.ARRAY_BUFFER, values);
  gl.enableVertexAttribArray(index);
  gl.vertexAttribPointer(index, size, gl.FLOAT, false, 0, 0);
  return made;
}
