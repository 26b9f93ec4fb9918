"""GLSL shared by the views. Version 1.20, so that old drivers and Mesa take it."""

PROJECTION = """
uniform mat4 u_matrix;      // world to clip; row 3 is w, 1 at what is looked at
uniform vec2 u_half;        // half the viewport, physical px
uniform float u_ratio;      // physical px per logical px
uniform vec3 u_canvas;
uniform vec3 u_fog;         // w where it begins, w where it is full, largest share

vec3 misted(vec3 colour, float w) {
    float span = max(u_fog.y - u_fog.x, 1e-4);
    return mix(colour, u_canvas, u_fog.z * clamp((w - u_fog.x) / span, 0.0, 1.0));
}
"""

LINE_VERTEX = (
    PROJECTION
    + """
uniform vec4 u_flat;        // floor height, 1 = shadow, width of shadows in px, -
uniform vec3 u_shadow;
attribute vec3 a_p0;
attribute vec3 a_p1;
attribute vec3 a_c0;
attribute vec3 a_c1;
attribute vec2 a_width;
attribute vec2 a_corner;    // 0 or 1 along, -1 or 1 across
varying vec2 v_at;          // px along and across, from the first end
varying vec3 v_line;        // length, radius at both ends
varying vec3 v_c0;
varying vec3 v_c1;

const float NEAR = 0.02;

void main() {
    vec3 p0 = a_p0, p1 = a_p1;
    vec2 width = a_width;
    v_c0 = a_c0; v_c1 = a_c1;
    if (u_flat.y > 0.5) {
        p0.z = u_flat.x; p1.z = u_flat.x;
        v_c0 = u_shadow; v_c1 = u_shadow;
        width = vec2(u_flat.z);
    }
    vec4 q0 = u_matrix * vec4(p0, 1.0), q1 = u_matrix * vec4(p1, 1.0);
    if (q0.w < NEAR && q1.w < NEAR) { gl_Position = vec4(2.0, 2.0, 0.0, 1.0); return; }
    if (q0.w < NEAR) q0 = mix(q0, q1, (NEAR - q0.w) / (q1.w - q0.w));
    if (q1.w < NEAR) q1 = mix(q1, q0, (NEAR - q1.w) / (q0.w - q1.w));
    v_c0 = misted(v_c0, q0.w);
    v_c1 = misted(v_c1, q1.w);
    vec2 s0 = q0.xy / q0.w * u_half, s1 = q1.xy / q1.w * u_half;
    float span = length(s1 - s0);
    vec2 along = span > 1e-3 ? (s1 - s0) / span : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    vec2 radius = width * 0.5 * u_ratio;
    float reach = max(radius.x, radius.y) + 1.0;
    v_at = vec2(a_corner.x * span + (2.0 * a_corner.x - 1.0) * reach, a_corner.y * reach);
    v_line = vec3(span, radius);
    vec2 at = s0 + along * v_at.x + across * v_at.y;
    gl_Position = vec4(at / u_half, 0.0, 1.0);
}
"""
)

LINE_FRAGMENT = """
varying vec2 v_at;
varying vec3 v_line;
varying vec3 v_c0;
varying vec3 v_c1;

void main() {
    float share = v_line.x > 1e-3 ? clamp(v_at.x / v_line.x, 0.0, 1.0) : 0.0;
    float gap = length(vec2(v_at.x - share * v_line.x, v_at.y));
    float cover = clamp(mix(v_line.y, v_line.z, share) + 0.5 - gap, 0.0, 1.0);
    gl_FragColor = vec4(mix(v_c0, v_c1, share), cover);
}
"""

MARK_VERTEX = (
    PROJECTION
    + """
attribute vec3 a_place;
attribute vec3 a_colour;
attribute vec3 a_size;      // radius, rim, shape; px
varying vec3 v_colour;
varying vec3 v_size;
varying float v_extent;

void main() {
    vec4 q = u_matrix * vec4(a_place, 1.0);
    if (q.w < 0.02 || a_size.x <= 0.0) {
        gl_Position = vec4(2.0, 2.0, 0.0, 1.0);
        gl_PointSize = 0.0;
        return;
    }
    v_colour = misted(a_colour, q.w);
    v_size = vec3(a_size.xy * u_ratio, a_size.z);
    float round_one = step(a_size.z, 0.5) + step(6.5, a_size.z);
    v_extent = v_size.x * (round_one > 0.5 ? 1.0 : 1.5) + v_size.y + 1.0;
    gl_Position = vec4(q.xy / q.w, 0.0, 1.0);
    gl_PointSize = 2.0 * v_extent;
}
"""
)

# A quarter in the shape asks for a hole: the mark of what is only partly scored.
DOT_FRAGMENT = """
uniform vec3 u_canvas;
varying vec3 v_colour;
varying vec3 v_size;
varying float v_extent;

void main() {
    float gap = length(gl_PointCoord * 2.0 - 1.0) * v_extent - v_size.x;
    float hole = step(0.1, fract(v_size.z)) * clamp(0.5 - gap - 0.5 * v_size.x, 0.0, 1.0);
    vec3 colour = mix(u_canvas, v_colour, clamp(0.5 - gap, 0.0, 1.0) - hole);
    gl_FragColor = vec4(colour, clamp(0.5 + v_size.y - gap, 0.0, 1.0));
}
"""

MARK_FRAGMENT = """
uniform vec3 u_canvas;
varying vec3 v_colour;
varying vec3 v_size;
varying float v_extent;

float polygon(vec2 p, float n, float apothem, float turn) {
    float a = atan(p.x, p.y) + turn;
    float sector = 6.2831853 / n;
    return cos(floor(0.5 + a / sector) * sector - a) * length(p) - apothem;
}

// The radius r is that of a circle of equal area.
float shape_gap(vec2 p, float r, int shape) {
    if (shape == 0 || shape >= 7) return length(p) - r;
    if (shape == 1) return polygon(p - vec2(0.0, -0.22 * r), 3.0, 0.7776 * r, 3.14159265);
    if (shape == 2) {
        return (abs(p.x) / 0.86 + abs(p.y) / 1.14 - 1.2533 * r * 1.009) * 0.68;
    }
    if (shape == 3) {
        float a = mod(atan(p.x, p.y), 1.2566371) - 0.6283185;
        vec2 q = length(p) * vec2(cos(a), abs(sin(a)));
        vec2 tip = 1.462 * r * vec2(0.809017, 0.587785), dent = vec2(0.731 * r, 0.0);
        vec2 edge = tip - dent;
        vec2 normal = normalize(vec2(edge.y, -edge.x));
        return dot(q - dent, normal);
    }
    if (shape == 4) {
        vec2 q = abs(vec2(p.x + p.y, p.x - p.y)) * 0.70710678;
        float arm = 0.4 * r, tip = 1.18 * r;
        return min(max(q.x - tip, q.y - arm), max(q.y - tip, q.x - arm));
    }
    if (shape == 5) return polygon(p, 6.0, 0.9523 * r, 0.0);
    return max(abs(p.x), abs(p.y)) - 0.8862 * r;
}

void main() {
    vec2 p = (gl_PointCoord * 2.0 - 1.0) * v_extent;
    p.y = -p.y;
    int shape = int(v_size.z + 0.5);
    float gap = shape_gap(p, v_size.x, shape);
    if (shape >= 7) {
        float cover = clamp(v_size.y * 0.5 + 0.5 - abs(gap), 0.0, 1.0);
        if (shape == 8) {
            float turn = atan(p.y, p.x) / 6.2831853 * 16.0;
            float dash = abs(fract(turn) - 0.5) * 2.0 - 0.42;
            cover *= clamp(0.5 + dash * v_size.x * 0.19634954, 0.0, 1.0);
        }
        if (cover <= 0.0) discard;
        gl_FragColor = vec4(v_colour, cover);
        return;
    }
    float cover = clamp(0.5 - (gap - v_size.y), 0.0, 1.0);
    if (cover <= 0.0) discard;
    float hole = step(0.1, fract(v_size.z)) * clamp(0.5 + 0.42 * v_size.x - length(p), 0.0, 1.0);
    float full = max(clamp(0.5 - gap, 0.0, 1.0) - hole, 0.0);
    gl_FragColor = vec4(mix(u_canvas, v_colour, full), cover);
}
"""
