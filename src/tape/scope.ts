/**
 * Scopes: which trace a symbolic value belongs to.
 *
 * Each trace makes one scope, known by its identity alone; a node holds the scopes it depends on. There are no levels
 * and no counter, so nested derivatives cannot confuse their perturbations.
 */
import { ScopeError } from '../core/error.js'
import type { Recording } from './program.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** One trace. It closes when its tape is recorded; a value that outlives it is refused. */
export interface Scope {
  /** The verb that traces, as messages name it: `grad`, `jit`. */
  readonly name: string
  /** How many traces of compiled functions this one stands in. */
  readonly depth: number
  /** Whether the trace has ended (set once, by the recorder). */
  closed: boolean
  /** Where values of this scope alone are written as they are made; null: they wait to be recorded. */
  recording: Recording | null
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A new scope. */
export const scope = (name: string, depth = 0): Scope => ({ name, depth, closed: false, recording: null })

/** No scopes: what concrete values depend on. */
export const NO_SCOPES: readonly Scope[] = Object.freeze([])

// ---------------------------------------------------------------------------------------------------------- combinators

/** The scopes of either; shares a list wherever it can. */
export const union = (a: readonly Scope[], b: readonly Scope[]): readonly Scope[] => {
  if (a === b || b.length === 0) return a
  if (a.length === 0) return b
  if (a.length === 1 && b.length === 1 && a[0] === b[0]) return a
  if (b.every((s) => a.includes(s))) return a
  if (a.every((s) => b.includes(s))) return b
  return [...a, ...b.filter((s) => !a.includes(s))]
}

/** Refuses a value of a trace that has ended. @throws ScopeError */
export const checkOpen = (scopes: readonly Scope[], operation: string, what = 'an argument is'): void => {
  for (let i = 0; i < scopes.length; i++) {
    const s = scopes[i] as Scope
    if (s.closed)
      throw new ScopeError({
        operation,
        problem: `${what} a value traced by ${s.name}, and that trace has ended`,
        hint: `return it from the function given to ${s.name} instead of storing it outside`,
      })
  }
}
