/**
 * Simplification: equal entries once, constants folded, entries nobody reads dropped, calls written out. It preserves
 * meaning exactly, IEEE special values included (checked by laws/program on random programs).
 */
import type { Tensor } from '../core/value.js'
import type { Primitive } from '../primitive/record.js'
import { isNode } from '../tape/node.js'
import { entryCount, inline, type Program, prune, Writer } from '../tape/program.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'

// -------------------------------------------------------------------------------------------------------------- keys

/** A barrier is kept where its author put it, once for each time it was written. */
const isBarrier = (p: Primitive): boolean => p.name === 'named' || p.name === 'tap'

/** Numbers objects as they come: equal keys mean the same object. */
const numberer = (): ((o: object) => number) => {
  const ids = new Map<object, number>()
  return (o) => {
    const known = ids.get(o)
    if (known !== undefined) return known
    ids.set(o, ids.size)
    return ids.size - 1
  }
}

/** Whether parameters hold rules or programs: such are equal when they are the same object. */
const holdsFunctions = (params: unknown): boolean =>
  typeof params === 'object' &&
  params !== null &&
  Object.values(params).some(
    (v) => typeof v === 'function' || (typeof v === 'object' && v !== null && !Array.isArray(v)),
  )

/** A parameter as a text that is equal for equal parameters; −0 and 0, NaN and null are told apart. */
export const paramsKey = (params: unknown, id: (o: object) => number): string =>
  params === null
    ? ''
    : holdsFunctions(params)
      ? `#${id(params as object)}`
      : JSON.stringify(params, (_, v: unknown) =>
          typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0)) ? `!${Object.is(v, -0) ? '-0' : v}` : v,
        )

/** Results larger than this are not folded into the program: the memory would outweigh the time. */
const FOLD_LIMIT = 4096

// ------------------------------------------------------------------------------------------------------------- passes

/** Entries with equal primitive, parameters and arguments written once; those of constants only, computed. */
const share = (p: Program): Program => {
  const w = new Writer()
  const id = numberer()
  const at: number[] = p.inputs.map((a) => w.input(a))
  const constants = new Map<string, number>()
  const constant = (v: Tensor): number => {
    const c = v as Concrete
    const key =
      !isNode(v) && (c.buffer === null || sizeOf(c.shape) === 1)
        ? `${c.dtype}${c.weak}[${c.shape.join()}]${Object.is(elementAt(c, 0), -0) ? '-0' : elementAt(c, 0)}`
        : `#${id(v)}`
    const known = constants.get(key)
    if (known !== undefined) return known
    const r = w.constant(v)
    values.push(v)
    constants.set(key, r)
    return r
  }
  const values: Tensor[] = []
  const lifted = p.constants.map(constant)
  const ref = (r: number): number => (r < 0 ? (lifted[-1 - r] as number) : (at[r] as number))
  const seen = new Map<string, number>()
  for (let k = 0; k < entryCount(p); k++) {
    const primitive = p.primitives[k] as Primitive
    const refs = p.refs.slice(p.start[k], p.start[k + 1]).map(ref)
    const results = p.slots.slice(p.first[k], p.first[k + 1])
    const put = (slots: readonly number[]): void => {
      for (const s of slots) at.push(s)
    }
    const key = isBarrier(primitive) ? undefined : `${id(primitive)}|${paramsKey(p.params[k], id)}|${refs.join()}`
    const known = key === undefined ? undefined : seen.get(key)
    if (known !== undefined) {
      put(results.map((_, i) => (known < 0 ? known - i : known + i)))
      continue
    }
    const foldable =
      key !== undefined &&
      refs.length > 0 &&
      refs.every((r) => r < 0 && !isNode(values[-1 - r] as Tensor)) &&
      results.every((r) => sizeOf(r.shape) <= FOLD_LIMIT)
    if (foldable && primitive.results === 'one') {
      const y = primitive.evaluate(
        p.params[k] as never,
        refs.map((r) => values[-1 - r] as Concrete),
      )
      put([constant(y)])
      continue
    }
    const slot = w.entry(primitive, p.params[k], refs, results)
    if (key !== undefined) seen.set(key, slot)
    put(results.map((_, i) => slot + i))
  }
  return w.finish(p.outputs.map(ref))
}

// -------------------------------------------------------------------------------------------------------------- running

/** The same program, with less to do. */
export const simplify = (p: Program): Program => prune(share(inline(p)))
