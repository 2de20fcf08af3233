/** Which slots of a program are in memory, and which are computed wherever they are read. */
import type { Abstract, Shape, Tensor } from '../core/value.js'
import type { Primitive } from '../primitive/record.js'
import { entryCount, type Program } from '../tape/program.js'
import { range, sizeOf } from '../tensor/shape.js'
import { isControl, programsOf } from './plain.js'
import type { Rule } from './rule.js'
import { rules } from './rules.js'

// ---------------------------------------------------------------------------------------------------------------- costs

/** A subtree of virtual slots that costs more than this is cut: kernels stay of a size that compilers like. */
const LARGEST = 120
/** A value that costs more than this is not computed twice. */
const DEAR = 8
/** What a transcendental function costs, in multiplications. */
const FUNCTION = 12

const FREE: ReadonlySet<string> = new Set([
  'named',
  'stopGradient',
  'broadcast',
  'reshape',
  'permute',
  'flip',
  'slice',
  'iota',
])
const DEAR_NAMES: ReadonlySet<string> = new Set([
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'erf',
  'erfc',
  'lgamma',
  'digamma',
  'polygamma',
  'pow',
  'atan2',
  'gather',
])

// -------------------------------------------------------------------------------------------------------------- running

/** What is asked of a program's entries, by slot. */
export interface Entries {
  /** The entry that writes each slot, −1 for inputs. */
  readonly writer: Int32Array
  readonly rule: (slot: number) => Rule<unknown> | null
  readonly args: (slot: number) => readonly number[]
  readonly params: (slot: number) => unknown
  /** Whether it is a result of control flow, which programs that holds, and all of its results. */
  readonly isControl: (slot: number) => boolean
  readonly programs: (slot: number) => readonly Program[]
  readonly slots: (slot: number) => readonly number[]
  readonly name: (slot: number) => string
}

/** The entries of a program, by slot. */
export const entriesOf = (p: Program): Entries => {
  const writer = new Int32Array(p.slots.length).fill(-1)
  for (let k = 0; k < entryCount(p); k++)
    for (let s = p.first[k] as number; s < (p.first[k + 1] as number); s++) writer[s] = k
  const entry = (slot: number): number => writer[slot] as number
  return {
    writer,
    rule: (slot) => {
      const k = entry(slot)
      return k < 0
        ? null
        : ((rules as Readonly<Record<string, Rule<unknown>>>)[(p.primitives[k] as Primitive).name] ?? null)
    },
    args: (slot) => p.refs.slice(p.start[entry(slot)], p.start[entry(slot) + 1]),
    params: (slot) => p.params[entry(slot)],
    isControl: (slot) => entry(slot) >= 0 && isControl(p.primitives[entry(slot)] as Primitive),
    programs: (slot) => programsOf(p.params[entry(slot)]),
    slots: (slot) => {
      const from = p.first[entry(slot)] as number
      return range((p.first[entry(slot) + 1] as number) - from).map((i) => from + i)
    },
    name: (slot) => (entry(slot) < 0 ? 'input' : (p.primitives[entry(slot)] as Primitive).name),
  }
}

/** What an argument of control flow is a name of, or another shape: the elements are the same in the same order. */
export const behindReshapes = (e: Entries, r: number): number => {
  let s = r
  while (s >= 0 && SAME.has(e.name(s))) s = e.args(s)[0] as number
  return s
}

const SAME: ReadonlySet<string> = new Set(['reshape', 'named', 'stopGradient'])

/** Whether elements of a reshape are read in the argument's own order only: several of its axes become one. */
const merges = (from: Shape, to: Shape): boolean => {
  const own = from.filter((n) => n !== 1)
  const target = to.filter((n) => n !== 1)
  if (own.includes(0)) return false
  let i = 0
  for (let j = 0; j < own.length; j++) {
    // each axis of the argument has to be a product of whole axes of the result
    let n = 1
    while (n < (own[j] as number)) n *= target[i++] as number
    if (n !== own[j]) return true
  }
  return false
}

/** Which slots are in memory, and which of them row-major. */
export const placement = (
  p: Program,
  e: Entries,
): { readonly inMemory: Uint8Array; readonly plain: Uint8Array; readonly cost: Float64Array } => {
  const n = p.slots.length
  const inMemory = new Uint8Array(n)
  const plain = new Uint8Array(n)
  const cost = new Float64Array(n)
  const shapeOf = (r: number): Shape => (r < 0 ? (p.constants[-1 - r] as Tensor).shape : (p.slots[r] as Abstract).shape)
  // through layout changes, to the slot whose elements are read
  const behind = (r: number): number => {
    let s = r
    while (s >= 0 && inMemory[s] === 0 && e.rule(s)?.kind === 'view') s = e.args(s)[0] as number
    return s
  }
  const force = (r: number, rowMajor = false): void => {
    if (r < 0) return
    inMemory[r] = 1
    if (rowMajor) plain[r] = 1
  }
  for (let i = 0; i < p.inputs.length; i++) force(i, true)
  for (let s = p.inputs.length; s < n; s++) {
    const rule = e.rule(s)
    const args = e.args(s)
    if (rule === null) {
      // results of control flow, and what goes into it: as its routines expect them
      for (const r of args) force(behindReshapes(e, r), true)
      force(s, true)
      continue
    }
    const name = e.name(s)
    const own = FREE.has(name) ? 0 : DEAR_NAMES.has(name) ? FUNCTION : 1
    cost[s] = args.reduce((sum, r) => sum + (r < 0 || inMemory[r] === 1 ? 0 : (cost[r] as number)), own)
    if (rule.kind === 'fold' || rule.kind === 'nests') force(s)
    if (rule.kind === 'nests') for (const i of rule.inMemory) force(args[i] as number)
    if (rule.kind === 'lookup') force(args[0] as number)
    // the operands of a product are read many times
    if (name === 'contract')
      for (const r of args) {
        const source = behind(r)
        if (source >= 0 && inMemory[source] === 0) force(source)
      }
    if (name === 'reshape' && merges(shapeOf(args[0] as number), shapeOf(s))) force(args[0] as number, true)
    // stretched over a larger space, a value that costs anything would be computed again and again
    if (name === 'broadcast' && args[0] !== undefined && args[0] >= 0) {
      const source = behind(args[0])
      const small = source < 0 ? 0 : sizeOf(shapeOf(source))
      const dear = source >= 0 && (cost[source] as number) >= (small === 1 ? 1 : 3)
      if (dear && small < sizeOf(shapeOf(s))) force(source)
    }
    if ((cost[s] as number) > LARGEST) force(s)
  }
  for (const r of p.outputs) force(r, true)
  // values read by several kernels
  const readers: (Set<number> | undefined)[] = new Array(n)
  for (let s = n - 1; s >= p.inputs.length; s--) {
    const rule = e.rule(s)
    if (rule === null) continue
    const mine = readers[s]
    if (inMemory[s] === 0 && mine !== undefined && mine.size > 1 && (cost[s] as number) >= DEAR && rule.kind !== 'view')
      inMemory[s] = 1
    const roots: ReadonlySet<number> = inMemory[s] === 1 ? new Set([s]) : (mine ?? new Set())
    for (const r of e.args(s)) {
      if (r < 0) continue
      const known = readers[r]
      if (known === undefined) readers[r] = new Set(roots)
      else if (known.size < 3) for (const root of roots) known.add(root)
    }
  }
  return { inMemory, plain, cost }
}
