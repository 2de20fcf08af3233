/** explain and profile: what the engine makes of a function, and how long each part of it takes. */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { type Asked, executionOf, prepared } from '../engine/execute.js'
import { type Explanation, explained } from '../engine/explain.js'
import { plain } from '../engine/plain.js'
import { type ProfileReport, profiled } from '../engine/profile.js'
import { simplify } from '../engine/simplify.js'
import { untapped } from '../engine/tapped.js'
import { isNode } from '../tape/node.js'
import { close } from '../tape/program.js'
import { abstractly, flattenArguments, traceTree } from '../tape/trace.js'
import type { Concrete } from '../tensor/concrete.js'
import { askedOf } from './jit.js'

type AnyFunction = (...args: never[]) => unknown

const ready = (operation: string, f: AnyFunction, options: Asked, args: readonly unknown[]) => {
  const { structure, leaves } = flattenArguments(operation, args)
  const traced = traceTree(f, structure, leaves.map(abstractly), { name: operation })
  const { program, captured } = close(traced.program)
  const simplified = plain(simplify(program))
  const own = askedOf(f)
  const { target, threads } = executionOf(operation, {
    target: options.target ?? own.target,
    threads: options.threads ?? own.threads,
  })
  return {
    ...prepared(untapped(simplified)?.program ?? simplified, { target: target.shown ?? target, threads }),
    values: [...captured, ...leaves] as readonly Tensor[],
  }
}

/** What the engine makes of a function of arguments like these. */
export const explain =
  (f: AnyFunction, options: Asked = {}): ((...args: unknown[]) => Explanation) =>
  (...args) => {
    const { program, compiled } = ready('explain', f, options, args)
    return explained(program, compiled)
  }

/** How long each kernel of a function takes on these arguments. @throws ValueError inside a trace, where there are no values */
export const profile =
  (f: AnyFunction, options: Asked = {}): ((...args: unknown[]) => ProfileReport) =>
  (...args) => {
    const { program, compiled, values } = ready('profile', f, options, args)
    if (values.some(isNode))
      throw new ValueError({
        operation: 'profile',
        problem: 'the function is given, or closes over, values that are being traced',
        hint: 'call profile outside of grad, vmap and jit',
      })
    return profiled(program, compiled, values as readonly Concrete[])
  }
