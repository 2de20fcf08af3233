/**
 * Custom rules: a function with a derivative of one's own.
 *
 * A custom jvp states the tangent. A custom vjp is a linear operation whose transpose is the traced backward function;
 * forward mode through it transposes that, which takes a backward function linear in the cotangent.
 */
import { backward } from '../adjoint/backward.js'
import { foldBatch, stacked } from '../batch/fold.js'
import { ScopeError, TreeError } from '../core/error.js'
import { type Abstract, isFloat, type Tensor } from '../core/value.js'
import { foldDual } from '../dual/fold.js'
import type { CustomParams } from '../primitive/composite.js'
import { isHole, type Opt } from '../primitive/record.js'
import { run } from '../tape/fold.js'
import { builder, isNode, type Node, variable } from '../tape/node.js'
import { type Program, record } from '../tape/program.js'
import { scope } from '../tape/scope.js'
import { abstractly, flattenResult, flattenValues, traceLeaves } from '../tape/trace.js'
import { type Structure, unflatten } from '../tree/tree.js'
import { fit, fitTree } from './arguments.js'

type AnyFunction = (...args: never[]) => unknown

// ------------------------------------------------------------------------------------------------------------- tracing

/** Refuses a rule that closes over a value of an outer trace. @throws ScopeError */
const closed = (operation: string, p: Program): Program => {
  if (p.constants.some(isNode))
    throw new ScopeError({
      operation,
      problem: 'the function or its rule captures a traced value',
      hint: 'pass it as an argument, so that its derivative is not lost',
    })
  return p
}

const lazy = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** A program over stacks: inputs marked have the new axis, every output has it. */
const batchProgram = (p: Program, axis: readonly boolean[], n: number): Program =>
  traceLeaves(
    (v) =>
      foldBatch(
        p,
        v.map((value, i) => ({ value, batched: axis[i] as boolean })),
        n,
      ).map((b) => stacked(b, n)),
    p.inputs.map((a, i) => (axis[i] ? { ...a, shape: [n, ...a.shape] } : a)),
    { name: 'vmap' },
  )

const zeros = (a: Abstract): Tensor => builder.like(a, 0)

// ------------------------------------------------------------------------------------------------------------ custom jvp

/** `rule`: the inputs and the tangents of the float ones → results, then tangents of the float results. */
const jvpParams = (program: Program, rule: () => Program): CustomParams => ({
  name: 'customJvp',
  results: program.results,
  run: (x) => run(program, x),
  dual: (t, x) => {
    const tangents = x.flatMap((v, i) => (isFloat(v.dtype) ? [t[i] ?? zeros(abstractly(v))] : []))
    const out = run(rule(), [...x, ...tangents])
    const ys = out.slice(0, program.results.length)
    let next = ys.length
    return [ys, ys.map((y): Opt => (isFloat(y.dtype) ? (out[next++] as Tensor) : null))]
  },
  transpose: null,
  batch: (axis, n) => {
    const floats = axis.filter((_, i) => isFloat((program.inputs[i] as Abstract).dtype))
    return jvpParams(
      batchProgram(program, axis, n),
      lazy(() => batchProgram(rule(), [...axis, ...floats], n)),
    )
  },
})

/** The function with this tangent: `rule(arguments, tangents)` returns `[result, tangent]`. */
export const customJvp =
  (f: AnyFunction, rule: (primals: never, tangents: never) => readonly [unknown, unknown]) =>
  (...args: unknown[]): unknown => {
    const { structure, leaves } = flattenValues(args)
    const inputs = leaves.map(abstractly)
    let result: Structure = structure
    const program = closed(
      'customJvp',
      traceLeaves(
        (v) => {
          const out = flattenResult(f(...(unflatten({ structure, leaves: v }) as never[])), 'customJvp')
          result = out.structure
          return out.leaves
        },
        inputs,
        { name: 'customJvp' },
      ),
    )
    const traceRule = lazy(() =>
      closed(
        'customJvp',
        traceLeaves(
          (v) => {
            const x = v.slice(0, inputs.length)
            let next = inputs.length
            const t = inputs.map((a) => (isFloat(a.dtype) ? (v[next++] as Tensor) : null))
            const pair = rule(
              unflatten({ structure, leaves: x }) as never,
              unflatten({ structure, leaves: t }) as never,
            )
            if (!Array.isArray(pair) || pair.length !== 2)
              throw new TreeError({ operation: 'customJvp', problem: 'the rule returns [result, tangent]' })
            const ys = flattenValues(pair[0])
            const dys = fitTree('customJvp', pair[1], ys.structure, ys.leaves.map(abstractly), 'the tangent')
            return [
              ...ys.leaves.map((y, i) => fit('customJvp', y, program.results[i] as Abstract, 'the result of the rule')),
              ...ys.leaves.flatMap((y, i) => (isFloat(y.dtype) ? [dys[i] ?? builder.like(y, 0)] : [])),
            ]
          },
          [...inputs, ...inputs.filter((a) => isFloat(a.dtype))],
          { name: 'customJvp' },
        ),
      ),
    )
    return unflatten({ structure: result, leaves: builder.custom(jvpParams(program, traceRule), leaves) })
  }

// ------------------------------------------------------------------------------------------------------------ custom vjp

/** A backward program: residuals, then cotangents of the results → cotangents of the float inputs. */
interface Backward {
  readonly program: Program
  readonly residuals: number
  readonly results: readonly Abstract[]
}

/** The linear operation (residuals, tangents) → tangents of the results, whose transpose is the backward program. */
const linearParams = (b: Backward): CustomParams => {
  const runTransposed = (args: readonly Tensor[]): Tensor[] => {
    const s = scope('customVjp')
    const scopes = [s]
    const ct = b.results.map((a): Node => variable(a, scopes))
    const linear = record(run(b.program, [...args.slice(0, b.residuals), ...ct]), ct, s)
    return backward(linear, args.slice(b.residuals)).map((t, i) => t ?? zeros(b.results[i] as Abstract))
  }
  return {
    name: 'customVjp backwards',
    results: b.results,
    run: runTransposed,
    dual: (t, x) => {
      const p = traceLeaves(runTransposed, x.map(abstractly), { name: 'customVjp' })
      const duals = foldDual(p, x, t)
      return [duals.map((d) => d.primal), duals.map((d) => d.tangent)]
    },
    transpose: (ct, x) => {
      const residuals = x.slice(0, b.residuals).map((r) => {
        if (isHole(r)) throw new ScopeError({ operation: 'customVjp', problem: 'a residual depends on a tangent' })
        return r
      })
      const back = run(b.program, [...residuals, ...ct.map((c, i) => c ?? zeros(b.results[i] as Abstract))])
      return [...residuals.map(() => null), ...back.map((c, i) => (isHole(x[b.residuals + i] as never) ? c : null))]
    },
    batch: (axis, n) => {
      const residualAxes = axis.slice(0, b.residuals)
      const tangentAxes = axis.slice(b.residuals)
      const full = batchProgram(b.program, [...residualAxes, ...b.results.map(() => true)], n)
      const program = traceLeaves(
        (v) => run(full, v).map((c, i) => (tangentAxes[i] ? c : builder.sum(c, [0]))),
        full.inputs,
        { name: 'vmap' },
      )
      return linearParams({
        program,
        residuals: b.residuals,
        results: b.results.map((a) => ({ ...a, shape: [n, ...a.shape] })),
      })
    },
  }
}

/** `forward`: inputs → results, then residuals. `back` as in `Backward`. */
const vjpParams = (program: Program, forward: () => Program, back: () => Program): CustomParams => ({
  name: 'customVjp',
  results: program.results,
  run: (x) => run(program, x),
  dual: (t, x) => {
    const out = run(forward(), x)
    const ys = out.slice(0, program.results.length)
    const residuals = out.slice(ys.length)
    const linear = linearParams({ program: back(), residuals: residuals.length, results: program.results })
    const tangents = x.flatMap((v, i) => (isFloat(v.dtype) ? [t[i] ?? zeros(abstractly(v))] : []))
    return [ys, builder.custom(linear, [...residuals, ...tangents])]
  },
  transpose: null,
  batch: (axis, n) => {
    const inputs = program.inputs
    const batchedForward = lazy(() => batchProgram(forward(), axis, n))
    const batchedBack = lazy(() => {
      const full = batchProgram(
        back(),
        back().inputs.map(() => true),
        n,
      )
      const floats = axis.filter((_, i) => isFloat((inputs[i] as Abstract).dtype))
      return traceLeaves((v) => run(full, v).map((c, i) => (floats[i] ? c : builder.sum(c, [0]))), full.inputs, {
        name: 'vmap',
      })
    })
    return vjpParams(batchProgram(program, axis, n), batchedForward, batchedBack)
  },
})

/**
 * The function with this pullback: `forward(...arguments)` returns `[result, residuals]`, `back(residuals, cotangent)`
 * the list of the arguments' cotangents (null where there is none).
 */
export const customVjp =
  (f: AnyFunction, forward: AnyFunction, back: (residuals: never, cotangent: never) => readonly unknown[]) =>
  (...args: unknown[]): unknown => {
    const { structure, leaves } = flattenValues(args)
    const inputs = leaves.map(abstractly)
    let result: Structure = structure
    let kept: Structure = structure
    const program = closed(
      'customVjp',
      traceLeaves(
        (v) => {
          const out = flattenResult(f(...(unflatten({ structure, leaves: v }) as never[])), 'customVjp')
          result = out.structure
          return out.leaves
        },
        inputs,
        { name: 'customVjp' },
      ),
    )
    const traceForward = lazy(() =>
      closed(
        'customVjp',
        traceLeaves(
          (v) => {
            const pair = forward(...(unflatten({ structure, leaves: v }) as never[]))
            if (!Array.isArray(pair) || pair.length !== 2)
              throw new TreeError({
                operation: 'customVjp',
                problem: 'the forward function returns [result, residuals]',
              })
            const ys = flattenValues(pair[0])
            const residuals = flattenValues(pair[1])
            kept = residuals.structure
            return [
              ...ys.leaves.map((y, i) =>
                fit('customVjp', y, program.results[i] as Abstract, 'the result of the forward function'),
              ),
              ...residuals.leaves,
            ]
          },
          inputs,
          { name: 'customVjp' },
        ),
      ),
    )
    const traceBack = lazy(() => {
      const residuals = traceForward().results.slice(program.results.length)
      return closed(
        'customVjp',
        traceLeaves(
          (v) => {
            const r = unflatten({ structure: kept, leaves: v.slice(0, residuals.length) })
            const ct = unflatten({ structure: result, leaves: v.slice(residuals.length) })
            const cotangents = fitTree(
              'customVjp',
              back(r as never, ct as never),
              structure,
              inputs,
              'the list of cotangents',
            )
            return inputs.flatMap((a, i) => (isFloat(a.dtype) ? [cotangents[i] ?? zeros(a)] : []))
          },
          [...residuals, ...program.results],
          { name: 'customVjp' },
        ),
      )
    })
    return unflatten({ structure: result, leaves: builder.custom(vjpParams(program, traceForward, traceBack), leaves) })
  }
