/** Trees compared by what they hold: structure, shapes, element types and bits, wherever the elements lie. */
import { isDeepStrictEqual } from 'node:util'
import { isTensor, toTypedArray } from 'lanac'

const plain = (x: unknown): unknown =>
  isTensor(x)
    ? { shape: [...x.shape], dtype: x.dtype, data: toTypedArray(x) }
    : Array.isArray(x)
      ? x.map(plain)
      : typeof x === 'object' && x !== null
        ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)]))
        : x

/** Whether two trees hold the same values, to the last bit. */
export const sameValues = (a: unknown, b: unknown): boolean => isDeepStrictEqual(plain(a), plain(b))
