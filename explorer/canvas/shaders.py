"""GLSL shared by the views. Version 1.20, so that old drivers and Mesa take it."""

GRID_VERTEX = """
attribute vec2 a_clip;

void main() {
    gl_Position = vec4(a_clip, 0.0, 1.0);
}
"""

GRID_FRAGMENT = """
uniform vec3 u_colour;

void main() {
    gl_FragColor = vec4(u_colour, 1.0);
}
"""

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

# Colours travel as one float, 0xRRGGBB: exact in 24 bits, and a third of the bytes.
UNPACKED = """
vec3 unpacked(float hex) {
    vec3 c = floor(hex * vec3(1.0 / 65536.0, 1.0 / 256.0, 1.0));
    return vec3(c.x, c.y - 256.0 * c.x, c.z - 256.0 * c.y) / 255.0;
}
"""

# A dash fits the segment exactly; a whole line is one dash as long as the segment. An arrow head is
# a segment of its own: short, in the middle, its width falling to nothing.
LINE_VERTEX = (
    PROJECTION
    + UNPACKED
    + """
uniform vec4 u_flat;        // floor height, 1 = shadow, width of shadows in px, -
uniform vec3 u_shadow;
uniform vec2 u_dash;        // length of a dash and of a gap, physical px
attribute vec3 a_p0;
attribute vec3 a_p1;
attribute vec4 a_style;     // packed colours and widths in px at both ends
attribute float a_corner;   // 1 = at the second end, 2 = on the left; 4 = dotted, 8 = arrow head
varying vec2 v_at;          // px along and across, from the first end
varying vec3 v_dash;        // length of a dash, of a dash and a gap, half a gap
varying float v_radius;
varying vec3 v_colour;

const float NEAR = 0.02;
const float WHOLE = 1.0e5;

void main() {
    float kind = floor(a_corner / 4.0);
    float end = mod(a_corner, 2.0), side = mod(floor(a_corner / 2.0), 2.0) * 2.0 - 1.0;
    vec3 p0 = a_p0, p1 = a_p1;
    vec3 colour = unpacked(end > 0.5 ? a_style.y : a_style.x);
    vec2 width = a_style.zw;
    bool shadow = u_flat.y > 0.5;
    if (shadow) {
        p0.z = u_flat.x; p1.z = u_flat.x;
        colour = u_shadow;
        width = vec2(u_flat.z);
    }
    vec4 q0 = u_matrix * vec4(p0, 1.0), q1 = u_matrix * vec4(p1, 1.0);
    if ((q0.w < NEAR && q1.w < NEAR) || (shadow && kind > 1.5)) {
        gl_Position = vec4(2.0, 2.0, 0.0, 1.0);
        return;
    }
    if (q0.w < NEAR) q0 = mix(q0, q1, (NEAR - q0.w) / (q1.w - q0.w));
    if (q1.w < NEAR) q1 = mix(q1, q0, (NEAR - q1.w) / (q0.w - q1.w));
    v_colour = misted(colour, end > 0.5 ? q1.w : q0.w);
    vec2 s0 = q0.xy / q0.w * u_half, s1 = q1.xy / q1.w * u_half;
    float span = length(s1 - s0);
    vec2 along = span > 1e-3 ? (s1 - s0) / span : vec2(1.0, 0.0);
    vec2 radius = width * 0.5 * u_ratio;
    float reach = max(radius.x, radius.y) + 0.5, back = reach, front = reach;
    if (kind > 1.5) {
        float size = (1.2 * width.y + 1.8) * u_ratio;
        if (span < 3.0 * size) { gl_Position = vec4(2.0, 2.0, 0.0, 1.0); return; }
        s0 += along * (0.5 * span - size);
        span = 2.0 * size;
        radius = vec2(size, 0.0);
        reach = size + 0.5;
        back = 0.0;
        front = 0.5;
    }
    v_dash = vec3(span, 2.0 * WHOLE, WHOLE);
    if (kind > 0.5 && kind < 1.5 && !shadow && span > u_dash.x) {
        float n = max(1.0, floor((span - u_dash.x) / (u_dash.x + u_dash.y) + 0.5));
        float period = (span - u_dash.x) / n;
        v_dash = vec3(u_dash.x, period, 0.5 * (period - u_dash.x));
    }
    v_at = vec2(end > 0.5 ? span + front : -back, side * reach);
    float share = kind > 1.5 ? v_at.x / span : end;
    v_radius = mix(radius.x, radius.y, share) + 0.5;
    vec2 at = s0 + along * v_at.x + vec2(-along.y, along.x) * v_at.y;
    gl_Position = vec4(at / u_half, 0.0, 1.0);
}
"""
)

# Every fragment is multiplied by its coverage: one product less in blending than with plain alpha.
LINE_FRAGMENT = """
varying vec2 v_at;
varying vec3 v_dash;
varying float v_radius;
varying vec3 v_colour;

void main() {
    float x = mod(v_at.x + v_dash.z, v_dash.y) - v_dash.z;
    float gap = length(vec2(x - clamp(x, 0.0, v_dash.x), v_at.y));
    float cover = clamp(v_radius - gap, 0.0, 1.0);
    gl_FragColor = vec4(v_colour * cover, cover);
}
"""

MARK_VERTEX = (
    PROJECTION
    + UNPACKED
    + """
attribute vec3 a_place;
attribute vec2 a_colour;    // packed, alpha
attribute vec3 a_size;      // radius, rim, shape; px
varying vec4 v_colour;
varying vec3 v_size;
varying float v_extent;
varying vec3 v_reach;       // of a round one: where cover, colour and hole end

void main() {
    vec4 q = u_matrix * vec4(a_place, 1.0);
    if (q.w < 0.02 || a_size.x <= 0.0) {
        gl_Position = vec4(2.0, 2.0, 0.0, 1.0);
        gl_PointSize = 0.0;
        return;
    }
    v_colour = vec4(misted(unpacked(a_colour.x), q.w), a_colour.y);
    v_size = vec3(a_size.xy * u_ratio, a_size.z);
    float round_one = step(a_size.z, 0.5) + step(6.5, a_size.z);
    v_extent = v_size.x * (round_one > 0.5 ? 1.0 : 1.5) + v_size.y + 0.5;
    float hole = step(0.1, fract(a_size.z));
    v_reach = vec3(v_size.x + v_size.y + 0.5, v_size.x + 0.5, hole * (0.5 * v_size.x + 0.5));
    if (a_size.y <= 0.0) v_reach.y += 2.0;
    gl_Position = vec4(q.xy / q.w, 0.0, 1.0);
    gl_PointSize = 2.0 * v_extent;
}
"""
)

# A quarter in the shape asks for a hole: the mark of what is only partly scored. Without a rim the
# colour goes on to the edge.
DOT_FRAGMENT = """
uniform vec3 u_canvas;
varying vec4 v_colour;
varying float v_extent;
varying vec3 v_reach;

void main() {
    float d = length(gl_PointCoord * 2.0 - 1.0) * v_extent;
    vec3 share = clamp(v_reach - d, 0.0, 1.0);
    float cover = share.x * v_colour.a;
    gl_FragColor = vec4(mix(u_canvas, v_colour.rgb, share.y - share.z) * cover, cover);
}
"""

MARK_FRAGMENT = """
uniform vec3 u_canvas;
varying vec4 v_colour;
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
        cover *= v_colour.a;
        if (cover <= 0.0) discard;
        gl_FragColor = vec4(v_colour.rgb * cover, cover);
        return;
    }
    float cover = clamp(0.5 - (gap - v_size.y), 0.0, 1.0) * v_colour.a;
    if (cover <= 0.0) discard;
    float hole = step(0.1, fract(v_size.z)) * clamp(0.5 + 0.42 * v_size.x - length(p), 0.0, 1.0);
    float colour = max(clamp(0.5 - gap, 0.0, 1.0), step(v_size.y, 0.0));
    vec3 seen = mix(u_canvas, v_colour.rgb, max(colour - hole, 0.0));
    gl_FragColor = vec4(seen * cover, cover);
}
"""
