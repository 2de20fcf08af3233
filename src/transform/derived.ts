/** Programs derived from programs, for control flow: linearised with residuals as results, transposed, over a stack. */
import { backward } from '../adjoint/backward.js'
import { spread } from '../adjoint/linearize.js'
import { foldBatch, stacked } from '../batch/fold.js'
import type { Abstract, Tensor } from '../core/value.js'
import { foldDual } from '../dual/fold.js'
import { evaluate } from '../engine/evaluate.js'
import { simplify } from '../engine/simplify.js'
import type { Folds, LinearizedProgram } from '../primitive/control.js'
import type { Opt, Result } from '../primitive/record.js'
import { run } from '../tape/fold.js'
import { builder, type Node, variable } from '../tape/node.js'
import { close, entryCount, inline, type Program, recordAsMade } from '../tape/program.js'
import { scope } from '../tape/scope.js'
import { traceLeaves } from '../tape/trace.js'
import type { Concrete } from '../tensor/concrete.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Values = readonly Tensor[]
type Mask = readonly boolean[]

/** Variables of a new scope in the places marked. */
const variablesAt = (name: string, inputs: readonly Abstract[], marked: Mask) => {
  const s = scope(name)
  const scopes = [s]
  const at = inputs.map((a, i): Opt => (marked[i] ? variable({ ...a, weak: false }, scopes) : null))
  return { scope: s, at, list: at.filter((v) => v !== null) as Node[] }
}

// -------------------------------------------------------------------------------------------------------------- running

const trace = (name: string, f: (x: Values) => Values, inputs: readonly Result[]): Program =>
  simplify(
    traceLeaves(
      f,
      inputs.map(({ shape, dtype }) => ({ shape, dtype, weak: false })),
      { name },
    ),
  )

const active = (p: Program, inputs: Mask): Mask => {
  let out: Mask = []
  traceLeaves(
    (x) => {
      const tangents = variablesAt('linearize', p.inputs, inputs)
      out = foldDual(p, x, tangents.at).map((d) => d.tangent !== null)
      tangents.scope.closed = true
      return []
    },
    p.inputs,
    { name: 'linearize' },
  )
  return out
}

/** Which results can be reached from the inputs marked. */
const depends = (program: Program, inputs: Mask): Mask => {
  const p = inline(program)
  const at = [...inputs]
  const of = (r: number): boolean => r >= 0 && (at[r] as boolean)
  for (let k = 0; k < entryCount(p); k++) {
    let any = false
    for (let i = p.start[k] as number; i < (p.start[k + 1] as number); i++) if (of(p.refs[i] as number)) any = true
    for (let s = p.first[k] as number; s < (p.first[k + 1] as number); s++) at.push(any)
  }
  return p.outputs.map(of)
}

/** Where the linear program finds what it captured. */
type Residual =
  | { readonly from: 'constant'; readonly value: Tensor }
  | { readonly from: 'kept'; readonly at: number }
  | { readonly from: 'computed'; readonly at: number }

/**
 * Partial evaluation by scope: what the tangents capture of the primal program are residuals, each once; those that are
 * inputs or constants need not be computed.
 */
const linearize = (p: Program, marked: Mask, wanted: Mask, keep: Mask): LinearizedProgram => {
  let linear: Program | undefined
  const n = p.results.length
  const all = trace(
    'linearize',
    (x) => {
      const tangents = variablesAt('linearize', p.inputs, marked)
      const recording = recordAsMade(tangents.list, tangents.scope)
      const duals = foldDual(p, x, tangents.at)
      const dys = duals.flatMap((d, i) => (wanted[i] ? [d.tangent ?? builder.like(d.primal, 0)] : []))
      const { program, captured } = close(recording.finish(dys))
      linear = program
      return [...duals.map((d) => d.primal), ...captured]
    },
    p.inputs,
  )
  const kept = [...new Set(all.outputs.slice(n))].filter((r) => r >= 0 && r < p.inputs.length && keep[r])
  kept.sort((i, j) => i - j)
  const computed = [...new Set(all.outputs.slice(n))].filter((r) => r >= 0 && !kept.includes(r))
  const residuals = all.outputs.slice(n).map((r): Residual => {
    if (r < 0) return { from: 'constant', value: all.constants[-1 - r] as Tensor }
    const at = kept.indexOf(r)
    return at >= 0 ? { from: 'kept', at } : { from: 'computed', at: computed.indexOf(r) }
  })
  const places = computed.map((r) => n + all.outputs.slice(n).indexOf(r))
  const forward = trace(
    'linearize',
    (x) => {
      const out = run(all, x)
      return [...out.slice(0, n), ...places.map((i) => out[i] as Tensor)]
    },
    p.inputs,
  )
  const whole = trace(
    'linearize',
    (v) => {
      const tangents = v.slice(kept.length + computed.length)
      const captured = residuals.map((r) =>
        r.from === 'constant' ? r.value : (v[r.from === 'kept' ? r.at : kept.length + r.at] as Tensor),
      )
      return run(linear as Program, [...captured, ...tangents])
    },
    [...kept.map((i) => p.inputs[i] as Abstract), ...forward.results.slice(n), ...p.inputs.filter((_, i) => marked[i])],
  )
  return { forward, linear: whole, kept }
}

const transpose = (p: Program, x: readonly Opt[], ct: readonly Opt[]): readonly Opt[] => {
  const places = x.map((v) => v === null)
  const variables = variablesAt('transpose', p.inputs, places)
  const recording = recordAsMade(variables.list, variables.scope)
  const linear = recording.finish(
    run(
      p,
      x.map((v, i) => v ?? (variables.at[i] as Tensor)),
    ),
  )
  return spread(backward(linear, ct), places)
}

const batch = (p: Program, axis: Mask, n: number, wanted: Mask): Program =>
  trace(
    'vmap',
    (v) =>
      foldBatch(
        p,
        v.map((value, i) => ({ value, batched: axis[i] as boolean })),
        n,
      ).map((b, i) => (wanted[i] ? stacked(b, n) : b.value)),
    p.inputs.map((a, i) => (axis[i] ? { ...a, shape: [n, ...a.shape] } : a)),
  )

/** What control flow makes of its programs. */
export const folds: Folds = {
  trace: (f, inputs) => trace('control flow', f, inputs),
  run: (p, x) => run(p as Program, x),
  evaluate: (p, x) => evaluate(p as Program, x) as Concrete[],
  active: (p, inputs) => active(p as Program, inputs),
  linearize: (p, marked, wanted, keep) => linearize(p as Program, marked, wanted, keep),
  depends: (p, inputs) => depends(p as Program, inputs),
  backward: (p, x, ct) => transpose(p as Program, x, ct),
  batch: (p, axis, n, wanted) => batch(p as Program, axis, n, wanted),
}
