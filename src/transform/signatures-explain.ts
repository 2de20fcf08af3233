/** Call signatures of `explain` and `profile`. */
import type { Tensor } from '../core/value.js'
import type { Explanation } from '../engine/explain.js'
import type { ProfileReport } from '../engine/profile.js'
import type { Accepted, Arguments } from '../tree/accepted.js'
import type { JitOptions } from './signatures.js'

export type {
  Explanation,
  KernelExplanation,
  LoopExplanation,
  MemoryExplanation,
  NestExplanation,
  PlannedMemory,
} from '../engine/explain.js'
export type { KernelProfile, ProfileReport } from '../engine/profile.js'

/** What a function is compiled for, as for `jit`. */
export type ExplainOptions = Pick<JitOptions, 'target' | 'threads'>

/** `f → arguments → what the engine makes of it`. */
export interface Explain {
  <A extends readonly Tensor[]>(
    f: (...args: A) => unknown,
    options?: ExplainOptions,
  ): (...args: Accepted<A>) => Explanation
  <A extends Arguments>(f: (...args: A) => unknown, options?: ExplainOptions): (...args: Accepted<A>) => Explanation
}

/** `f → arguments → how long each part of it takes`. */
export interface Profile {
  <A extends readonly Tensor[]>(
    f: (...args: A) => unknown,
    options?: ExplainOptions,
  ): (...args: Accepted<A>) => ProfileReport
  <A extends Arguments>(f: (...args: A) => unknown, options?: ExplainOptions): (...args: Accepted<A>) => ProfileReport
}
