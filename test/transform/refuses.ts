/** For tests of bad input: the library without its types, and what it has to answer. */
import * as lanac from 'lanac'
import { expect, it } from 'vitest'

/** Anything, called with anything: most bad input does not compile, and is tested for those who do not compile. */
export interface Loose {
  (...args: readonly unknown[]): Loose
  readonly [i: number]: Loose
}

/** The words and verbs of the library, untyped. */
export const loose = lanac as unknown as { readonly [K in keyof typeof lanac]: Loose }

/** Calls a function that a verb made. */
export const call = (f: unknown, ...args: readonly unknown[]): unknown => (f as Loose)(...args)

type Class = abstract new (...args: never[]) => Error

/** A test that something is refused, with this class of error and these very words. */
export const refuses = (name: string, f: () => unknown, error: Class, message: string): void =>
  it(name, () => {
    let thrown: unknown
    try {
      f()
    } catch (e) {
      thrown = e
    }
    expect((thrown as Error | undefined)?.message).toBe(message)
    expect(thrown).toBeInstanceOf(error)
  })
