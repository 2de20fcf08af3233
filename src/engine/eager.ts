/**
 * Single operations on large values, compiled: what `apply` hands over when it is given numbers in memory.
 *
 * Where the compiled form has the evaluator's very bits, it is compiled once the evaluator has spent on it what compiling
 * costs: whatever comes, that is at most twice the time of the best choice. Where it may round otherwise (functions, and
 * sums in another order), size alone decides, so that a result does not depend on what was computed before.
 */
import type { DType, Shape } from '../core/value.js'
import type { ContractParams } from '../primitive/contract.js'
import { type GatherParams, WIDE } from '../primitive/indexing.js'
import type { AnySingle, Primitive } from '../primitive/record.js'
import { table } from '../primitive/table.js'
import { Writer } from '../tape/program.js'
import { Concrete, isOneNumber } from '../tensor/concrete.js'
import { sameShape, sizeOf } from '../tensor/shape.js'
import type { Arena } from './arena.js'
import { arenaNow, prepared } from './execute.js'
import type { Compiled } from './target.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What an operation's time is measured by. */
type Work = (params: unknown, args: readonly Concrete[], result: Shape) => number

/** Operations that are worth compiling from one size on. */
interface Family {
  readonly work: Work
  /** The least work for which the compiled operation is the faster one, copies into and out of memory included. */
  readonly least: number
  /** What the evaluator takes for a unit of work, in nanoseconds. */
  readonly unit: number
  /** Whether results have the bits of the evaluator: always, of whole and truth values only, or never. */
  readonly exact: boolean | 'whole'
  /** Whether each element depends on those in its own place alone: then only the number of elements matters. */
  readonly flat: boolean
}

/** An argument as a compiled operation takes it: one number for all elements, or an array. */
interface Taken {
  readonly dtype: DType
  readonly shape: Shape
  readonly one: boolean
}

/** An operation on arguments of these shapes and types: compiled, not yet (undefined), or not at all (null). */
interface Kernel {
  readonly params: unknown
  readonly args: readonly Taken[]
  compiled: Compiled | null | undefined
  /** Nanoseconds the evaluator has spent on it. */
  spent: number
}

/** What compiling an operation takes, in nanoseconds. */
const COMPILING = 2e6

/** Operations that are remembered; when there are more, all are forgotten (modules are kept by structure anyway). */
const REMEMBERED = 512

// ------------------------------------------------------------------------------------------------------------- families

const ofResult: Work = (_, __, result) => sizeOf(result)
const ofArgument: Work = (_, args) => sizeOf((args[0] as Concrete).shape)
const ofBoth: Work = (_, args, result) => sizeOf((args[0] as Concrete).shape) + sizeOf(result)

/** Multiplications of a contraction, and four for each element that is read: long dot products take the evaluator as long. */
const ofProduct: Work = (params, args, result) => {
  const { a, out } = params as ContractParams
  const [x, y] = args as readonly [Concrete, Concrete]
  let n = sizeOf(result)
  for (let i = 0; i < a.length; i++) if (!out.includes(a[i] as number)) n *= x.shape[i] as number
  return n + 4 * (sizeOf(x.shape) + sizeOf(y.shape))
}

/** Elements, where axes are so short that merging is no slower than the evaluator's sort. */
const ofSort: Work = (axis, args, result) =>
  ((args[0] as Concrete).shape[axis as number] as number) > 512 ? 0 : sizeOf(result)

/** Elements of rows that are not copied as blocks: compiled code copies those no faster, and would copy all of x in first. */
const ofRows: Work = (params, args, result) => {
  const { batch } = params as GatherParams
  return sizeOf((args[0] as Concrete).shape.slice(batch + 1)) < WIDE ? sizeOf(result) : 0
}

type Names = readonly (keyof typeof table)[]

/**
 * By name: the times of the evaluator, of a compiled operation on what is there already, and of one with its arguments
 * copied in and its result copied out, were measured at 2⁸, 2¹⁰, … elements of f64 and f32. From `least` on the last is
 * the shortest or near it: for exact operations where it is shorter at all (4 µs against 5 at 1024 elements of f32),
 * for the others where it saves some 30 µs, since the first of each shape waits for the compiler.
 *
 * Not here: what the evaluator does without touching elements (reshape, named, stopGradient), and what it does as fast
 * (concatenate, convert between floats).
 */
const families: ReadonlyMap<string, Family> = new Map(
  (
    [
      [
        ['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'sqrt', 'add', 'sub', 'mul', 'div', 'maskedMul'],
        { work: ofResult, least: 2048, unit: 5, exact: true, flat: true },
      ],
      [
        ['maximum', 'minimum', 'isNaN', 'isFinite', 'equal', 'notEqual', 'less', 'lessEqual', 'select'],
        { work: ofResult, least: 1024, unit: 14, exact: true, flat: true },
      ],
      [
        ['and', 'or', 'xor', 'not', 'shiftLeft', 'shiftRight'],
        { work: ofResult, least: 1024, unit: 12, exact: true, flat: true },
      ],
      [
        ['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh'],
        { work: ofResult, least: 4096, unit: 15, exact: false, flat: true },
      ],
      [['acosh', 'atanh', 'atan2', 'remainder'], { work: ofResult, least: 4096, unit: 20, exact: false, flat: true }],
      [
        ['erf', 'erfc', 'lgamma', 'digamma', 'polygamma', 'pow', 'integerPow'],
        { work: ofResult, least: 2048, unit: 60, exact: false, flat: true },
      ],
      [['sum', 'prod'], { work: ofArgument, least: 4096, unit: 6, exact: 'whole', flat: false }],
      [['max', 'min', 'argmax', 'argmin'], { work: ofArgument, least: 1024, unit: 8, exact: true, flat: false }],
      [
        ['broadcast', 'permute', 'flip', 'slice', 'pad'],
        { work: ofResult, least: 2048, unit: 5, exact: true, flat: false },
      ],
      [['gather'], { work: ofRows, least: 2048, unit: 5, exact: true, flat: false }],
      [['argsort'], { work: ofSort, least: 1024, unit: 100, exact: true, flat: false }],
      [['scatterAdd'], { work: ofBoth, least: 4096, unit: 6, exact: 'whole', flat: false }],
      [['cumsum', 'cumprod'], { work: ofResult, least: 8192, unit: 6, exact: 'whole', flat: false }],
      [['contract'], { work: ofProduct, least: 32_768, unit: 0.8, exact: 'whole', flat: false }],
      [['threefry'], { work: ofResult, least: 1024, unit: 10, exact: true, flat: false }],
    ] as readonly (readonly [Names, Family])[]
  ).flatMap(([names, family]) => names.map((name) => [name, family] as const)),
)

// -------------------------------------------------------------------------------------------------------------- kernels

/** Whether parameters are equal: numbers, names, lists and records of them. */
const sameParams = (p: unknown, q: unknown): boolean => {
  if (Object.is(p, q)) return true
  if (typeof p !== 'object' || typeof q !== 'object' || p === null || q === null) return false
  const keys = Object.keys(p)
  if (keys.length !== Object.keys(q).length) return false
  for (const key of keys)
    if (!sameParams((p as Record<string, unknown>)[key], (q as Record<string, unknown>)[key])) return false
  return true
}

const accepts = (k: Kernel, params: unknown, args: readonly Concrete[], flat: number): boolean => {
  if (k.args.length !== args.length) return false
  for (let i = 0; i < args.length; i++) {
    const x = args[i] as Concrete
    const t = k.args[i] as Taken
    if (x.dtype !== t.dtype || isOneNumber(x) !== t.one) return false
    if (flat < 0 ? !sameShape(x.shape, t.shape) : !t.one && t.shape[0] !== flat) return false
  }
  return sameParams(k.params, params)
}

/** The kernels of each primitive, the one used last at the end. */
const kernels = new Map<AnySingle, Kernel[]>()
let remembered = 0
/** What they were compiled for. */
let home: Arena | null | undefined

const kernelFor = (primitive: AnySingle, params: unknown, args: readonly Concrete[], flat: number): Kernel => {
  if (home !== arenaNow()) {
    home = arenaNow()
    kernels.clear()
    remembered = 0
  }
  let own = kernels.get(primitive)
  if (own !== undefined)
    for (let i = own.length - 1; i >= 0; i--) {
      const k = own[i] as Kernel
      if (!accepts(k, params, args, flat)) continue
      if (i < own.length - 1) {
        own.splice(i, 1)
        own.push(k)
      }
      return k
    }
  if (remembered === REMEMBERED) {
    kernels.clear()
    remembered = 0
    own = undefined
  }
  if (own === undefined) {
    own = []
    kernels.set(primitive, own)
  }
  const made: Kernel = {
    params,
    args: args.map((x) => ({ dtype: x.dtype, shape: flat < 0 ? x.shape : [flat], one: isOneNumber(x) })),
    compiled: undefined,
    spent: 0,
  }
  own.push(made)
  remembered += 1
  return made
}

/** The operation as a program; an argument that is one number goes in as that, and is stretched inside. */
const compile = (primitive: AnySingle, k: Kernel): Compiled | null => {
  const w = new Writer()
  const inputs = k.args.map((t) => w.input({ shape: t.one ? [] : t.shape, dtype: t.dtype, weak: false }))
  const refs = k.args.map((t, i) => {
    const at = inputs[i] as number
    if (!t.one || t.shape.length === 0) return at
    const stretched = { shape: t.shape, dtype: t.dtype, weak: false }
    return w.entry(table.broadcast as Primitive, { shape: t.shape, dims: [] }, [at], [stretched])
  })
  const known = k.args.map((t) => ({ shape: t.shape, dtype: t.dtype, weak: false }))
  const { shape, dtype } = primitive.abstract(k.params as never, known)
  const result = w.entry(primitive, k.params, refs, [{ shape, dtype, weak: false }])
  const { compiled } = prepared(w.finish([result]))
  return compiled?.target === 'wasm' ? compiled : null
}

// -------------------------------------------------------------------------------------------------------------- running

/** Whether the family's way with arguments that are one number is the better one: it does not touch elements. */
const isTrivial = (primitive: AnySingle, args: readonly Concrete[]): boolean => {
  if (primitive.name === 'select' && isOneNumber(args[0] as Concrete)) return true
  if (primitive.name === 'broadcast' && sizeOf((args[0] as Concrete).shape) === 1) return true
  return args.length > 0 && args.every(isOneNumber)
}

/**
 * One operation on values in memory; null when it is for the evaluator: too small, seen too seldom, not compiled, or with
 * an error to be told in the evaluator's words.
 */
export const eager = (
  primitive: AnySingle,
  params: unknown,
  args: readonly Concrete[],
  shape: Shape,
): Concrete | null => {
  const family = families.get(primitive.name)
  if (family === undefined) return null
  const work = family.work(params, args, shape)
  if (work < family.least || isTrivial(primitive, args)) return null
  const k = kernelFor(primitive, params, args, family.flat ? work : -1)
  if (k.compiled === undefined) {
    const { exact } = family
    const { dtype } = args[0] ?? { dtype: 'i32' }
    const sameBits = exact === true || (exact === 'whole' && dtype !== 'f64' && dtype !== 'f32')
    if (sameBits) {
      k.spent += work * family.unit
      if (k.spent < COMPILING) return null
    }
    k.compiled = compile(primitive, k)
  }
  const y = k.compiled?.run(args, [])?.[0]
  if (y === undefined) return null
  if (!family.flat || shape.length === 1) return y
  const z = new Concrete(shape, y.dtype, y.held, y.value, false)
  z.residence = y.residence
  z.place = y.place
  return z
}
