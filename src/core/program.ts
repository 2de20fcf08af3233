/** The shape of a program, seen from below: what a `call` holds. The tape room makes and folds them. */
import type { Abstract } from './value.js'

/** A closed list of operations with inputs and outputs; opaque here. */
export interface ProgramLike {
  readonly inputs: readonly Abstract[]
  readonly results: readonly Abstract[]
}
