/** What every verb asks of its caller first: functions where functions belong, and options that there are. */
import { showShape, ValueError } from '../core/error.js'
import { isTensor } from '../core/value.js'

const kindOf = (x: unknown): string =>
  isTensor(x)
    ? `a tensor of shape ${showShape(x.shape)}`
    : x === null || x === undefined
      ? String(x)
      : Array.isArray(x)
        ? 'an array'
        : typeof x === 'object'
          ? 'an object'
          : `a ${typeof x}`

/** Refuses what is no function. @throws ValueError */
export const checkFunction = (operation: string, x: unknown, i: number): void => {
  if (typeof x === 'function') return
  throw new ValueError({
    operation,
    problem: `argument ${i} has to be a function, found ${kindOf(x)}`,
    hint: i === 0 && (isTensor(x) || typeof x === 'number') ? `give the function itself, not its value` : undefined,
  })
}

/** Refuses options that there are not. @throws ValueError */
export const checkOptions = (operation: string, options: unknown, known: readonly string[]): void => {
  if (options === undefined) return
  const list = known.join(', ')
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isTensor(options))
    throw new ValueError({
      operation,
      problem: `options have to be a record, found ${kindOf(options)}`,
      hint: `its keys are ${list}`,
    })
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new ValueError({ operation, problem: `there is no option '${key}'`, hint: `options are ${list}` })
}

/** What a verb takes: how many functions (one unless named), and the names of its options, when it has any. */
export interface VerbForm {
  readonly functions?: number
  readonly options?: readonly string[]
}

/** The verb, when it is called as it has to be. @throws ValueError for what is no function, and for unknown options */
export const verb =
  <A extends readonly never[], R>(
    operation: string,
    { functions = 1, options }: VerbForm,
    f: (...args: A) => R,
  ): ((...args: A) => R) =>
  (...args) => {
    for (let i = 0; i < functions; i++) checkFunction(operation, args[i], i)
    if (options !== undefined) checkOptions(operation, args[functions], options)
    return f(...args)
  }
