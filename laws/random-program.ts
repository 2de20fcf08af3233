/**
 * Random programs over the whole primitive table, made to shrink: a list of small numbers is read as instructions.
 *
 * Each instruction takes a primitive and one of its sample cases, and earlier values as arguments, which are first
 * brought to the case's shape, element type and domain. So every primitive stands in programs by its record alone, next
 * to none of its singularities, and values stay of everyday size.
 */
import * as fc from 'fast-check'
import { type DType, isFloat, type Shape, type Tensor } from '../src/core/value.js'
import type { Domain, Drawn, Result, Sample } from '../src/primitive/record.js'
import { apply, builder } from '../src/tape/node.js'
import { range, sameShape, sizeOf } from '../src/tensor/shape.js'
import { cond, scan } from '../src/transform/control.js'
import { customJvp, customVjp } from '../src/transform/custom.js'
import { jvp } from '../src/transform/forward.js'
import { jit } from '../src/transform/jit.js'
import { vjp } from '../src/transform/reverse.js'
import { allEntries, constant, type Entry, faithful, room, scaleOf, shuffled } from './catalogue.js'
import { resultsOf } from './primitive-sample.js'
import type { ListFunction } from './rounding.js'
import { arrayOf } from './sample.js'
import { rowOf } from './unrolled.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Numbers that name an instruction: an operation, one of its cases, where its arguments come from. */
export interface Instruction {
  readonly operation: number
  readonly case: number
  readonly args: readonly number[]
}

/** Numbers that name a program. */
export interface Genome {
  readonly inputs: readonly number[]
  readonly instructions: readonly Instruction[]
  /** What a call, a custom rule or control flow in the program does. */
  readonly inner: readonly Instruction[]
  readonly outputs: readonly number[]
}

/** A random program: types of its inputs, and what it does to them. */
export interface RandomProgram {
  readonly inputs: readonly Result[]
  readonly f: ListFunction
}

/** A value as instructions see it: its type, and between which numbers it lies. */
interface Known extends Result {
  readonly low: number
  readonly high: number
}

type Step = (env: readonly Tensor[]) => Tensor

/** Inputs lie between −2 and 2. */
export const INPUT: Domain = { low: -2, high: 2 }

const INPUTS: readonly Result[] = [
  ...([[], [3], [2, 3], [1, 2], [2, 3, 1]] as const).map((shape): Result => ({ shape, dtype: 'f64' })),
  { shape: [3], dtype: 'i32' },
  { shape: [2, 2], dtype: 'bool' },
  { shape: [2], dtype: 'f32' },
]

// ------------------------------------------------------------------------------------------------------------ coercing

/** The elements of a value, repeated or cut to another shape. */
export const reshaped = (x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x
  const m = sizeOf(x.shape)
  const n = sizeOf(shape)
  if (m === n) return builder.reshape(x, shape)
  if (m === 1) return builder.broadcast(builder.reshape(x, []), shape, [])
  const flat = builder.reshape(x, [m])
  if (n < m) return builder.reshape(builder.slice(flat, { start: [0], stop: [n], step: [1] }), shape)
  const indices = arrayOf(
    [n],
    'i32',
    range(n).map((i) => i % m),
  )
  return builder.reshape(builder.gather(flat, indices, 0), shape)
}

/** A float value brought between two numbers by a smooth function. */
const squashed = (x: Tensor, low: number, high: number, large: boolean): Tensor =>
  builder.add(builder.mul(large ? builder.tanh(x) : builder.sin(x), (high - low) / 2), (high + low) / 2)

/** A value that is known to be of some type and range, as an argument of this type and domain. */
const coerced = (known: Known, a: Drawn, dtype: DType, seed: number): ((x: Tensor) => Tensor) => {
  const { low, high } = a.domain
  if (dtype === 'bool') return (x) => reshaped(x, a.shape)
  if (dtype === 'i32') {
    const n = Math.floor(high) - Math.ceil(low) + 1
    return n >= 2 ** 30 || (known.low >= low && known.high <= high)
      ? (x) => reshaped(x, a.shape)
      : (x) => builder.add(builder.remainder(reshaped(x, a.shape), n), Math.ceil(low))
  }
  const free = a.domain.avoid === undefined && a.domain.distinct !== true
  if (free && known.low >= low && known.high <= high) return (x) => builder.convert(reshaped(x, a.shape), dtype)
  const [from, to] = room(a.domain, seed)
  const large = Math.max(Math.abs(known.low), Math.abs(known.high)) > 4
  if (a.domain.distinct !== true) return (x) => squashed(builder.convert(reshaped(x, a.shape), dtype), from, to, large)
  // distinct: each element in a part of its own
  const n = sizeOf(a.shape)
  const step = (to - from) / Math.max(1, n)
  const places = shuffled(n, seed).map((r) => from + step * (r + 0.5))
  return (x) =>
    builder.add(
      squashed(builder.convert(reshaped(x, a.shape), dtype), -step / 4, step / 4, large),
      arrayOf(a.shape, dtype, places),
    )
}

// ------------------------------------------------------------------------------------------------------------- decoding

const CONSTANT = 6

/** Where an argument comes from: an earlier value of a fitting type, or a constant. */
const argument = (env: readonly Known[], a: Drawn, dtype: DType, k: number): Step => {
  const kinds = env.flatMap((e, i) =>
    (isFloat(dtype) ? isFloat(e.dtype) : e.dtype === dtype) && (sizeOf(e.shape) > 0 || sizeOf(a.shape) === 0)
      ? [i]
      : [],
  )
  if (kinds.length === 0 || k % CONSTANT === CONSTANT - 1) {
    const c = constant({ ...a, dtype }, k)
    return () => c
  }
  // small numbers name the latest values, so that programs are deep
  const i = kinds[kinds.length - 1 - (Math.floor(k / CONSTANT) % kinds.length)] as number
  const to = coerced(env[i] as Known, a, dtype, k)
  return (values) => to(values[i] as Tensor)
}

const decodeOne = (
  env: readonly Known[],
  g: Instruction,
  wide: boolean,
): { readonly known: Known; readonly step: Step } => {
  const list = wide ? faithful() : allEntries()
  const { primitive, cases } = list[g.operation % list.length] as Entry
  const c = cases[g.case % cases.length] as Sample<unknown>
  // one instruction in five computes in f32, where the operation takes it
  const narrow = !wide && g.case % 5 === 4
  const typed = (on: boolean): readonly DType[] => c.args.map((a) => (on && a.dtype === 'f64' ? 'f32' : a.dtype))
  const fits = (dtypes: readonly DType[]): boolean => {
    try {
      resultsOf(
        primitive,
        c.params,
        c.args.map((a, i) => ({ shape: a.shape, dtype: dtypes[i] as DType })),
      )
      return true
    } catch {
      return false
    }
  }
  const dtypes = narrow && fits(typed(true)) ? typed(true) : typed(false)
  const [result] = resultsOf(
    primitive,
    c.params,
    c.args.map((a, i) => ({ shape: a.shape, dtype: dtypes[i] as DType })),
  )
  const args = c.args.map((a, i) => argument(env, a, dtypes[i] as DType, g.args[i % g.args.length] as number))
  const float = isFloat((result as Result).dtype)
  const scale = float ? scaleOf(primitive, c) : 1
  return {
    known: { ...(result as Result), low: float ? -4 : -(2 ** 31), high: float ? 4 : 2 ** 31 },
    step: (values) => {
      const y = apply(
        primitive,
        c.params,
        args.map((get) => get(values)),
      )
      return scale === 1 ? y : builder.mul(y, scale)
    },
  }
}

/** What an inner function is used as. */
const WRAPPERS: readonly ((f: ListFunction) => ListFunction)[] = [
  (f) => {
    const called = jit(((...x: Tensor[]) => f(x)) as never)
    return (x) => called(...x) as readonly Tensor[]
  },
  (f) => withJvp(f),
  (f) => withVjp(f),
  (f) => inScan(f),
  (f) => inCond(f, true),
  (f) => inCond(f, false),
]

const halved = (x: readonly Tensor[]): readonly Tensor[] => x.map((v) => (isFloat(v.dtype) ? builder.mul(v, 0.5) : v))

/** A function in the second of two steps, at half its arguments. */
const inScan =
  (f: ListFunction): ListFunction =>
  (x) => {
    const [, ys] = scan(((c: readonly Tensor[]) => [halved(c), f(c)]) as never, x, null, { length: 2 })
    return (ys as readonly Tensor[]).map((y) => rowOf(y, 1))
  }

/** A function as one of two branches; the other one has half its arguments. What is chosen by is traced. */
const inCond =
  (f: ListFunction, first: boolean): ListFunction =>
  (x) => {
    const v = x.find((t) => isFloat(t.dtype)) as Tensor
    const zero = builder.sum(
      builder.mul(v, 0),
      v.shape.map((_, i) => i),
    )
    const at = (branch: ListFunction) => ((...y: Tensor[]) => branch(y)) as never
    const half: ListFunction = (y) => f(halved(y))
    return cond(builder.equal(zero, first ? 0 : 1), at(f), at(half), ...x) as readonly Tensor[]
  }

/** A function under a custom jvp that is its own derivative. */
export const withJvp = (f: ListFunction): ListFunction => {
  const plain = (...x: Tensor[]): readonly Tensor[] => f(x)
  const ruled = customJvp(plain as never, (x, t) => jvp(plain as never, x, t))
  return (x) => ruled(...x) as readonly Tensor[]
}

/** A function under a custom vjp that is its own derivative. */
export const withVjp = (f: ListFunction): ListFunction => {
  const plain = (...x: Tensor[]): readonly Tensor[] => f(x)
  const ruled = customVjp(
    plain as never,
    (...x: Tensor[]) => [f(x), x],
    (x, ct) => vjp(plain as never, ...(x as readonly Tensor[]))[1](ct) as readonly unknown[],
  )
  return (x) => ruled(...x) as readonly Tensor[]
}

const EVERY = 7

/** The steps of a list of instructions; one instruction in `EVERY` is a call, a custom rule or control flow. */
const steps = (
  inputs: readonly Known[],
  instructions: readonly Instruction[],
  inner: readonly Instruction[],
  wide: boolean,
) => {
  const env: Known[] = [...inputs]
  const list: Step[] = []
  for (const g of instructions) {
    const floats = env.flatMap((e, i) => (isFloat(e.dtype) ? [i] : []))
    if (inner.length > 0 && g.operation % EVERY === EVERY - 1 && floats.length > 0) {
      const chosen = [
        ...new Set(g.args.slice(0, 2).map((k) => floats[floats.length - 1 - (k % floats.length)] as number)),
      ]
      const body = steps(
        chosen.map((i) => env[i] as Known),
        inner,
        [],
        true,
      )
      const wrap = WRAPPERS[g.case % WRAPPERS.length] as (f: ListFunction) => ListFunction
      const f = wrap((x) => [body.run(x).at(-1) as Tensor])
      list.push((values) => f(chosen.map((i) => values[i] as Tensor))[0] as Tensor)
      env.push(body.env.at(-1) as Known)
    } else {
      const { known, step } = decodeOne(env, g, wide)
      list.push(step)
      env.push(known)
    }
  }
  const run = (x: readonly Tensor[]): Tensor[] => {
    const values = [...x]
    for (const step of list) values.push(step(values))
    return values
  }
  return { env, run }
}

/** How numbers are read. */
export interface DecodeOptions {
  /** Types of the inputs; by default those the numbers name. */
  readonly inputs?: readonly Result[]
  /** No f32 anywhere, and nothing that is by intent not the derivative: for what is hidden in parameters. */
  readonly wide?: boolean
}

/** The program that numbers name. */
export const decode = (g: Genome, { inputs: given, wide = false }: DecodeOptions = {}): RandomProgram => {
  const kinds = INPUTS.length - (wide ? 1 : 0)
  const inputs = given ?? g.inputs.map((k, i) => INPUTS[k % (i === 0 ? 5 : kinds)] as Result)
  const known = inputs.map(
    (r): Known => (isFloat(r.dtype) ? { ...r, low: -2, high: 2 } : { ...r, low: -(2 ** 31), high: 2 ** 31 }),
  )
  const { env, run } = steps(known, g.instructions, g.inner, wide)
  const last = env.length - 1
  const chosen = g.outputs.map((k, i) => (i === 0 ? lastFloat(env) : last - (k % env.length)))
  return {
    inputs,
    f: (x) => {
      const values = run(x)
      return chosen.map((i) => values[i] as Tensor)
    },
  }
}

const lastFloat = (env: readonly Known[]): number => {
  for (let i = env.length - 1; i >= 0; i--)
    if (isFloat((env[i] as Known).dtype) && sizeOf((env[i] as Known).shape) > 0) return i
  return 0
}

// ---------------------------------------------------------------------------------------------------------- arbitraries

const small = fc.nat({ max: 4095 })

const instruction: fc.Arbitrary<Instruction> = fc.record({
  operation: small,
  case: small,
  args: fc.tuple(small, small, small),
})

/** Programs of at most so many instructions. */
export const genome = (most: number): fc.Arbitrary<Genome> =>
  fc.record({
    inputs: fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 3 }),
    instructions: fc.array(instruction, { minLength: 1, maxLength: most, size: 'max' }),
    inner: fc.array(instruction, { minLength: 0, maxLength: 3, size: 'max' }),
    outputs: fc.array(small, { minLength: 1, maxLength: 3 }),
  })

/** Numbers to fill arrays with, whatever their number. */
export const pool = (low: number, high: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: low, max: high }), { minLength: 61, maxLength: 61 })

/** An array of a type from a pool, from a place of its own. */
export const fill = (a: Result, numbers: readonly number[], offset: number): Tensor => {
  const n = sizeOf(a.shape)
  const at = (i: number): number => numbers[(offset * 17 + i) % numbers.length] as number
  return arrayOf(
    a.shape,
    a.dtype,
    range(n).map((i) => (isFloat(a.dtype) ? at(i) / 8 : a.dtype === 'bool' ? Math.abs(at(i)) % 2 : at(i))),
  )
}
