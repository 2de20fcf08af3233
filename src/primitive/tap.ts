/** A value told to whoever listens, in passing. */
import type { Abstract, Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import { drawn, SHAPES } from './define.js'
import type { Single } from './record.js'

/** What is told, and whom. */
export interface TapParams {
  readonly label: string
  readonly print: (label: string, value: Tensor) => void
}

const silent: TapParams = { label: 'h', print: () => {} }

/**
 * The argument, printed when it is computed. What derivatives make of it is the identity: tangents and cotangents pass
 * straight, so that each value is printed once however often it is differentiated. A stack is printed as one value.
 */
export const tap: Single<TapParams> = {
  name: 'tap',
  results: 'one',
  abstract: (_, args) => args[0] as Abstract,
  evaluate: ({ label, print }, args) => {
    print(label, args[0] as Concrete)
    return args[0] as Concrete
  },
  jvp: (_, t) => t[0] ?? null,
  transpose: (_, ct) => [ct],
  batch: (b, x, _, __, params) => b.tap(x[0] as Tensor, params),
  samples: {
    cases: SHAPES.map((shape) => ({ params: silent, args: [drawn(shape)] })),
    examples: [{ params: silent, args: [[1, -2, 3]], value: [1, -2, 3], partials: [[1, 1, 1]] }],
  },
}
