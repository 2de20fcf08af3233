/**
 * 9, continued. The gradient of a fully connected layer's weights: by the Jacobian of the vectorised weights, and directly by
 * the outer product (∂L/∂s)ᵀ·hᵀ. Both are the same; the multiplications that they take are not, and are counted on the tape.
 */
import assert from 'node:assert/strict'
import { einsum, grad, jacrev, matmul, mul, outer, reshape, sum, type Tensor } from 'lanac'
import { line } from 'lanac/plot'
import { key, normal } from 'lanac/random'
import { multiplications } from '../support/multiplications.js'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

const viaJacobian = (ds: Tensor, jacobian: Tensor) => matmul(ds, jacobian)
const viaOuter = (ds: Tensor, h: Tensor) => outer(ds, h)
const sizes = [2, 4, 8, 16, 32, 64]
const costs = sizes.map((D) => {
  const E = D / 2
  const [W, h, ds] = [normal(key(1), [D, E]), normal(key(2), [E]), normal(key(3), [D])] as const
  const s = (w: typeof W) => matmul(w, h)
  const jacobian = reshape(jacrev(s)(W), [D, D * E]) // ∂s/∂vec W
  near(reshape(viaJacobian(ds, jacobian), [D, E]), viaOuter(ds, h))
  near(grad((w: typeof W) => sum(mul(ds, s(w))))(W), viaOuter(ds, h))
  return {
    D,
    jacobian: multiplications(viaJacobian, ds, jacobian),
    outer: multiplications(viaOuter, ds, h),
  }
})
for (const c of costs) assert.deepEqual([c.jacobian, c.outer], [(c.D * c.D * c.D) / 2, (c.D * c.D) / 2]) // D²·E and D·E
console.log(costs.map((c) => `${c.D} × ${c.D / 2}: ${c.jacobian} and ${c.outer}`).join('; '))

// The same of a tensor of rank 4: make it a vector, differentiate, make it a tensor again.
const [W4, H, dT] = [normal(key(4), [2, 3, 4, 2]), normal(key(5), [4, 2]), normal(key(6), [2, 3])]
const t = (w: typeof W4) => einsum('abcd,cd->ab', w, H)
const big = reshape(jacrev(t)(W4), [6, 48])
near(reshape(matmul(reshape(dT, [6]), big), [2, 3, 4, 2]), einsum('ab,cd->abcd', dT, H))

// -------------------------------------------------------------------------------------------------------------- picture

const log = { scale: 'log' } as const
await savePicture(
  'lecture/09-costs',
  line(
    [
      { name: 'Jacobian, counted', x: sizes, y: costs.map((c) => c.jacobian) },
      { name: 'outer product, counted', x: sizes, y: costs.map((c) => c.outer) },
    ],
    {
      title: '∂L/∂W of a layer from D/2 to D units',
      subtitle: 'slopes 3 and 2: D² · D/2 and D · D/2 products',
      x: { label: 'D', ...log, ticks: sizes },
      y: { label: 'multiplications', ...log },
      points: true,
    },
  ),
)
