/**
 * Custom rules: a function with a derivative of one's own.
 *
 * A custom jvp states the tangent. A custom vjp is a linear operation whose transpose is the traced backward function;
 * forward mode through it transposes that, which takes a backward function linear in the cotangent.
 */
import { isAffine } from '../adjoint/affine.js'
import { backward } from '../adjoint/backward.js'
import { foldBatch, stacked } from '../batch/fold.js'
import { LinearityError, ScopeError, TreeError } from '../core/error.js'
import { type Abstract, isFloat, type Tensor } from '../core/value.js'
import { foldDual } from '../dual/fold.js'
import type { CustomParams } from '../primitive/composite.js'
import { isHole, type Opt } from '../primitive/record.js'
import { run } from '../tape/fold.js'
import { builder, isNode, type Node, variable } from '../tape/node.js'
import { type Program, record } from '../tape/program.js'
import { scope } from '../tape/scope.js'
import { abstractly, flattenArguments, flattenResult, traceLeaves, traceTree } from '../tape/trace.js'
import { checkStructure, pathsOf, type Structure, unflatten } from '../tree/tree.js'
import { fit, fitTree } from './arguments.js'

type AnyFunction = (...args: never[]) => unknown

// ------------------------------------------------------------------------------------------------------------- tracing

const captured = (operation: string): ScopeError =>
  new ScopeError({
    operation,
    problem: 'the function or its rule captures a traced value',
    hint: 'pass it as an argument, so that its derivative is not lost',
  })

/** Refuses a rule that closes over a value of an outer trace. @throws ScopeError */
const closed = (operation: string, p: Program): Program => {
  if (p.constants.some(isNode)) throw captured(operation)
  return p
}

/** A rule is traced when it is needed, and what it captures may have ended by then. @throws ScopeError */
const closedRule = (operation: string, trace: () => Program): Program => {
  try {
    return closed(operation, trace())
  } catch (e) {
    throw e instanceof ScopeError ? captured(operation) : e
  }
}

/** A function's program and the structure of its result. Outside jit and vmap it may look at its arguments' numbers. */
const traceFunction = (
  operation: string,
  f: AnyFunction,
  structure: Structure,
  leaves: readonly Tensor[],
): { readonly program: Program; readonly result: Structure } => {
  const traced = traceTree(f, structure, leaves.map(abstractly), { name: operation, known: leaves })
  return { program: closed(operation, traced.program), result: traced.result }
}

/** The pair that a rule returns. @throws TreeError */
const pairOf = (operation: string, rule: string, form: string, x: unknown): readonly [unknown, unknown] => {
  if (!Array.isArray(x) || x.length !== 2)
    throw new TreeError({ operation, problem: `${rule} has to return a pair`, hint: `return ${form}` })
  return x as unknown as readonly [unknown, unknown]
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

/** The leaves of a value that a rule returns in place of the function's. @throws TreeError, ShapeError, DTypeError */
const fitValue = (
  operation: string,
  x: unknown,
  result: Structure,
  like: readonly Abstract[],
  what: string,
): readonly Tensor[] => {
  const t = flattenResult(x, operation)
  checkStructure(operation, result, t.structure, what)
  const paths = pathsOf(result)
  const hint = 'it has to be the value of the function'
  return t.leaves.map((y, i) => fit(operation, y, like[i] as Abstract, { what, hint }, paths[i]))
}

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
    const { structure, leaves } = flattenArguments('customJvp', args)
    const inputs = leaves.map(abstractly)
    const { program, result } = traceFunction('customJvp', f, structure, leaves)
    const traceRule = lazy(() => {
      const p = closedRule('customJvp', () =>
        traceLeaves(
          (v) => {
            const x = v.slice(0, inputs.length)
            let next = inputs.length
            const t = inputs.map((a) => (isFloat(a.dtype) ? (v[next++] as Tensor) : null))
            const pair = rule(
              unflatten({ structure, leaves: x }) as never,
              unflatten({ structure, leaves: t }) as never,
            )
            const [value, tangent] = pairOf('customJvp', 'the rule', '[value, tangent]', pair)
            const ys = fitValue('customJvp', value, result, program.results, 'the value that the rule returns')
            const dys = fitTree('customJvp', tangent, result, program.results, {
              what: 'the tangent that the rule returns',
              hint: 'it has the shape and element type of the value',
            })
            return [...ys, ...program.results.flatMap((a, i) => (isFloat(a.dtype) ? [dys[i] ?? zeros(a)] : []))]
          },
          [...inputs, ...inputs.filter((a) => isFloat(a.dtype))],
          { name: 'customJvp', known: leaves },
        ),
      )
      if (isAffine(p, inputs.length).slice(program.results.length).includes(true))
        throw new LinearityError({
          operation: 'customJvp',
          problem: 'the tangent that the rule returns is not zero where the tangents it is given are',
          hint: 'multiply by the given tangent: [y, mul(slope, dx)]',
        })
      return p
    })
    return unflatten({ structure: result, leaves: builder.custom(jvpParams(program, traceRule), leaves) })
  }

// ------------------------------------------------------------------------------------------------------------ custom vjp

/** A backward program: residuals, then cotangents of the results → cotangents of the float inputs. */
interface Backward {
  readonly program: Program
  readonly residuals: number
  readonly results: readonly Abstract[]
}

const notLinearBackwards = (what: string): LinearityError =>
  new LinearityError({
    operation: 'customVjp',
    problem: `forward mode transposes the backward function, which has to be linear in the cotangent: ${what}`,
    hint: 'make it linear, use reverse mode (grad, vjp, jacrev), or state the tangent with customJvp',
  })

/** The linear operation (residuals, tangents) → tangents of the results, whose transpose is the backward program. */
const linearParams = (b: Backward): CustomParams => {
  const runTransposed = (args: readonly Tensor[]): Tensor[] => {
    if (isAffine(b.program, b.residuals).includes(true))
      throw notLinearBackwards('it is not zero where the cotangent is')
    const s = scope('customVjp')
    const scopes = [s]
    const ct = b.results.map((a): Node => variable(a, scopes))
    const linear = record(run(b.program, [...args.slice(0, b.residuals), ...ct]), ct, s)
    try {
      return backward(linear, args.slice(b.residuals)).map((t, i) => t ?? zeros(b.results[i] as Abstract))
    } catch (e) {
      throw e instanceof LinearityError && e.operation !== 'customVjp'
        ? notLinearBackwards(`${e.operation} in it is not`)
        : e
    }
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
    const dys = builder.custom(linear, [...residuals, ...tangents])
    return [ys, ys.map((y, i): Opt => (isFloat(y.dtype) ? (dys[i] as Tensor) : null))]
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
 * the list of the arguments' cotangents (null where there is none, also at results without a derivative).
 */
export const customVjp =
  (f: AnyFunction, forward: AnyFunction, back: (residuals: never, cotangent: never) => readonly unknown[]) =>
  (...args: unknown[]): unknown => {
    const { structure, leaves } = flattenArguments('customVjp', args)
    const inputs = leaves.map(abstractly)
    let kept: Structure = structure
    const { program, result } = traceFunction('customVjp', f, structure, leaves)
    const traceForward = lazy(() =>
      closedRule('customVjp', () =>
        traceLeaves(
          (v) => {
            const out = forward(...(unflatten({ structure, leaves: v }) as never[]))
            const [value, rest] = pairOf('customVjp', 'the forward function', '[value, residuals]', out)
            const residuals = flattenResult(rest ?? null, 'customVjp')
            kept = residuals.structure
            return [
              ...fitValue('customVjp', value, result, program.results, 'the value that the forward function returns'),
              ...residuals.leaves,
            ]
          },
          inputs,
          { name: 'customVjp', known: leaves },
        ),
      ),
    )
    const traceBack = lazy(() => {
      const residuals = traceForward().results.slice(program.results.length)
      return closedRule('customVjp', () =>
        traceLeaves(
          (v) => {
            const r = unflatten({ structure: kept, leaves: v.slice(0, residuals.length) })
            const ct = unflatten({
              structure: result,
              leaves: program.results.map((a, i) => (isFloat(a.dtype) ? v[residuals.length + i] : null)),
            })
            const cotangents = back(r as never, ct as never)
            if (!Array.isArray(cotangents) || cotangents.length !== args.length)
              throw new TreeError({
                operation: 'customVjp',
                problem: 'the backward function has to return a list with a cotangent for each argument',
                hint: `return [${args.map((_, i) => (args.length === 1 ? 'dx' : `dx${i}`)).join(', ')}], null where it is zero`,
              })
            const fitted = fitTree('customVjp', cotangents, structure, inputs, {
              what: 'the cotangent that the backward function returns',
              root: 'arguments',
              hint: 'it has the shape and element type of its argument',
            })
            return inputs.flatMap((a, i) => (isFloat(a.dtype) ? [fitted[i] ?? zeros(a)] : []))
          },
          [...residuals, ...program.results],
          { name: 'customVjp' },
        ),
      )
    })
    return unflatten({ structure: result, leaves: builder.custom(vjpParams(program, traceForward, traceBack), leaves) })
  }
