/** A program along an axis, with a state carried from step to step. */
import type { ProgramLike } from '../core/program.js'
import type { Abstract, Shape, Tensor } from '../core/value.js'
import { allocate, Concrete, concrete } from '../tensor/concrete.js'
import { range, sizeOf } from '../tensor/shape.js'
import type { Builder } from './builder.js'
import { bits, cut, derived, type Folds, isGiven, type Mask, spread, strong, type Values, zerosOf } from './control.js'
import { isHole, type Multiple, type Opt, type Result } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program (constants, carry, one of each x) → (carry, one of each y), and how often it runs. */
export interface ScanParams {
  readonly program: ProgramLike
  readonly constants: number
  readonly carry: number
  readonly length: number
  readonly reverse: boolean
  readonly folds: Folds
}

/** The abstract values of stacks of these. */
const stacksOf = (of: readonly Result[], length: number): Result[] =>
  of.map((r) => ({ shape: [length, ...r.shape], dtype: r.dtype }))

/** Row `i` along the first axis; shares memory, which is never written to. */
export const rowAt = (x: Concrete, shape: Shape, size: number, i: number): Concrete => {
  const { buffer } = x
  if (buffer === null) return new Concrete(shape, x.dtype, null, x.value, false)
  return shape.length === 0
    ? new Concrete(shape, x.dtype, null, buffer[i] as number, false)
    : concrete(shape, x.dtype, buffer.subarray(i * size, (i + 1) * size))
}

/** The marks of all inputs, those of the carry grown until no step adds to them. */
const grown = (p: ScanParams, start: Mask, step: (inputs: Mask) => Mask): Mask => {
  const { constants: nc, carry: nk } = p
  let inputs = start
  for (;;) {
    const out = step(inputs)
    const next = inputs.map((m, i) => m || (i >= nc && i < nc + nk && (out[i - nc] as boolean)))
    if (bits(next) === bits(inputs)) return inputs
    inputs = next
  }
}

/** What a step does to the marks of results: a carry that goes in marked comes out marked. */
const outcome = (p: ScanParams, inputs: Mask, results: Mask): Mask =>
  results.map((m, i) => (i < p.carry ? (inputs[p.constants + i] as boolean) : m))

interface LinearizedScan {
  readonly forward: ScanParams
  readonly linear: ScanParams
  /** Constants and xs that the linear scan reads as they are. */
  readonly kept: readonly number[]
  readonly active: Mask
  readonly wanted: Mask
}

const linearizedScan = (p: ScanParams, start: Mask): LinearizedScan =>
  derived(p.program, `scan ${bits(start)} ${p.length} ${p.reverse} ${p.constants}`, () => {
    const { program, constants: nc, carry: nk, folds } = p
    const active = grown(p, start, (inputs) => folds.active(program, inputs))
    const wanted = outcome(p, active, folds.active(program, active))
    const keep = active.map((_, i) => i < nc || i >= nc + nk)
    const l = folds.linearize(program, active, wanted, keep)
    const n = program.results.length
    const typesAt = (at: readonly number[]): readonly Abstract[] => at.map((i) => program.inputs[i] as Abstract)
    const places = range(active.length)
    const ofConstants = places.filter((i) => i < nc && active[i])
    const ofCarry = places.filter((i) => i >= nc && i < nc + nk && active[i])
    const ofXs = places.filter((i) => i >= nc + nk && active[i])
    const wholes = l.kept.filter((i) => i < nc)
    const rows = l.kept.filter((i) => i >= nc)
    const residuals = l.forward.results.slice(n)
    // (constants, tangents of constants; tangents of the carry; xs, residuals, tangents of xs)
    const body = folds.trace(
      (v) => {
        const [w, dc, dk, r, e, dx] = cut(
          v,
          wholes.length,
          ofConstants.length,
          ofCarry.length,
          rows.length,
          residuals.length,
        ) as [Values, Values, Values, Values, Values, Values]
        return folds.run(l.linear, [...w, ...r, ...e, ...dc, ...dk, ...dx])
      },
      [
        ...typesAt(wholes),
        ...typesAt(ofConstants),
        ...typesAt(ofCarry),
        ...typesAt(rows),
        ...residuals,
        ...typesAt(ofXs),
      ],
    )
    return {
      forward: { ...p, program: l.forward },
      linear: { ...p, program: body, constants: wholes.length + ofConstants.length, carry: ofCarry.length },
      kept: l.kept,
      active,
      wanted,
    }
  })

interface TransposedScan {
  /** Runs the carry that is known, and gives what it is before each step; null where all of it is linear. */
  readonly known: ScanParams | null
  readonly back: ScanParams
  readonly linear: Mask
}

/**
 * The scan transposed: the other way round, with cotangents for a carry. A part of the carry that is not linear is run
 * forwards first, and stacked.
 */
const transposedScan = (b: Builder, p: ScanParams, start: Mask, given: Mask): TransposedScan =>
  derived(p.program, `scanᵀ ${bits(start)} ${bits(given)} ${p.length} ${p.reverse} ${p.constants}`, () => {
    const { program, constants: nc, carry: nk, folds } = p
    const { inputs, results } = program
    const linear = grown(p, start, (marks) => folds.depends(program, marks))
    const places = range(linear.length)
    const at = (from: number, to: number, isLinear: boolean): readonly number[] =>
      places.filter((i) => i >= from && i < to && linear[i] === isLinear)
    const typesAt = (list: readonly number[]): readonly Abstract[] => list.map((i) => inputs[i] as Abstract)
    const [c, dc] = [at(0, nc, false), at(0, nc, true)]
    const [k, dk] = [at(nc, nc + nk, false), at(nc, nc + nk, true)]
    const [x, dx] = [at(nc + nk, places.length, false), at(nc + nk, places.length, true)]
    const ys = range(results.length).filter((i) => i >= nk && given[i])
    const known = folds.trace(
      (v) => {
        const all = new Array<Opt>(places.length).fill(null)
        for (const [j, i] of [...c, ...k, ...x].entries()) all[i] = v[j] as Tensor
        const out = folds.run(
          program,
          all.map((t, i) => t ?? zerosOf(b, inputs[i] as Abstract)),
        )
        return [...k.map((i) => out[i - nc] as Tensor), ...k.map((i) => all[i] as Tensor)]
      },
      [...typesAt(c), ...typesAt(k), ...typesAt(x)],
    )
    // (known constants; cotangents of constants and of the carry; known carry, known xs, cotangents of ys)
    const back = folds.trace(
      (v) => {
        const [vc, vdc, vdk, vk, vx, vy] = cut(v, c.length, dc.length, dk.length, k.length, x.length) as [
          Values,
          Values,
          Values,
          Values,
          Values,
          Values,
        ]
        const all = new Array<Opt>(places.length).fill(null)
        for (const [j, i] of [...c, ...k, ...x].entries()) all[i] = [...vc, ...vk, ...vx][j] as Tensor
        const ct = new Array<Opt>(results.length).fill(null)
        for (const [j, i] of dk.entries()) ct[i - nc] = vdk[j] as Tensor
        for (const [j, i] of ys.entries()) ct[i] = vy[j] as Tensor
        const found = folds.backward(program, all, ct)
        const orZero = (i: number): Tensor => found[i] ?? zerosOf(b, inputs[i] as Abstract)
        return [
          ...dc.map((i, j) => b.plus(vdc[j] as Tensor, found[i] as Opt) as Tensor),
          ...dk.map(orZero),
          ...dx.map(orZero),
        ]
      },
      [
        ...typesAt(c),
        ...typesAt(dc),
        ...typesAt(dk),
        ...typesAt(k),
        ...typesAt(x),
        ...ys.map((i) => results[i] as Result),
      ],
    )
    return {
      known: k.length === 0 ? null : { ...p, program: known, constants: c.length, carry: k.length },
      back: { ...p, program: back, constants: c.length, carry: dc.length + dk.length, reverse: !p.reverse },
      linear,
    }
  })

/** The first two axes exchanged. */
const exchanged = (b: Builder, x: Tensor): Tensor => b.permute(x, [1, 0, ...range(x.shape.length).slice(2)])

// -------------------------------------------------------------------------------------------------------------- running

/** A program along an axis: `scan(…constants, …carry, …xs)`, each of the xs stacked along its first axis. */
export const scan: Multiple<ScanParams> = {
  name: 'scan',
  results: 'many',
  abstract: (p) => {
    const [carry, ys] = cut<Result>(p.program.results, p.carry) as [readonly Result[], readonly Result[]]
    return [...carry, ...stacksOf(ys, p.length)]
  },
  evaluate: (p, args) => {
    const { program, constants: nc, carry: nk, length } = p
    const [constants, start, xs] = cut(args, nc, nk) as [readonly Concrete[], readonly Concrete[], readonly Concrete[]]
    const shapes = xs.map((x) => x.shape.slice(1))
    const sizes = shapes.map(sizeOf)
    const results = program.results.slice(nk)
    const sizesOfResults = results.map((r) => sizeOf(r.shape))
    const stacks = results.map((r, i) => allocate(r.dtype, length * (sizesOfResults[i] as number)))
    let carry = start
    for (let k = 0; k < length; k++) {
      const at = p.reverse ? length - 1 - k : k
      const rows = xs.map((x, i) => rowAt(x, shapes[i] as Shape, sizes[i] as number, at))
      const out = p.folds.evaluate(program, [...constants, ...carry, ...rows])
      carry = nk === out.length ? out : out.slice(0, nk)
      for (let i = 0; i < stacks.length; i++) {
        const y = out[nk + i] as Concrete
        const size = sizesOfResults[i] as number
        const stack = stacks[i] as (typeof stacks)[number]
        if (y.buffer === null) stack.fill(y.value, at * size, (at + 1) * size)
        else stack.set(y.buffer, at * size)
      }
    }
    return [
      ...carry.map(strong),
      ...stacks.map((s, i) => concrete([length, ...(results[i] as Result).shape], (results[i] as Result).dtype, s)),
    ]
  },
  dual: (b, t, x, p) => {
    const { constants: nc, carry: nk } = p
    const { forward, linear, kept, active, wanted } = linearizedScan(p, t.map(isGiven))
    const [ys, residuals] = cut(b.scan(forward, x), p.program.results.length) as [Values, Values]
    if (!wanted.includes(true)) return [ys, ys.map(() => null)]
    const tangents = (from: number, to: number): Values =>
      x.flatMap((v, i) => (i >= from && i < to && active[i] ? [t[i] ?? b.like(v, 0)] : []))
    const valuesAt = (list: readonly number[]): Values => list.map((i) => x[i] as Tensor)
    const dys = b.scan(linear, [
      ...valuesAt(kept.filter((i) => i < nc)),
      ...tangents(0, nc),
      ...tangents(nc, nc + nk),
      ...valuesAt(kept.filter((i) => i >= nc)),
      ...residuals,
      ...tangents(nc + nk, x.length),
    ])
    return [ys, spread(dys, wanted)]
  },
  transpose: (b, ct, x, p) => {
    const { constants: nc, carry: nk } = p
    const { results } = p.program
    const given = ct.map(isGiven)
    const { known, back, linear } = transposedScan(b, p, x.map(isHole), given)
    const at = (from: number, to: number, isLinear: boolean): readonly number[] =>
      range(x.length).filter((i) => i >= from && i < to && linear[i] === isLinear)
    const valuesAt = (list: readonly number[]): Values => list.map((i) => x[i] as Tensor)
    const constants = valuesAt(at(0, nc, false))
    const xs = valuesAt(at(nc + nk, x.length, false))
    const stacked =
      known === null ? [] : b.scan(known, [...constants, ...valuesAt(at(nc, nc + nk, false)), ...xs]).slice(known.carry)
    const [ofConstants, ofCarry, ofXs] = [at(0, nc, true), at(nc, nc + nk, true), at(nc + nk, x.length, true)]
    const found = b.scan(back, [
      ...constants,
      ...ofConstants.map((i) => zerosOf(b, p.program.inputs[i] as Abstract)),
      ...ofCarry.map((i) => ct[i - nc] ?? zerosOf(b, results[i - nc] as Result)),
      ...stacked,
      ...xs,
      ...ct.slice(nk).filter(isGiven),
    ])
    const out = new Array<Opt>(x.length).fill(null)
    for (const [j, i] of [...ofConstants, ...ofCarry, ...ofXs].entries()) out[i] = found[j] as Tensor
    // a carry that is linear may start from a number that is known
    return out.map((c, i) => (isHole(x[i] as never) ? c : null))
  },
  batch: (b, x, axis, n, p) => {
    const { program, constants: nc, carry: nk, folds } = p
    const { over, marks, wanted } = derived(
      program,
      `scan ${n} ${bits(axis)} ${p.length} ${p.reverse} ${nc}`,
      (): { readonly over: ScanParams; readonly marks: Mask; readonly wanted: Mask } => {
        const marks = grown(p, axis, (inputs) => folds.depends(program, inputs))
        const wanted = outcome(p, marks, folds.depends(program, marks))
        return { over: { ...p, program: folds.batch(program, marks, n, wanted) }, marks, wanted }
      },
    )
    const args = x.map((v, i) =>
      i < nc ? v : i < nc + nk ? (marks[i] ? b.align(v, axis[i] as boolean, n) : v) : axis[i] ? exchanged(b, v) : v,
    )
    return b
      .scan(over, args)
      .map((y, i) => (i >= nk && wanted[i] ? exchanged(b, y) : b.align(y, wanted[i] as boolean, n)))
  },
  samples: { cases: [] },
}
