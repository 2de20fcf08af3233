/** What operations refuse, and the words they refuse it with. The arguments are wrong on purpose, so none of this is typed. */
import * as lanac from 'lanac'
import { DTypeError, LanacError, ShapeError, ValueError } from 'lanac'
import { describe, expect, test } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: these calls are what the types forbid
const L = lanac as any
const T = L.tensor
const i32 = (data: unknown): unknown => T(data, { dtype: 'i32' })
const f32 = (data: unknown): unknown => T(data, { dtype: 'f32' })

type Refusal = readonly [() => unknown, typeof ShapeError | typeof DTypeError | typeof ValueError, string]

const REFUSALS: readonly Refusal[] = [
  [
    () => T([[1, 2], [3]]),
    ShapeError,
    'tensor: rows differ in length: expected an array of 2, found an array of 1 (at [1])',
  ],
  [() => T([[1, 2], 3]), ShapeError, 'tensor: rows differ in length: expected an array of 2, found 3 (at [1])'],
  [
    () =>
      T([
        [1, 2],
        [3, [4]],
      ]),
    ShapeError,
    'tensor: expected a number, found an array of 1 (at [1][1])',
  ],
  [() => T([1, null]), ShapeError, 'tensor: expected a number, found null (at [1])'],
  [() => T(['1']), ShapeError, 'tensor: expected a number, found a string (at [0])'],
  [() => T('abc'), ShapeError, 'tensor: expected a number, found a string'],
  [() => T(undefined), ShapeError, 'tensor: expected a number, found undefined'],
  [() => T({}), ShapeError, 'tensor: expected a number, found an object'],
  [() => T([1], { dtype: 'f16' }), DTypeError, "tensor: unknown dtype f16; use 'f64', 'f32', 'i32' or 'bool'"],
  [() => i32([1.5]), ValueError, "tensor: 1.5 is not a 32-bit whole number (at [0]); use dtype 'f64', or round first"],
  [
    () => i32([3e9]),
    ValueError,
    "tensor: 3000000000 is not a 32-bit whole number (at [0]); use dtype 'f64', or round first",
  ],
  [() => i32([NaN]), ValueError, "tensor: NaN is not a 32-bit whole number (at [0]); use dtype 'f64', or round first"],
  [() => L.zeros([-1]), ValueError, 'zeros: size -1 of axis 0 in [-1] is not a non-negative integer'],
  [() => L.zeros([1.5]), ValueError, 'zeros: size 1.5 of axis 0 in [1.5] is not a non-negative integer'],
  [
    () => L.zeros([1e6, 1e6]),
    ValueError,
    'zeros: [1000000, 1000000] has 1000000000000 elements; at most 4294967296 fit in an array',
  ],
  [() => L.zeros([Infinity]), ValueError, 'zeros: size Infinity of axis 0 in [Infinity] is not a non-negative integer'],
  [() => L.zeros([NaN]), ValueError, 'zeros: size NaN of axis 0 in [NaN] is not a non-negative integer'],
  [() => L.zeros([1], { dtype: 'int' }), DTypeError, "zeros: unknown dtype int; use 'f64', 'f32', 'i32' or 'bool'"],
  [
    () => L.full([1], 1.5, { dtype: 'i32' }),
    ValueError,
    "full: 1.5 is not a 32-bit whole number; use dtype 'f64', or round first",
  ],
  [() => L.eye(-1), ValueError, 'eye: the size must be a whole number of at least 0, found -1'],
  [() => L.linspace(0, 1, 1.5), ValueError, 'linspace: the count must be a whole number of at least 0, found 1.5'],
  [() => L.arange(0, 1, 0), ValueError, 'arange: cannot count from 0 to 1 by 0'],
  [
    () => L.fromTypedArray(new Float32Array(5), [2, 3]),
    ShapeError,
    'fromTypedArray: 5 elements for shape [2, 3], which has 6',
  ],
  [
    () => L.fromTypedArray(new Int8Array(5), [5]),
    DTypeError,
    'fromTypedArray: takes Float64Array, Float32Array, Int32Array or Uint8Array (bool)',
  ],
  [() => L.scalar(1, { dtype: 'x' }), DTypeError, "scalar: unknown dtype x; use 'f64', 'f32', 'i32' or 'bool'"],
  [
    () => L.scalar(1.5, { dtype: 'i32' }),
    ValueError,
    "scalar: 1.5 is not a 32-bit whole number; use dtype 'f64', or round first",
  ],
  [
    () => L.add(f32([1]), T([1])),
    DTypeError,
    "add: f32 and f64 do not mix (shapes [1] and [1]); convert one of them: convert(x, 'f32')",
  ],
  [
    () => L.add(T([1, 2]), T([1, 2, 3])),
    ShapeError,
    'add: cannot broadcast [2] with [3]: sizes 2 and 3 differ; sizes must be equal, or one of them 1, counted from the last axis',
  ],
  [
    () => L.add(T([true]), T([true])),
    DTypeError,
    "add: takes f64, f32, i32, found bool of shape [1]; convert it: convert(x, 'f64')",
  ],
  [
    () => L.add(T([1]), [1]),
    DTypeError,
    'add: takes a tensor or a number, found an array of 1; make it a tensor: tensor([…])',
  ],
  [() => L.add(undefined, 1), DTypeError, 'add: takes a tensor or a number, found undefined'],
  [() => L.add(T([1]), null), DTypeError, 'add: takes a tensor or a number, found null'],
  [() => L.add(T([1]), 'a'), DTypeError, 'add: takes a tensor or a number, found a string'],
  [
    () => L.div(i32([1]), i32([2])),
    DTypeError,
    "div: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')",
  ],
  [() => L.div(i32([1]), 2), DTypeError, "div: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')"],
  [
    () => L.add(i32([1]), 1.5),
    DTypeError,
    "add: 1.5 does not fit i32 of shape [1]; convert the tensor: convert(x, 'f64')",
  ],
  [() => L.mul(T([true]), 2), DTypeError, 'mul: 2 does not fit bool of shape [1]; compare it: notEqual(x, 0)'],
  [() => L.exp(i32([1])), DTypeError, "exp: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')"],
  [() => L.mean(i32([1])), DTypeError, "mean: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')"],
  [
    () => L.sigmoid(T([true])),
    DTypeError,
    "sigmoid: takes f64, f32, found bool of shape [1]; convert it: convert(x, 'f64')",
  ],
  [
    () => L.pow(i32([2]), i32([3])),
    DTypeError,
    "pow: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')",
  ],
  [() => L.pow(i32([2]), 2), DTypeError, "pow: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')"],
  [
    () => L.and(T([1]), T([1])),
    DTypeError,
    "and: takes i32, bool, found f64 of shape [1]; convert it: convert(x, 'i32')",
  ],
  [() => L.not(T([1])), DTypeError, "not: takes i32, bool, found f64 of shape [1]; convert it: convert(x, 'i32')"],
  [
    () => L.where(T([1]), 1, 2),
    DTypeError,
    'where: the condition has to be bool, found f64 of shape [1]; compare it: notEqual(x, 0)',
  ],
  [
    () => L.where(T([true]), f32([1]), T([1])),
    DTypeError,
    "where: f32 and f64 do not mix (shapes [1] and [1]); convert one of them: convert(x, 'f32')",
  ],
  [
    () => L.where(T([true, false]), T([1, 2, 3]), 0),
    ShapeError,
    'where: cannot broadcast [2] with [3]: sizes 2 and 3 differ; sizes must be equal, or one of them 1, counted from the last axis',
  ],
  [() => L.convert(T([1]), 'f16'), DTypeError, "convert: unknown dtype f16; use 'f64', 'f32', 'i32' or 'bool'"],
  [() => L.item(T([1, 2])), ShapeError, 'item: shape [2] has 2 elements, not 1; use toArray'],
  [() => L.sum(T([[1]]), { axis: 2 }), ShapeError, 'sum: axis 2 is out of range for shape [1, 1]'],
  [() => L.sum(T([[1]]), { axis: -3 }), ShapeError, 'sum: axis -3 is out of range for shape [1, 1]'],
  [() => L.sum(T([[1]]), { axis: [0, -2] }), ShapeError, 'sum: axis 0 is named twice for shape [1, 1]'],
  [() => L.sum(T([[1]]), { axis: 0.5 }), ShapeError, 'sum: axis 0.5 is out of range for shape [1, 1]'],
  [
    () => L.sum(T([true])),
    DTypeError,
    "sum: takes f64, f32, i32, found bool of shape [1]; convert it: convert(x, 'f64')",
  ],
  [() => L.max(T([])), ValueError, 'max: an empty axis of [0] has no max'],
  [() => L.argmax(T([])), ValueError, 'argmax: an empty axis of [0] has no argmax'],
  [() => L.max(L.zeros([2, 0]), { axis: 1 }), ValueError, 'max: an empty axis of [2, 0] has no max'],
  [() => L.softmax(T([[1]]), { axis: [0, 1] }), ShapeError, 'softmax: works along one axis, found [0, 1]'],
  [() => L.softmax(T(1)), ShapeError, 'softmax: axis -1 is out of range for shape []'],
  [() => L.cumsum(T([1]), { axis: 1 }), ShapeError, 'cumsum: axis 1 is out of range for shape [1]'],
  [() => L.reshape(L.arange(6), [4]), ShapeError, 'reshape: [6] has 6 elements, [4] has 4'],
  [() => L.reshape(L.arange(6), [4, -1]), ShapeError, 'reshape: [6] has 6 elements, [4, -1] cannot hold them'],
  [() => L.reshape(L.arange(6), [-1, -1]), ShapeError, 'reshape: [-1, -1] leaves more than one size open'],
  [() => L.reshape(L.zeros([0]), [0, -1]), ShapeError, 'reshape: [0] has 0 elements, [0, -1] cannot hold them'],
  [
    () => L.reshape(L.arange(6), [-2, -3]),
    ValueError,
    'reshape: size -2 of axis 0 in [-2, -3] is not a non-negative integer',
  ],
  [() => L.broadcastTo(L.arange(3), [2]), ShapeError, 'broadcastTo: [3] does not stretch to [2]'],
  [() => L.broadcastTo(L.zeros([2, 3]), [3]), ShapeError, 'broadcastTo: [2, 3] does not stretch to [3]'],
  [
    () => L.transpose(L.zeros([2, 3]), [0, 0]),
    ShapeError,
    'transpose: [0, 0] is not a permutation of the axes of [2, 3]',
  ],
  [() => L.transpose(L.zeros([2, 3]), [0]), ShapeError, 'transpose: [0] is not a permutation of the axes of [2, 3]'],
  [() => L.expandDims(L.zeros([2]), { axis: 3 }), ShapeError, 'expandDims: axis 3 is out of range for shape [2, 1]'],
  [() => L.squeeze(L.zeros([2]), { axis: 0 }), ShapeError, 'squeeze: axis 0 of [2] has size 2, not 1'],
  [() => L.concat([]), ShapeError, 'concat: there is nothing to join'],
  [
    () => L.concat([L.zeros([2, 3]), L.zeros([2, 4])]),
    ShapeError,
    'concat: part 1 has shape [2, 4], part 0 [2, 3]: they may differ along axis 0 only',
  ],
  [
    () => L.concat([L.zeros([2, 3]), L.zeros([2])]),
    ShapeError,
    'concat: part 1 has shape [2], part 0 [2, 3]: they may differ along axis 0 only',
  ],
  [
    () => L.concat([f32([1]), T([1])]),
    DTypeError,
    "concat: f64 and f32 do not mix (shapes [1] and [1]); convert one of them: convert(x, 'f64')",
  ],
  [() => L.concat([1, 2]), ShapeError, 'concat: axis 0 is out of range for shape []'],
  [() => L.stack([L.zeros([2]), L.zeros([3])]), ShapeError, 'stack: part 1 has shape [3], part 0 [2]'],
  [() => L.split(L.arange(5), { parts: 2 }), ShapeError, 'split: axis 0 of [5] cannot be cut into sizes [2.5, 2.5]'],
  [() => L.split(L.arange(5), { sizes: [2, 2] }), ShapeError, 'split: axis 0 of [5] cannot be cut into sizes [2, 2]'],
  [() => L.slice(L.arange(5), { step: [0] }), ValueError, 'slice: step 0 of axis 0 is not a whole number other than 0'],
  [() => L.slice(L.arange(5), { start: [0, 0] }), ShapeError, 'slice: [0, 0] names more axes than [5] has'],
  [() => L.slice(L.arange(5), { start: [0.5] }), ValueError, 'slice: bound 0.5 is not a whole number'],
  [
    () => L.pad(L.zeros([2, 2]), { low: [1], high: [1] }),
    ShapeError,
    'pad: low [1], high [1] and interior [0, 0] must name each axis of [2, 2]',
  ],
  [
    () => L.pad(L.zeros([2]), { low: [-1], high: [0] }),
    ValueError,
    'pad: a padding of -1 is negative; slice to take away',
  ],
  [() => L.roll(L.arange(5), { shift: 1.5 }), ValueError, 'roll: shift must be a whole number, found 1.5'],
  [
    () => L.tile(L.arange(5), { repeats: [-1] }),
    ValueError,
    'tile: repeats must be a whole number of at least 0, found -1',
  ],
  [() => L.flip(L.arange(5), { axis: 1 }), ShapeError, 'flip: axis 1 is out of range for shape [5]'],
  [() => L.take(L.arange(3), i32([3])), ValueError, 'take: index 3 is out of range for axis 0 of [3]'],
  [() => L.take(L.arange(3), i32([-4])), ValueError, 'take: index -4 is out of range for axis 0 of [3]'],
  [
    () => L.take(L.arange(3), T([1])),
    DTypeError,
    "take: indices must be i32, found f64 of shape [1]; make them integers: tensor([0, 2], { dtype: 'i32' })",
  ],
  [() => L.take(L.arange(3), 5), ValueError, 'take: index 5 is out of range for axis 0 of [3]'],
  [
    () => L.take(L.arange(3), 0.5),
    DTypeError,
    "take: indices must be i32, found f64 of shape []; make them integers: tensor([0, 2], { dtype: 'i32' })",
  ],
  [() => L.take(L.arange(3), 0, { axis: 1 }), ShapeError, 'take: axis 1 is out of range for shape [3]'],
  [
    () => L.takeAlongAxis(L.zeros([2, 3]), i32([[0]]), { axis: 1 }),
    ShapeError,
    'takeAlongAxis: indices [1, 1] and [2, 3] may differ along axis 1 only',
  ],
  [() => L.oneHot(i32([1]), -1), ValueError, 'oneHot: classes must be a whole number of at least 0, found -1'],
  [
    () => L.oneHot(T([1]), 3),
    DTypeError,
    "oneHot: indices must be i32, found f64 of shape [1]; make them integers: tensor([0, 2], { dtype: 'i32' })",
  ],
  [() => L.at(L.arange(3), 3).set(1), ValueError, 'at: index 3 is out of range for axis 0 of [3]'],
  [() => L.at(L.arange(3), [0, 0]).set(1), ShapeError, 'at: 2 indices for shape [3]'],
  [
    () => L.at(L.arange(3), i32([0, 0])).set(1),
    ValueError,
    'at: an index stands twice, so which value to set is not said; use add to accumulate',
  ],
  [() => L.at(L.arange(3), i32([5])).add(1), ValueError, 'at: index 5 is out of range for axis 0 of [3]'],
  [() => L.at(L.arange(3), [{ start: 0, stop: 2 }]).set(T([1, 2, 3])), ShapeError, 'at: [3] does not stretch to [2]'],
  [
    () => L.at(L.arange(3), 0).set(f32(1)),
    DTypeError,
    "at: f32 and f64 do not mix (shapes [] and [3]); convert one of them: convert(x, 'f32')",
  ],
  [() => L.at(L.arange(3), [{ step: 0 }]).set(1), ValueError, 'at: step must be a whole number of at least 1, found 0'],
  [() => L.at(L.arange(3), [{ start: 0.5 }]).set(1), ValueError, 'at: bound 0.5 of a range is not a whole number'],
  [() => L.topK(L.arange(3), { k: 4 }), ShapeError, 'topK: k is 4, but axis 0 of [3] has size 3'],
  [() => L.topK(L.arange(3), { k: 1.5 }), ValueError, 'topK: k must be a whole number of at least 0, found 1.5'],
  [
    () => L.matmul(L.zeros([2, 3]), L.zeros([4, 5])),
    ShapeError,
    'matmul: [2, 3] x [4, 5]: inner dimensions 3 and 4 differ',
  ],
  [() => L.matmul(T(1), T([1])), ShapeError, 'matmul: takes rank 1 or more, found [] x [1]; use mul for scalars'],
  [
    () => L.matmul(L.zeros([2, 2, 3]), L.zeros([3, 3, 2])),
    ShapeError,
    'matmul: [2, 2, 3] x [3, 3, 2]: leading sizes 2 and 3 differ',
  ],
  [() => L.dot(T([1]), T([1, 2])), ShapeError, 'dot: sizes 1 and 2 differ'],
  [() => L.dot(T([[1]]), T([1])), ShapeError, 'dot: takes two vectors, found [1, 1] and [1]'],
  [() => L.outer(T([[1]]), T([1])), ShapeError, 'outer: takes two vectors, found [1, 1] and [1]'],
  [
    () => L.einsum('ij,jk', T([[1]])),
    ValueError,
    "einsum: 'ij,jk': names 2 operands, found 1; write it like 'ij,jk->ik'",
  ],
  [
    () => L.einsum('ij->k', T([[1]])),
    ValueError,
    "einsum: 'ij->k': label k of the result stands in no operand; write it like 'ij,jk->ik'",
  ],
  [() => L.einsum('ij,jk->ik', T([[1, 2]]), T([[1, 2]])), ShapeError, "einsum: 'ij,jk->ik': label j has sizes 2 and 1"],
  [
    () => L.einsum('i->ii', T([1])),
    ValueError,
    "einsum: 'i->ii': a label stands twice in the result; write it like 'ij,jk->ik'",
  ],
  [() => L.einsum('i1', T([1])), ValueError, "einsum: 'i1': cannot be read; write it like 'ij,jk->ik'"],
  [() => L.einsum('ijk', T([1])), ShapeError, "einsum: 'ijk': 3 labels for operand 0 of shape [1]"],
  [() => L.trace(T([1])), ShapeError, 'trace: takes a matrix, found [1]'],
  [() => L.diag(L.zeros([2, 2, 2])), ShapeError, 'diag: takes a vector or a matrix, found [2, 2, 2]'],
  [() => L.tril(T([1])), ShapeError, 'tril: takes rank 2 or more, found [1]'],
  [() => L.polygamma(1, { order: 0 }), ValueError, 'polygamma: order 0 is not a whole number ≥ 1'],
  [
    () => L.matmul(i32([[1]]), T([[1]])),
    DTypeError,
    "matmul: i32 and f64 do not mix (shapes [1, 1] and [1, 1]); convert one of them: convert(x, 'f64')",
  ],
  [
    () => L.matmul(T([[true]]), T([[true]])),
    DTypeError,
    "matmul: takes f64, f32, i32, found bool of shape [1, 1]; convert it: convert(x, 'f64')",
  ],
  [
    () => L.layerNorm(L.zeros([2, 3]), L.ones([4]), 0),
    ShapeError,
    'layerNorm: scale has shape [4], which does not fit the features of [2, 3]; give a number or shape [3]',
  ],
  [() => L.layerNorm(T(1), 1, 0), ShapeError, 'layerNorm: takes rank 1 or more, found []'],
  [
    () => L.groupNorm(L.zeros([2, 5]), 1, 0, { groups: 2 }),
    ShapeError,
    'groupNorm: 5 features of [2, 5] do not divide into 2 groups',
  ],
  [
    () => L.groupNorm(L.zeros([2, 4]), 1, 0, { groups: 0 }),
    ValueError,
    'groupNorm: groups must be a whole number of at least 1, found 0',
  ],
  [
    () => L.attention(L.zeros([2, 3]), L.zeros([4, 5]), L.zeros([4, 5])),
    ShapeError,
    'attention: queries [2, 3] and keys [4, 5] differ in features',
  ],
  [
    () => L.attention(L.zeros([2, 3]), L.zeros([4, 3]), L.zeros([4, 5]), { mask: L.zeros([2, 4]) }),
    DTypeError,
    'attention: the mask has to be bool, found f64 of shape [2, 4]; compare it: notEqual(mask, 0)',
  ],
  [
    () => L.embedding(L.zeros([4, 3]), T([1])),
    DTypeError,
    "embedding: indices must be i32, found f64 of shape [1]; make them integers: tensor([0, 2], { dtype: 'i32' })",
  ],
  [() => L.embedding(L.zeros([4, 3]), i32([4])), ValueError, 'embedding: index 4 is out of range for axis 0 of [4, 3]'],
  [
    () =>
      L.lstmCell(
        L.zeros([2, 3]),
        { h: L.zeros([2, 4]), c: L.zeros([2, 4]) },
        { wx: L.zeros([3, 15]), wh: L.zeros([4, 16]), b: 0 },
      ),
    ShapeError,
    'lstmCell: wx has shape [3, 15], expected [3, 16]',
  ],
  [() => L.clip(T([1]), { min: 2, max: 1 }), ValueError, 'clip: min 2 is not below max 1'],
]

const refused = (f: () => unknown): LanacError | undefined => {
  try {
    f()
    return undefined
  } catch (e) {
    if (e instanceof LanacError) return e
    throw e
  }
}

describe('what is refused', () => {
  test.each(REFUSALS.map(([f, type, message]) => ({ message, f, type })))('$message', ({ f, type, message }) => {
    const error = refused(f)
    expect(error?.message).toBe(message)
    expect(error).toBeInstanceOf(type)
    expect(error?.name).toBe(type.name)
    expect(message.startsWith(`${error?.operation}: `)).toBe(true)
  })
  test('an index that is traced is refused where it is computed', () => {
    const at = L.jit((i: unknown) => L.take(L.arange(3), i))
    expect(() => at(i32([3]))).toThrow('index 3 is out of range for an axis of size 3')
    expect(L.toArray(at(i32([-1])))).toEqual([2])
  })
})
