/**
 * 5, continued. Logits as the logarithm of a joint density, but for a constant (W. Grathwohl et al., ICLR 2020): log Σ exp z is
 * then how likely an input is, and softmax the posterior of its class by Bayes' rule.
 */
import { logSumExp, mul, reshape, softmax, square, sub, sum, type Tensor, tensor, toArray, vmap } from 'lanac'
import { heatMap, plane, sheet } from 'lanac/plot'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

const centres = [[-1.5, -1], [1.5, -1], [0, 1.6]] as const // biome-ignore format: points
/** log p(x, k) but for a constant: three Gaussians of equal weight. */
const logits = (x: Tensor<[2], 'f64'>) =>
  sub(2, mul(0.5, sum(square(sub(reshape(x, [1, 2]), tensor(centres))), { axis: 1 })))
const points = plane([-4, 4], [-4, 4], 80)
const joint = vmap(logits)(points)
const density = (p: readonly number[], c: readonly number[]): number =>
  Math.exp(-0.5 * ((p[0]! - c[0]!) ** 2 + (p[1]! - c[1]!) ** 2))
const energies = toArray(logSumExp(joint, { axis: 1 }))
const posteriors = toArray(softmax(joint, { axis: 1 }))
for (const [i, p] of toArray(points).entries()) {
  const each = centres.map((c) => density(p, c))
  const whole = each.reduce((a, b) => a + b)
  near(energies[i]!, Math.log(whole) + 2) // Σₖ exp zₖ is the density of x, but for a factor
  near(
    posteriors[i]!,
    each.map((d) => d / whole),
  ) // and softmax is Bayes' posterior
}

// ------------------------------------------------------------------------------------------------------------- pictures

const side = { domain: [-4, 4] } as const
const field = { x: { label: 'x1', ...side }, y: { label: 'x2', ...side } }
await savePicture(
  'lecture/05-energies',
  sheet([
    heatMap(reshape(tensor(energies), [80, 80]), {
      ...field,
      title: 'log Σ exp z: how likely x is',
      label: 'log density',
    }),
    heatMap(reshape(tensor(posteriors.map((p) => Math.max(...(p as number[])))), [80, 80]), {
      ...field,
      title: 'max softmax(z): how sure the class is',
      label: 'probability',
      range: [1 / 3, 1],
    }),
  ]),
)
