/**
 * Masks read off what is kept anyway.
 *
 * After y = select(x ≤ 0, 0, x), the mask x ≤ 0 is y ≤ 0 too. A derivative that asks for the mask then reads y, which a product
 * keeps as well, and x is written and read by nobody: a layer keeps its activations, not what they were computed from.
 */
import type { Abstract } from '../core/value.js'
import type { Primitive } from '../primitive/record.js'
import { entryCount, type Program, Writer } from '../tape/program.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A comparison with one number, and a select by it whose result compares like its argument. */
interface Kept {
  /** The comparison's entry, and which of its arguments varies. */
  readonly comparison: number
  readonly varies: 0 | 1
  readonly select: number
}

const COMPARISONS: { readonly [name: string]: (x: number, y: number) => boolean } = {
  less: (x, y) => x < y,
  lessEqual: (x, y) => x <= y,
}

// -------------------------------------------------------------------------------------------------------------- finding

const writersOf = (p: Program): Int32Array => {
  const writer = new Int32Array(p.slots.length).fill(-1)
  for (let k = 0; k < entryCount(p); k++)
    for (let s = p.first[k] as number; s < (p.first[k + 1] as number); s++) writer[s] = k
  return writer
}

/** By the mask's slot, the first select that keeps it, where a product reads what is selected. */
const keptIn = (p: Program, writer: Int32Array): ReadonlyMap<number, Kept> => {
  const nameOf = (k: number): string => (p.primitives[k] as Primitive).name
  const argsOf = (k: number): readonly number[] => p.refs.slice(p.start[k], p.start[k + 1])
  /** The one number that all elements are; null: they differ, or nobody knows. */
  const uniform = (r: number): number | null => {
    if (r < 0) {
      const c = p.constants[-1 - r] as Concrete
      return c.buffer === null || sizeOf(c.shape) === 1 ? elementAt(c, 0) : null
    }
    const k = writer[r] as number
    return k >= 0 && nameOf(k) === 'broadcast' ? uniform(argsOf(k)[0] as number) : null
  }
  const inProducts = new Set<number>()
  for (let k = 0; k < entryCount(p); k++) if (nameOf(k) === 'contract') for (const r of argsOf(k)) inProducts.add(r)
  const found = new Map<number, Kept>()
  for (let k = 0; k < entryCount(p); k++) {
    if (nameOf(k) !== 'select' || !inProducts.has(p.first[k] as number)) continue
    const [mask, x, y] = argsOf(k) as readonly [number, number, number]
    const comparison = mask < 0 ? -1 : (writer[mask] as number)
    if (comparison < 0 || found.has(mask)) continue
    const holds = COMPARISONS[nameOf(comparison)]
    const args = argsOf(comparison)
    const bounds = args.map(uniform)
    const varies = bounds[0] === null ? 0 : 1
    const bound = bounds[1 - varies] as number | null
    if (holds === undefined || bound === null || bounds[varies] !== null) continue
    // where the mask holds, x was taken; the argument that was compared is taken elsewhere, or the other way round
    const compared = args[varies]
    const other = y === compared ? uniform(x) : x === compared ? uniform(y) : null
    if (other === null) continue
    const said = varies === 0 ? holds(other, bound) : holds(bound, other)
    if (said === (y === compared)) found.set(mask, { comparison, varies, select: k })
  }
  return found
}

// -------------------------------------------------------------------------------------------------------------- running

/** The same program, with masks that are read off what products read. */
export const masksOfKept = (p: Program): Program => {
  const writer = writersOf(p)
  const kept = keptIn(p, writer)
  /** Selects by a mask that is known from what an earlier one gave. */
  const later = (k: number): Kept | null => {
    const found = kept.get(p.refs[p.start[k] as number] as number)
    return (p.primitives[k] as Primitive).name === 'select' && found !== undefined && found.select < k ? found : null
  }
  if (kept.size === 0 || !p.primitives.some((_, k) => later(k) !== null)) return p
  const w = new Writer()
  const at = p.inputs.map((a) => w.input(a))
  for (const c of p.constants) w.constant(c)
  const ref = (r: number): number => (r < 0 ? r : (at[r] as number))
  const masks = new Map<Kept, number>()
  const maskOf = (m: Kept): number => {
    const known = masks.get(m)
    if (known !== undefined) return known
    const { comparison: k, varies, select } = m
    const refs = p.refs.slice(p.start[k], p.start[k + 1])
    refs[varies] = p.first[select] as number
    const own = w.entry(p.primitives[k] as Primitive, p.params[k], refs.map(ref), [
      p.slots[p.first[k] as number] as Abstract,
    ])
    masks.set(m, own)
    return own
  }
  for (let k = 0; k < entryCount(p); k++) {
    const refs = p.refs.slice(p.start[k], p.start[k + 1]).map(ref)
    const m = later(k)
    if (m !== null) refs[0] = maskOf(m)
    const results = p.slots.slice(p.first[k], p.first[k + 1])
    const slot = w.entry(p.primitives[k] as Primitive, p.params[k], refs, results)
    for (let i = 0; i < results.length; i++) at.push(slot + i)
  }
  return w.finish(p.outputs.map(ref))
}
