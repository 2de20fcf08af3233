/** One step of a recurrent network: gates are read off one product of the input and one of the state. */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { sameShape } from '../tensor/shape.js'
import { sigmoid } from './elementwise.js'
import { floating, lift, meet, stretch } from './operand.js'
import { matmul } from './product.js'
import type { GruCell, GruWeights, LstmCell, LstmState, LstmWeights } from './signatures.js'

// ------------------------------------------------------------------------------------------------------------- helpers

/** x·w for [...n, in] and [in, out], checked. @throws ShapeError that names the weights */
const product = (name: string, x: Tensor, w: unknown, key: string, out: number): Tensor => {
  const m = floating(name, w)
  const width = x.shape.at(-1)
  if (m.shape.length !== 2 || m.shape[0] !== width || m.shape[1] !== out)
    throw new ShapeError({
      operation: name,
      problem: `${key} has shape ${showShape(m.shape)}, expected [${width ?? '?'}, ${out}]`,
    })
  return matmul(x, m) as Tensor
}

const plusBias = (name: string, x: Tensor, bias: unknown, key: string): Tensor => {
  const v = meet(name, lift(name, bias), x)[0]
  if (v.shape.length > 1 || (v.shape.length === 1 && v.shape[0] !== x.shape.at(-1)))
    throw new ShapeError({
      operation: name,
      problem: `${key} has shape ${showShape(v.shape)}, expected [${x.shape.at(-1)}]`,
    })
  return b.add(x, stretch(name, v, x.shape))
}

/** The features cut into as many equal parts. */
const gates = (x: Tensor, size: number, count: number): readonly Tensor[] => {
  const last = x.shape.length - 1
  return Array.from({ length: count }, (_, g) =>
    b.slice(x, {
      start: x.shape.map((_n, i) => (i === last ? g * size : 0)),
      stop: x.shape.map((n, i) => (i === last ? (g + 1) * size : n)),
      step: x.shape.map(() => 1),
    }),
  )
}

const state = (name: string, x: Tensor, h: unknown, what: string): Tensor => {
  const v = meet(name, floating(name, h), x)[0]
  if (v.shape.length === 0 || !sameShape(v.shape.slice(0, -1), x.shape.slice(0, -1)))
    throw new ShapeError({
      operation: name,
      problem: `${what} ${showShape(v.shape)} and input ${showShape(x.shape)} differ beside the features`,
    })
  return v
}

// ---------------------------------------------------------------------------------------------------------------- cells

/**
 * One step of long short-term memory: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh c', where [i, f, g, o] = x·wx + h·wh + b
 * (Hochreiter & Schmidhuber, 1997; Gers et al., 2000). [...n, in] with state [...n, hidden].
 *
 * @throws ShapeError for weights that do not fit
 */
export const lstmCell = ((x: unknown, s: LstmState, w: LstmWeights) => {
  const v = floating('lstmCell', x)
  const h = state('lstmCell', v, s.h, 'state h')
  const c = state('lstmCell', v, s.c, 'state c')
  const size = h.shape.at(-1) as number
  if (c.shape.at(-1) !== size)
    throw new ShapeError({
      operation: 'lstmCell',
      problem: `states h ${showShape(h.shape)} and c ${showShape(c.shape)} differ`,
    })
  const sum = b.add(product('lstmCell', v, w.wx, 'wx', 4 * size), product('lstmCell', h, w.wh, 'wh', 4 * size))
  const [i, f, g, o] = gates(plusBias('lstmCell', sum, w.b, 'b'), size, 4) as [Tensor, Tensor, Tensor, Tensor]
  const next = b.add(b.mul(sigmoid(f) as Tensor, c), b.mul(sigmoid(i) as Tensor, b.tanh(g)))
  return { h: b.mul(sigmoid(o) as Tensor, b.tanh(next)), c: next }
}) as unknown as LstmCell

/**
 * One step of a gated recurrent unit: h' = (1 − z)·n + z·h with r = σ(xᵣ + hᵣ), z = σ(x_z + h_z), n = tanh(xₙ + r·hₙ),
 * where [xᵣ, x_z, xₙ] = x·wx + bx and [hᵣ, h_z, hₙ] = h·wh + bh (Cho et al., 2014; the form of cuDNN and PyTorch).
 * [...n, in] with state [...n, hidden].
 *
 * @throws ShapeError for weights that do not fit
 */
export const gruCell = ((x: unknown, s: unknown, w: GruWeights) => {
  const v = floating('gruCell', x)
  const h = state('gruCell', v, s, 'state')
  const size = h.shape.at(-1) as number
  const fromInput = plusBias('gruCell', product('gruCell', v, w.wx, 'wx', 3 * size), w.bx, 'bx')
  const fromState = plusBias('gruCell', product('gruCell', h, w.wh, 'wh', 3 * size), w.bh, 'bh')
  const [xr, xz, xn] = gates(fromInput, size, 3) as [Tensor, Tensor, Tensor]
  const [hr, hz, hn] = gates(fromState, size, 3) as [Tensor, Tensor, Tensor]
  const r = sigmoid(b.add(xr, hr)) as Tensor
  const z = sigmoid(b.add(xz, hz)) as Tensor
  const n = b.tanh(b.add(xn, b.mul(r, hn)))
  return b.add(n, b.mul(z, b.sub(h, n)))
}) as unknown as GruCell
