/** Parameters as one vector, and back. */
import { concat, reshape, slice, type Tensor } from 'lanac'
import { flatten, unflatten } from 'lanac/tree'

const size = (x: Tensor): number => x.shape.reduce((n, d) => n * d, 1)

/** The leaves of a tree one after the other, and the way back from such a vector. */
export const ravel = <P>(tree: P): readonly [Tensor<[number], 'f64'>, (vector: Tensor<[number], 'f64'>) => P] => {
  const { structure, leaves } = flatten<Tensor>(tree)
  const ends = leaves.map((_, i) => leaves.slice(0, i + 1).reduce((n, x) => n + size(x), 0))
  const vector = concat(leaves.map((x) => reshape(x, [size(x)]))) as unknown as Tensor<[number], 'f64'>
  const back = (v: Tensor<[number], 'f64'>): P =>
    unflatten({
      structure,
      leaves: leaves.map((x, i) =>
        reshape(slice(v, { start: [(ends[i] as number) - size(x)], stop: [ends[i] as number] }), x.shape),
      ),
    }) as P
  return [vector, back]
}
