/** What vmap is told when axes and sizes do not fit. */
import { ShapeError, TreeError, tensor } from 'lanac'
import { describe } from 'vitest'
import { call, loose, refuses } from './refuses.js'

const { add, square, vmap } = loose
const a = tensor([1, 2, 3])

describe('vmap', () => {
  refuses(
    'sizes that differ',
    () => call(vmap(add), { x: a }, tensor([1, 2])),
    ShapeError,
    'vmap: the numbers of examples differ: 3 along axis 0 of arguments[0].x ([3]), 2 along axis 0 of arguments[1] ([2]); an argument that all examples share takes null: vmap(f, { in: [0, null] })',
  )
  refuses(
    'a scalar',
    () => call(vmap(add), a, 2),
    ShapeError,
    'vmap: there is no axis 0 in shape [] (at arguments[1]); an argument that all examples share takes null: vmap(f, { in: [0, null] })',
  )
  refuses(
    'an axis that is not there',
    () => call(vmap(square, { in: 1 }), a),
    ShapeError,
    'vmap: there is no axis 1 in shape [3] (at arguments[0]); an argument that all examples share takes null: vmap(f, { in: [0, null] })',
  )
  refuses(
    'no axis at all',
    () => call(vmap(square, { in: null }), a),
    ShapeError,
    'vmap: no argument has an axis to map over; name one: vmap(f, { in: [0, null] })',
  )
  refuses(
    'no argument at all',
    () => call(vmap(() => a)),
    ShapeError,
    'vmap: there is no argument to map over; pass a stack of examples',
  )
  refuses(
    'axes for another number of arguments',
    () => call(vmap(add, { in: [0] }), a, a),
    TreeError,
    "vmap: option 'in' gives 1 axis for 2 arguments (at arguments); give a number, null for what has no such axis, or one of these for each part",
  )
  refuses(
    'axes for other keys',
    () =>
      call(
        vmap((p: { w: unknown }) => p.w, { in: [{ v: 0 }] }),
        { w: a },
      ),
    TreeError,
    "vmap: option 'in' gives axes for v for a record of w (at arguments[0]); give a number, null for what has no such axis, or one of these for each part",
  )
  refuses(
    'axes for one part',
    () =>
      call(
        vmap((x: unknown) => ({ p: x, q: x }), { out: { p: 0 } }),
        a,
      ),
    TreeError,
    "vmap: option 'out' gives axes for p for a record of p, q (at result); give a number, null for what has no such axis, or one of these for each part",
  )
  refuses(
    'out: null for what differs',
    () =>
      call(
        vmap((x: unknown) => ({ y: x }), { out: null }),
        a,
      ),
    ShapeError,
    "vmap: option 'out' gives null for a result that differs from example to example (at result.y); give the axis along which to stack it",
  )
  refuses(
    'out: an axis that is not there',
    () => call(vmap(square, { out: 1 }), a),
    ShapeError,
    'vmap: there is no axis 1 in shape [3] (at result)',
  )
  refuses(
    'undefined',
    () =>
      call(
        vmap(() => undefined),
        a,
      ),
    TreeError,
    'vmap: the function returned nothing; return a tensor, or a record, tuple or array of tensors',
  )
})
