/** Who takes part in what. */
import type { Child } from './child.js'

/** What is compared: each is a program that every contestant has one of, or has not. */
export interface Comparison {
  readonly title: string
  readonly unit: string
  readonly rounds: number
}

export const COMPARISONS = {
  small: { title: 'small tasks', unit: 'µs', rounds: 3 },
  training: { title: 'training steps', unit: 'µs', rounds: 3 },
  digits: { title: 'the main job', unit: 's', rounds: 3 },
  products: { title: 'products', unit: 'GFLOP/s', rounds: 2 },
  elements: { title: 'chains of operations', unit: 'µs', rounds: 3 },
} as const satisfies Readonly<Record<string, Comparison>>

export type ComparisonName = keyof typeof COMPARISONS

export interface Contestant {
  readonly name: string
  readonly threads: number
  readonly parts: Readonly<Partial<Record<ComparisonName, Child>>>
}

/** One of the ways lanac runs, and a program of bench/ run that way. */
export interface Target extends Contestant {
  readonly isNative: boolean
  readonly program: (part: string) => Child
}

/** The end of a name. */
export const onThreads = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`
