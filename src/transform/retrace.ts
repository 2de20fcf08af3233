/**
 * Watching for a compiled function that is traced again and again: each time costs as much as hundreds of runs.
 *
 * What is looked at is the last eight traces. With fewer than eight calls between them that needed none, the loop mostly
 * traces, and is told so once. Eight, since code that compiles for a few sizes on purpose (a last batch that is smaller,
 * evaluation, lengths padded to powers of two) seldom has more; and the last ones, so that a long healthy run does not
 * hide what comes later.
 */
import { describe, showShape } from '../core/error.js'
import type { Abstract } from '../core/value.js'
import { sameShape } from '../tensor/shape.js'
import { parting, pathsOf, type Structure, sameStructure, showStructure } from '../tree/tree.js'
import { below } from './arguments.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a function was traced for. */
export interface Kind {
  readonly structure: Structure
  readonly inputs: readonly Abstract[]
}

/** Told of each trace: how many calls needed none since the one before, and what it is for. */
export type Watch = (runs: number, now: Kind) => void

/** Traces that are looked at together. */
const TRACES = 8

/** Calls between them from which on nothing is wrong. */
export const ENOUGH_RUNS = 8

/** Differences that a message lists. */
const LISTED = 3

/** One argument that is not what it was, and what would help. */
interface Change {
  readonly path: string
  readonly from: string
  readonly to: string
  readonly hint: string
}

// ---------------------------------------------------------------------------------------------------------- combinators

const typeOf = (a: Abstract): string =>
  a.weak && a.shape.length === 0 ? 'a JS number' : `${a.dtype}${showShape(a.shape)}`

const leafHint = (a: Abstract, b: Abstract): string =>
  !sameShape(a.shape, b.shape)
    ? 'pad or cut it to one size, or to a few (the last batch of an epoch too)'
    : a.dtype !== b.dtype && !(a.weak || b.weak)
      ? `convert it before the call: convert(x, '${a.dtype}')`
      : 'pass a number each time, or a tensor each time'

const part = (s: Structure): string =>
  s.kind === 'leaf' ? 'a tensor' : s.kind === 'static' && typeof s.value === 'object' ? 'an object' : showStructure(s)

const structureHint = (a: Structure, b: Structure): string => {
  const value = b.kind === 'static' ? b.value : a.kind === 'static' ? a.value : undefined
  if (typeof value === 'function')
    return 'a function is the same argument when it is the same object: make it once, outside of the loop'
  if (typeof value === 'object' && value !== null) return 'pass a plain record of numbers and tensors in its place'
  if (a.kind === 'static' && b.kind === 'static') return 'pass what changes as a number or a tensor'
  return 'pass a tree of one structure each time; values that become more can be stacked into one tensor of fixed size'
}

/** Where two kinds of arguments differ, in the order of the arguments. */
const changes = (from: Kind, to: Kind): readonly Change[] => {
  if (!sameStructure(from.structure, to.structure)) {
    const at = parting(from.structure, to.structure, '')
    const [a, b] = [part(at.expected), part(at.found)]
    const change = a === b ? { from: a, to: `another ${a.replace(/^an? /, '')}` } : { from: a, to: b }
    return [{ path: at.path, ...change, hint: structureHint(at.expected, at.found) }]
  }
  const paths = pathsOf(from.structure)
  return from.inputs.flatMap((a, i) => {
    const b = to.inputs[i] as Abstract
    const same = a.dtype === b.dtype && a.weak === b.weak && sameShape(a.shape, b.shape)
    return same ? [] : [{ path: paths[i] as string, from: typeOf(a), to: typeOf(b), hint: leafHint(a, b) }]
  })
}

/** What is said of a function of this name. */
const warning = (name: string, calls: number, from: Kind, to: Kind): string => {
  const found = changes(from, to)
  const told = found.slice(0, LISTED).map((c) => `${below('arguments', c.path)} went from ${c.from} to ${c.to}`)
  const more = found.length > LISTED ? ` (and ${found.length - LISTED} more)` : ''
  return describe({
    operation: 'jit',
    problem: `${name === '' ? 'a function' : name} was traced ${TRACES} times in its last ${calls} calls, and tracing costs more than it saves: ${told.join(', ')}${more}`,
    hint: [...new Set(found.map((c) => c.hint))].join('; '),
  })
}

// -------------------------------------------------------------------------------------------------------------- running

/** Watches the traces of one compiled function; warns once, on the console. */
export const watch = (name: string): Watch => {
  let runs: number[] = []
  let before: Kind | null = null
  let warned = false
  return (since, now) => {
    if (warned) return
    runs = [...runs.slice(1 - TRACES), since]
    const between = runs.slice(1).reduce((n, r) => n + r, 0)
    if (before !== null && runs.length === TRACES && between < ENOUGH_RUNS) {
      warned = true
      // biome-ignore lint/suspicious/noConsole: who runs the loop has to hear of it
      console.warn(warning(name, TRACES + between, before, now))
    }
    before = now
  }
}
