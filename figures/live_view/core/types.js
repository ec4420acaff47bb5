// Types of the data from Python: the counterparts of figures/regions/overlays.py, figures/style/palette.py and figures/regions/strokes.py.

/**
 * A point (s, t) of the plane.
 * @typedef {[number, number]} Point
 */

/**
 * A part of the plane: s0, s1, t0, t1.
 * @typedef {[number, number, number, number]} PlaneWindow
 */

/**
 * A place in pixels, from the upper left corner.
 * @typedef {{ x: number, y: number }} Place
 */

/**
 * The plot's rectangle on the stage, in CSS pixels.
 * @typedef {{ x: number, y: number, width: number, height: number }} Plot
 */

/**
 * A view: the point (s, t) at the plot's centre, and k pixels per unit in both directions.
 * @typedef {{ s: number, t: number, k: number }} View
 */

/** @typedef {"1" | "2" | "inf"} NormName */
/** @typedef {"region" | "class" | "margin" | "active" | "gradient"} Fill */
/** @typedef {"d_B" | "d_D" | "proved" | "attacked"} Role */

/**
 * All colours of one theme, as #rrggbb; and the depth of the class colours.
 * @typedef {object} Palette
 * @property {string} ground
 * @property {string} ink
 * @property {string} faint
 * @property {string[]} class_fills
 * @property {string} pale
 * @property {string[]} class_points
 * @property {string} point_rim
 * @property {[string, string]} edges
 * @property {string} d_B
 * @property {string} d_D
 * @property {string} proved
 * @property {string} attacked
 * @property {string} unknown
 * @property {string} casing
 * @property {string} lit
 * @property {string} positive
 * @property {string} negative
 * @property {string[]} scale
 * @property {string[]} regions
 * @property {string[]} band_fills scales for the bands of a number
 * @property {string[]} band_points
 * @property {number} palest share of a class's full colour where the margin is 0
 * @property {number} palest_band and of a band's
 */

/**
 * Widths of lines in CSS pixels, dashes as the lengths of drawn parts and gaps.
 * @typedef {object} Strokes
 * @property {[number, number]} edge
 * @property {[number, number]} edge_sample
 * @property {number} crowded_edge
 * @property {number} boundary
 * @property {number} boundary_casing
 * @property {number} lit
 * @property {number} lit_casing
 * @property {number} ball
 * @property {number} hyperplane
 * @property {number} region
 * @property {number} class_region
 * @property {number} witness
 * @property {number} hovered
 * @property {number} data_ball
 * @property {number} small_data_ball
 * @property {number} small_radius
 * @property {number} data_ball_fill
 * @property {number} casing
 * @property {number} casing_opacity
 * @property {number[]} hyperplane_dash
 * @property {number[]} class_region_dash
 * @property {{ unknown: number[], proved: number[], attacked: number[] }} verdict_dashes
 * @property {[number, string][]} pin
 */

/**
 * The cut of a ball with the plane: a disc (s, t, radius), or its outline.
 * @typedef {object} Ball
 * @property {Role} role
 * @property {[number, number, number] | null} disc
 * @property {Point[] | null} outline
 * @property {string} label
 */

/**
 * The line a s + b t + c = 0.
 * @typedef {{ role: Role, line: [number, number, number], label: string }} Hyperplane
 */

/**
 * The balls around the first so many data points; a verdict is 0 unknown, 1 proved, 2 attacked.
 * @typedef {{ eps: number, norm: NormName, verdicts: number[] }} DataBalls
 */

/**
 * @typedef {object} Overlays
 * @property {Point | null} pin
 * @property {Point[] | null} region
 * @property {Point[] | null} class_region
 * @property {Ball[]} balls
 * @property {Hyperplane[]} hyperplanes
 * @property {Point | null} witness
 * @property {Point | null} asked
 * @property {Point[]} points
 * @property {number[]} labels
 * @property {DataBalls | null} data_balls
 */

/**
 * How an axis shows a coordinate c: as offset + c * factor, in the units of what it stands for; the factor is above 0.
 * @typedef {[number, number]} Scale
 */

/**
 * A picture as a surface: what its height shows, and how it is turned.
 * @typedef {object} SurfaceOptions
 * @property {string} height of `HeightKind`
 * @property {number} azimuth in degrees, as in `Turn`
 * @property {number} elevation
 * @property {number} zoom
 * @property {number} x
 * @property {number} y
 */

/**
 * @typedef {object} ViewOptions
 * @property {Fill} fill
 * @property {NormName} norm
 * @property {number[]} hidden_layers
 * @property {number | null} lit_unit
 * @property {boolean} show_boundary
 * @property {boolean} show_points
 * @property {boolean} edit_points
 * @property {boolean} colour_blind
 * @property {string} badge
 * @property {string[]} class_names
 * @property {number} bands of a number, which the classes are, in order; 0: they are classes
 * @property {[string, string]} axes
 * @property {[Scale, Scale]} scales
 * @property {PlaneWindow | null} home
 * @property {PlaneWindow | null} view
 * @property {string | null} link
 * @property {boolean} link_hover
 * @property {boolean} thumbnails
 * @property {string | null} network
 * @property {boolean} report_view
 * @property {boolean} report_seen
 * @property {boolean} limited
 * @property {number | null} count
 * @property {string} said
 * @property {boolean} surfaces
 * @property {SurfaceOptions | null} surface
 * @property {boolean} guides
 * @property {boolean} page_keys
 * @property {number} type_scale
 * @property {Record<string, string>} about
 */

export {};
