/** Cases with results by hand, in the form of the reference files, for operations that reference.json lacks. */
import type { Case, Values } from './case.js'

const f = (shape: readonly number[], data: Values['data']): Values => ({ dtype: 'f64', shape, data })
const i = (shape: readonly number[], data: readonly number[]): Values => ({ dtype: 'i32', shape, data })
const t = (shape: readonly number[], data: readonly number[]): Values => ({ dtype: 'bool', shape, data })

/** A result without a derivative. */
const plain = (op: string, attrs: Case['attrs'], inputs: readonly Values[], output: Case['output']): Case => ({
  op,
  attrs,
  inputs,
  output,
  diff: [],
})

/** A result with its derivatives. */
const smooth = (
  op: string,
  attrs: Case['attrs'],
  inputs: readonly Values[],
  output: Values | readonly Values[],
  d: {
    readonly cotangent: Case['cotangent'] & {}
    readonly vjp: readonly Values[]
    readonly tangents: readonly Values[]
    readonly jvp: Values | readonly Values[]
  },
): Case => ({ op, attrs, inputs, output, diff: d.vjp.map((_, k) => k), ...d })

const A = f([2, 2], [1, 2, 3, 5])
const B = f([2], [2, 2])

/** All of them. */
export const closedForm: readonly Case[] = [
  // hypot(3, 4) = 5 with slopes 3/5, 4/5; (−5, 12) has length 13
  smooth('hypot', {}, [f([2], [3, -5]), f([2], [4, 12])], f([2], [5, 13]), {
    cotangent: f([2], [10, 26]),
    vjp: [f([2], [6, -10]), f([2], [8, 24])],
    tangents: [f([2], [5, 13]), f([2], [0, 0])],
    jvp: f([2], [3, -5]),
  }),
  // x − y·⌊x/y⌋
  smooth('remainder', {}, [f([3], [5.5, -1, 5]), f([3], [2, 3, -3])], f([3], [1.5, 2, -1]), {
    cotangent: f([3], [1, 2, 3]),
    vjp: [f([3], [1, 2, 3]), f([3], [-2, 2, 6])],
    tangents: [f([3], [1, 1, 1]), f([3], [1, 1, 1])],
    jvp: f([3], [-1, 2, 3]),
  }),
  plain('equal', {}, [A, B], t([2, 2], [0, 1, 0, 0])),
  plain('notEqual', {}, [A, B], t([2, 2], [1, 0, 1, 1])),
  plain('lessEqual', {}, [A, B], t([2, 2], [1, 1, 0, 0])),
  plain('less', {}, [A, B], t([2, 2], [1, 0, 0, 0])),
  plain('greater', {}, [A, B], t([2, 2], [0, 0, 1, 1])),
  plain('greaterEqual', {}, [A, B], t([2, 2], [0, 1, 1, 1])),
  plain('less', {}, [f([2], ['NaN', 1]), f([2], [1, 'NaN'])], t([2], [0, 0])),
  plain('notEqual', {}, [f([1], ['NaN']), f([1], ['NaN'])], t([1], [1])),
  plain('any', { axis: [1] }, [t([2, 2], [0, 0, 0, 1])], t([2], [0, 1])),
  plain('all', { axis: [0], keepDims: true }, [t([2, 2], [1, 0, 1, 1])], t([1, 2], [1, 0])),
  plain('any', {}, [t([0], [])], t([], [0])),
  plain('all', {}, [t([0], [])], t([], [1])),
  smooth('topK', { k: 2, axis: 1 }, [f([2, 3], [1, 7, 4, 9, 2, 3])], f([2, 2], [7, 4, 9, 3]), {
    cotangent: f([2, 2], [1, 2, 3, 4]),
    vjp: [f([2, 3], [0, 1, 2, 3, 0, 4])],
    tangents: [f([2, 3], [1, 2, 3, 4, 5, 6])],
    jvp: f([2, 2], [2, 3, 4, 6]),
  }),
  plain('topK', { k: 1 }, [f([3], [1, 7, 4])], [f([1], [7]), i([1], [1])]),
  smooth('split', { parts: 2, axis: 1 }, [f([1, 4], [1, 2, 3, 4])], [f([1, 2], [1, 2]), f([1, 2], [3, 4])], {
    cotangent: [f([1, 2], [1, 2]), f([1, 2], [3, 4])],
    vjp: [f([1, 4], [1, 2, 3, 4])],
    tangents: [f([1, 4], [5, 6, 7, 8])],
    jvp: [f([1, 2], [5, 6]), f([1, 2], [7, 8])],
  }),
  plain('split', { sizes: [1, 0, 2] }, [f([3], [1, 2, 3])], [f([1], [1]), f([0], []), f([2], [2, 3])]),
  smooth('expandDims', { axis: -1 }, [f([2], [1, 2])], f([2, 1], [1, 2]), {
    cotangent: f([2, 1], [3, 4]),
    vjp: [f([2], [3, 4])],
    tangents: [f([2], [5, 6])],
    jvp: f([2, 1], [5, 6]),
  }),
  smooth('squeeze', { axis: 1 }, [f([2, 1], [1, 2])], f([2], [1, 2]), {
    cotangent: f([2], [3, 4]),
    vjp: [f([2, 1], [3, 4])],
    tangents: [f([2, 1], [5, 6])],
    jvp: f([2], [5, 6]),
  }),
  plain('oneHot', { classes: 3 }, [i([2, 2], [0, 2, 1, 3])], f([2, 2, 3], [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0])),
]
