/**
 * What every emitted C program begins with: its types, and what the language has no operator for.
 *
 * Vectors are the language extension that GCC and Clang share, as wide as the machine's registers; no header is needed, and
 * loops over the elements of one become single instructions where there are such. A type is called by its elements and
 * their number, `f32x8`; of one element it is a number. Masks are integers, −1 or 0.
 */
import type { VectorLength } from '../machine.js'

// ---------------------------------------------------------------------------------------------------------------- model

const BYTES = { f32: 4, f64: 8, i32: 4, i64: 8, u32: 4, u64: 8, u8: 1 } as const

const SCALARS: Readonly<Record<keyof typeof BYTES, string>> = {
  f32: 'float',
  f64: 'double',
  i32: 'int',
  i64: 'long long',
  u32: 'unsigned',
  u64: 'unsigned long long',
  u8: 'unsigned char',
}

type Scalar = keyof typeof BYTES

const ALL = Object.keys(BYTES) as readonly Scalar[]

// ---------------------------------------------------------------------------------------------------------------- types

/** A vector type, another one that may stand at any element and beside any other, and one number in all elements. */
const vectorType = (t: Scalar, vl: VectorLength): readonly string[] => {
  const name = `${t}x${vl}`
  const bytes = BYTES[t] * vl
  return [
    `typedef ${SCALARS[t]} ${name} __attribute__((vector_size(${bytes})));`,
    `typedef ${SCALARS[t]} ${name}u __attribute__((vector_size(${bytes}), aligned(${BYTES[t]}), may_alias));`,
    `INLINE ${name} all_${name}(${SCALARS[t]} x) { return (${name}){${new Array(vl).fill('x').join(', ')}}; }`,
  ]
}

const scalarType = (t: Scalar): readonly string[] => [
  `typedef ${SCALARS[t]} ${t}x1;`,
  `typedef ${SCALARS[t]} ${t}x1u __attribute__((may_alias));`,
  `INLINE ${t}x1 all_${t}x1(${SCALARS[t]} x) { return x; }`,
]

// ------------------------------------------------------------------------------------------------------------ functions

const TYPES = { f32: ['i32', 'u32'], f64: ['i64', 'u64'] } as const

/** The same bits read as another type. */
const bits = (from: Scalar, to: Scalar, vl: VectorLength): string => {
  const a = `${from}x${vl}`
  const b = `${to}x${vl}`
  const body = vl > 1 ? `return (${b})x;` : `union { ${a} x; ${b} y; } u = { x }; return u.y;`
  return `INLINE ${b} ${to}_of_${a}(${a} x) { ${body} }`
}

/** A function of the compiler on each element. */
const each = (name: string, builtin: string, t: Scalar, vl: VectorLength): string => {
  const v = `${t}x${vl}`
  const suffix = t === 'f32' ? 'f' : ''
  const body =
    vl === 1
      ? `return ${builtin}${suffix}(x);`
      : `${v} r; _Pragma("clang loop unroll(full)") for (int i = 0; i < ${vl}; i++) r[i] = ${builtin}${suffix}(x[i]); return r;`
  return `INLINE ${v} ${name}_${v}(${v} x) { ${body} }`
}

const floats = (t: 'f32' | 'f64', vl: VectorLength): readonly string[] => {
  const [i, u] = TYPES[t]
  const v = `${t}x${vl}`
  const m = `${i}x${vl}`
  const suffix = t === 'f32' ? 'f' : ''
  const fused =
    vl === 1
      ? `return __builtin_fma${suffix}(x, y, z);`
      : `${v} r; for (int i = 0; i < ${vl}; i++) r[i] = __builtin_fma${suffix}(x[i], y[i], z[i]); return r;`
  const toMask = vl === 1 ? (c: string) => `-(${m})(${c})` : (c: string) => `(${m})(${c})`
  const asBits = (x: string): string => `${i}_of_${v}(${x})`
  const asFloat = (x: string): string => `${t}_of_${m}(${x})`
  const extreme = (name: string, op: string, join: string): string => `INLINE ${v} ${name}_${v}(${v} x, ${v} y) {
  ${m} a = ${asBits(`select_${v}(${toMask(`x ${op} y`)}, x, y)`)};
  ${m} b = ${asBits(`select_${v}(${toMask(`y ${op} x`)}, y, x)`)};
  return select_${v}(${toMask('x != x')} | ${toMask('y != y')}, x + y, ${asFloat(`a ${join} b`)});
}`
  return [
    bits(t, i, vl),
    bits(i, t, vl),
    bits(t, u, vl),
    bits(u, t, vl),
    `INLINE ${v} select_${v}(${m} c, ${v} x, ${v} y) { return ${vl === 1 ? 'c ? x : y' : asFloat(`(c & ${asBits('x')}) | (~c & ${asBits('y')})`)}; }`,
    each('abs', '__builtin_fabs', t, vl),
    each('sqrt', '__builtin_sqrt', t, vl),
    each('floor', '__builtin_floor', t, vl),
    each('ceil', '__builtin_ceil', t, vl),
    each('trunc', '__builtin_trunc', t, vl),
    each('nearest', '__builtin_rint', t, vl),
    '#if defined(__clang__)',
    `INLINE ${v} madd_${v}(${v} x, ${v} y, ${v} z) { _Pragma("clang fp contract(on)") return x * y + z; }`,
    '#elif defined(__FP_FAST_FMA)',
    `INLINE ${v} madd_${v}(${v} x, ${v} y, ${v} z) { ${fused} }`,
    '#else',
    `INLINE ${v} madd_${v}(${v} x, ${v} y, ${v} z) { return x * y + z; }`,
    '#endif',
    // of two zeros −0 is the smaller one, and NaN wins
    extreme('min', '<', '|'),
    extreme('max', '>', '&'),
  ]
}

const integers = (t: 'i32' | 'i64', vl: VectorLength): readonly string[] => {
  const v = `${t}x${vl}`
  const u = `${t === 'i32' ? 'u32' : 'u64'}x${vl}`
  const any =
    vl === 1 ? 'return x != 0;' : `${SCALARS[t]} r = 0; for (int i = 0; i < ${vl}; i++) r |= x[i]; return r != 0;`
  const less = vl === 1 ? `-(${v})(x < y)` : `(${v})(x < y)`
  return [
    `INLINE ${v} select_${v}(${v} c, ${v} x, ${v} y) { return (c & x) | (~c & y); }`,
    `INLINE ${v} min_${v}(${v} x, ${v} y) { return select_${v}(${less}, x, y); }`,
    `INLINE ${v} max_${v}(${v} x, ${v} y) { return select_${v}(${less}, y, x); }`,
    `INLINE ${v} abs_${v}(${v} x) { return select_${v}(${vl === 1 ? `-(${v})(x < 0)` : 'x < 0'}, -x, x); }`,
    `INLINE ${v} shrU_${v}(${v} x, int n) { return (${v})((${u})x >> n); }`,
    `INLINE int any_${v}(${v} x) { ${any} }`,
  ]
}

const convert = (from: Scalar, to: Scalar, vl: VectorLength): string =>
  `INLINE ${to}x${vl} ${to}_from_${from}x${vl}(${from}x${vl} x) { return ${vl === 1 ? `(${to}x1)x` : `__builtin_convertvector(x, ${to}x${vl})`}; }`

/** Floats truncated to i32: NaN is 0, out of range the nearest end. */
const truncate = (t: 'f32' | 'f64', vl: VectorLength): string => {
  const v = `${t}x${vl}`
  const m = `${TYPES[t][0]}x${vl}`
  const mask = (c: string): string => (vl === 1 ? `-(${m})(${c})` : `(${m})(${c})`)
  const high = t === 'f32' ? '2147483648.0f' : '2147483647.0'
  const low = t === 'f32' ? '-2147483648.0f' : '-2147483648.0'
  const narrow = (x: string): string => (t === 'f32' ? x : `i32_from_i64x${vl}(${x})`)
  return `INLINE i32x${vl} truncate_${v}(${v} x) {
  ${m} over = ${mask(`x >= ${high}`)};
  ${v} y = select_${v}(${mask('x == x')} & ~over, x, all_${v}(0));
  ${v} z = select_${v}(${mask(`y < ${low}`)}, all_${v}(${low}), y);
  return select_i32x${vl}(${narrow('over')}, all_i32x${vl}(2147483647), i32_from_${v}(z));
}`
}

const shared = (vl: VectorLength): readonly string[] => [
  ...ALL.flatMap((t) => (vl === 1 ? scalarType(t) : vectorType(t, vl))),
  ...integers('i32', vl),
  ...integers('i64', vl),
  ...floats('f32', vl),
  ...floats('f64', vl),
  ...(
    [
      ['f32', 'f64'],
      ['f64', 'f32'],
      ['i32', 'f64'],
      ['i32', 'f32'],
      ['f32', 'i32'],
      ['f64', 'i32'],
      ['i32', 'i64'],
      ['i64', 'i32'],
      ['u8', 'i32'],
      ['i32', 'u8'],
    ] as const
  ).map(([from, to]) => convert(from, to, vl)),
  truncate('f32', vl),
  truncate('f64', vl),
]

// -------------------------------------------------------------------------------------------------------------- running

/** The beginning of a program whose vectors have these lengths. */
export const prelude = (lengths: Iterable<VectorLength>): readonly string[] => [
  '#define INLINE static inline __attribute__((always_inline, unused))',
  // elements of two vectors, counted on from the first to the second
  '#if defined(__clang__) || __GNUC__ >= 12',
  '#define TURN(x, y, I, ...) __builtin_shufflevector(x, y, __VA_ARGS__)',
  '#else',
  '#define TURN(x, y, I, ...) __builtin_shuffle(x, y, (I){__VA_ARGS__})',
  '#endif',
  ...[...new Set<VectorLength>([1, ...lengths])].sort((a, b) => a - b).flatMap(shared),
]
